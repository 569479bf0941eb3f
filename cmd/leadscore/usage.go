package main

import (
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"leadscore/jobs"
	"leadscore/transforms/diag"
)

// What is said of a command line that cannot be meant. A scheduler or a shell wrote many of them: with variables that are not set, and
// with patterns that turned into the names of files.

const (
	unsetFix = "give it a value or leave it out; if a variable stands there, it is not set"
	quoteFix = "put patterns in quotes, as in --contacts 'exports/*.parquet': without them the shell makes several arguments of one"
)

// flagFault says in our words what is wrong with a flag.
func flagFault(cmd *cobra.Command, err error) error {
	fault := &jobs.Usage{What: err.Error(), Fix: cmd.CommandPath() + " --help lists the flags"}
	if unknown := (*pflag.NotExistError)(nil); errors.As(err, &unknown) {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if near, ok := diag.Nearest(unknown.GetSpecifiedName(), names); ok {
			fault.Fix = "did you mean --" + near + "?"
		}
	}
	if without := (*pflag.ValueRequiredError)(nil); errors.As(err, &without) {
		fault.What = "--" + without.GetFlag().Name + " has no value"
	}
	if invalid := (*pflag.InvalidValueError)(nil); errors.As(err, &invalid) {
		name := "--" + invalid.GetFlag().Name
		switch value := strconv.Quote(invalid.GetValue()); {
		case strings.TrimSpace(invalid.GetValue()) == "":
			fault.What, fault.Fix = name+" is empty", unsetFix
		case invalid.GetFlag().Value.Type() == "bool":
			fault.What, fault.Fix = name+" is "+value+", neither true nor false", "write "+name+" alone, or leave it out"
		case invalid.GetFlag().Value.Type() == "int":
			fault.What, fault.Fix = name+" is "+value+", not a whole number", "write a number such as "+name+" 4, or leave it out"
		default:
			fault.What = name + " cannot be " + value
		}
	}
	return fault
}

// emptyFlags refuses flags that were given an empty value: it would pass for a flag that was not given.
func emptyFlags(cmd *cobra.Command) error {
	var fault *jobs.Usage
	cmd.Flags().Visit(func(f *pflag.Flag) {
		values := []string{f.Value.String()}
		if several, ok := f.Value.(pflag.SliceValue); ok {
			values = several.GetSlice()
		}
		if fault == nil && (len(values) == 0 || slices.ContainsFunc(values, blank)) {
			fault = &jobs.Usage{What: "--" + f.Name + " is empty", Fix: unsetFix}
		}
	})
	if fault != nil {
		return fault
	}
	return nil
}

func blank(text string) bool { return strings.TrimSpace(text) == "" }

// strayArgument finds an argument that no command takes: one that is empty, or a file of data, which a shell makes of a pattern.
func strayArgument(args []string) error {
	for _, a := range args {
		switch {
		case blank(a):
			return &jobs.Usage{What: "an argument is empty", Fix: unsetFix}
		case strings.EqualFold(filepath.Ext(a), ".parquet"):
			return &jobs.Usage{What: strconv.Quote(a) + " is a file of data, and stands where none is wanted",
				Fix: quoteFix}
		}
	}
	return nil
}
