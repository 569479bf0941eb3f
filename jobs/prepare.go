package jobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"leadscore/pipeline"
	"leadscore/pipeline/storage"
	"leadscore/transforms/diag"
	"leadscore/transforms/model"
)

// Options is what a command line may say. What is empty is as the job file says, or the default.
type Options struct {
	Job         string // address of a file
	Model       string // address of a file
	Contacts    []string
	Engagements []string
	Lists       []string
	AsOf        string // RFC 3339 or a date; empty: now
	From, To    string // of a backfill; the same forms
	Every       string // span between its instants; empty: a day
	Out         string
	Tables      []string
	History     string
	Threads     int
	Memory      string
	Replace     bool
	RetryFor    string // how long an operation on an object store is tried again; empty: storage.DefaultRetryFor
}

// DefaultHistory is how far score_history goes back where nobody says.
const DefaultHistory = "90d"

// leastMemory is the smallest budget that is taken: below it, pages and buffers in hand are more than the budget, which then bounds nothing.
const leastMemory = 64 << 20

// Plan is a run that can begin: the model and the job are in order, though nothing was read of the data yet.
type Plan struct {
	Spec     pipeline.Spec
	Job      *Job
	Instants []time.Time // of a backfill, ascending; nil: the plan is of one run, of Spec.AsOf
	Warnings diag.List   // of the job file and of the model on its own
}

// Prepare reads the job file and the model, lets the options override the job, and puts together what the run needs. Everything
// that is wrong with either file comes back in one Refusal; a value of an option that is wrong is a Usage.
func Prepare(ctx context.Context, o Options) (*Plan, error) {
	ctx, err := o.patient(ctx)
	if err != nil {
		return nil, err
	}
	job, list, err := o.job(ctx)
	if err != nil {
		return nil, err
	}
	spec, err := o.spec(job)
	if err != nil {
		return nil, err
	}
	list = append(list, job.incomplete()...)
	if job.Model != "" {
		m, found, err := readModel(ctx, job.Model, job.place("model"))
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
		spec.Model = m
	}
	if !list.HasErrors() {
		list = append(list, model.Check(spec.Model, nil)...)
	}
	if list.HasErrors() {
		return nil, &Refusal{Diagnostics: list}
	}
	if spec.AsOf, err = o.asOf(spec.Model.Zone); err != nil {
		return nil, err
	}
	instants, err := o.instants(spec.Model.Zone)
	if err != nil {
		return nil, err
	}
	if instants != nil {
		spec.AsOf = instants[len(instants)-1]
	}
	return &Plan{Spec: spec, Job: job, Instants: instants, Warnings: list}, nil
}

// job reads the job file, where there is one, and puts what the options say in the place of what it says.
func (o Options) job(ctx context.Context) (*Job, diag.List, error) {
	job, list := &Job{}, diag.List(nil)
	if o.Job != "" {
		text, err := readText(ctx, o.Job, "job file")
		if err != nil {
			return nil, nil, err
		}
		job, list = ParseJob(o.Job, text)
	} else if o.Model == "" && len(o.Contacts)+len(o.Engagements) == 0 {
		return nil, nil, usagef("name a job file, or --model, --contacts, --engagements and --out; leadscore init writes a job file for your data",
			"neither a job file nor a model is named")
	}
	if o.Model != "" {
		job.Model = o.Model
	}
	if o.Out != "" {
		job.Out = o.Out
	}
	for _, override := range []struct {
		paths []string
		input *pipeline.Input
	}{{o.Contacts, &job.Contacts}, {o.Engagements, &job.Engagements}} {
		if len(override.paths) > 0 {
			override.input.Paths = override.paths
		}
	}
	if len(o.Lists) > 0 {
		if job.Lists == nil {
			job.Lists = &pipeline.Input{}
		}
		job.Lists.Paths = o.Lists
	}
	if len(o.Tables) > 0 {
		job.Tables = o.Tables
	}
	return job, list, nil
}

// spec puts together what does not depend on the model.
func (o Options) spec(job *Job) (pipeline.Spec, error) {
	for i, name := range o.Tables {
		if fault := badTable(name); fault != nil {
			fault.What = "--tables: " + fault.What
			return pipeline.Spec{}, fault
		}
		if slices.Contains(o.Tables[:i], name) {
			return pipeline.Spec{}, usagef("name each table once", "--tables: %s stands twice", name)
		}
	}
	history := job.History
	if o.History != "" || history == 0 {
		text := o.History
		if text == "" {
			text = DefaultHistory
		}
		span, err := parseSpan(text)
		if err != nil || span == 0 {
			return pipeline.Spec{}, usagef("write "+spanFix, "--history: %q is not a span of time", text)
		}
		history = span
	}
	if o.Threads < 0 {
		return pipeline.Spec{}, usagef("write a whole number from 1 on; 0 is one for each processor", "--threads: %d threads can do nothing", o.Threads)
	}
	memory := int64(0)
	if o.Memory != "" {
		size, err := parseSize(o.Memory)
		if err != nil || size == 0 {
			return pipeline.Spec{}, usagef("write "+sizeFix, "--memory: %q is not a size", o.Memory)
		}
		if size < leastMemory {
			return pipeline.Spec{}, usagef("write --memory 64MiB or more; it bounds the buffers and tables of a run, beside the program itself",
				"--memory: %s is less than 64MiB, with which no run can work", o.Memory)
		}
		memory = size
	}
	retryFor, err := o.retryFor()
	if err != nil {
		return pipeline.Spec{}, err
	}
	return pipeline.Spec{Contacts: job.Contacts, Engagements: job.Engagements, Lists: job.Lists, Output: job.Out, Tables: job.Tables,
		History: history, MQLColumns: job.MQLColumns, ContactColumns: job.ContactColumns, Extracts: job.Extracts, Limits: job.Limits, Replace: o.Replace, Threads: o.Threads, Memory: memory, RetryFor: retryFor}, nil
}

// retryFor reads how long operations on object stores are tried again: 0 where nobody says, less than 0 for not at all.
func (o Options) retryFor() (time.Duration, error) {
	if o.RetryFor == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(o.RetryFor)
	if err != nil || d < 0 {
		return 0, usagef("write a number and s, m or h: 30s, 2m, 1h; 0s tries everything once", "--retry-for: %q is no time to try for", o.RetryFor)
	}
	if d == 0 {
		return -1, nil
	}
	return d, nil
}

// patient gives the context in which stores are opened.
func (o Options) patient(ctx context.Context) (context.Context, error) {
	d, err := o.retryFor()
	if err != nil || d == 0 {
		return ctx, err
	}
	return storage.WithRetryFor(ctx, d), nil
}

// asOf reads the instant to score for.
func (o Options) asOf(zone *time.Location) (time.Time, error) {
	if o.AsOf == "" {
		return time.Now().Truncate(time.Second).UTC(), nil
	}
	at, err := parseAsOf(o.AsOf, zone)
	if err != nil {
		return at, usagef("write "+asOfFix, "--as-of: %v", err)
	}
	return at, nil
}

// incomplete says what a run cannot do without.
func (j *Job) incomplete() diag.List {
	var list diag.List
	missing := func(have bool, what, key, flag, form string) {
		if have || j.said(key) {
			return
		}
		fix := "give " + flag
		if j.File != "" {
			fix = "write " + form + ", or give " + flag
		}
		list = append(list, diag.Diagnostic{Severity: diag.Error, Position: j.place(key), What: what, Why: "a run needs it", Fix: fix})
	}
	missing(j.Model != "", "no model is named", "model", "--model", "model: model.yaml")
	missing(len(j.Contacts.Paths) > 0, "no contacts are named", "inputs.contacts.path", "--contacts",
		"inputs: {contacts: {path: contacts/*.parquet}}")
	missing(len(j.Engagements.Paths) > 0, "no engagements are named", "inputs.engagements.path", "--engagements",
		"inputs: {engagements: {path: events/*.parquet}}")
	missing(j.Lists == nil || len(j.Lists.Paths) > 0, "lists have no path", "inputs.lists.path", "--lists",
		"lists: {path: members.parquet}")
	if slices.Contains(j.Tables, "contacts") && len(j.ContactColumns) == 0 && !j.said("output.contact_columns") {
		list = append(list, diag.Diagnostic{Severity: diag.Error, Position: j.place("output.tables"), What: "the table contacts would have no columns",
			Why: "it has those that output.contact_columns names", Fix: "write output: {contact_columns: [email]}, or take contacts out of the tables"})
	}
	missing(j.Out != "", "no output is named", "output.path", "--out", "output: {path: published}")
	return list
}

// readModel reads the model file. at is where the job file names it.
func readModel(ctx context.Context, file string, at diag.Position) (*model.Model, diag.List, error) {
	text, err := readText(ctx, file, "model")
	if usage := (*Usage)(nil); at.Line > 0 && errors.As(err, &usage) {
		fix := usage.Fix
		if fix == pathFix { // which is about what stands on a command line
			fix = "write the path of a model file that exists"
		}
		return nil, nil, &Refusal{Diagnostics: diag.List{{Severity: diag.Error, Position: at, What: usage.What, Why: "paths in a job file are relative to it", Fix: fix}}}
	}
	if err != nil {
		return nil, nil, err
	}
	m, list := model.Parse(file, text)
	return m, list, nil
}

// largestText is how much of a file that a person wrote is read: more than the YAML reader takes, so that it can say so.
const largestText = 2 << 20

const pathFix = "check the path; relative paths start at the working directory"

// readText reads a file that a person wrote.
func readText(ctx context.Context, file, what string) ([]byte, error) {
	text, err := readAny(ctx, file, what)
	if err == nil && bytes.HasPrefix(text, []byte("PAR1")) { // before anybody shows a line of it
		return nil, usagef("give data as --contacts, --engagements or --lists, patterns in quotes", "the %s %s is a Parquet file", what, file)
	}
	return text, err
}

// readAny reads a file from wherever it lies.
func readAny(ctx context.Context, file, what string) ([]byte, error) {
	if !strings.Contains(file, "://") {
		return readLocal(file, what)
	}
	store, path, err := storage.Open(ctx, file)
	if err != nil {
		return nil, err
	}
	if _, local := store.(storage.Local); local {
		return readLocal(filepath.FromSlash(path), what)
	}
	text, _, err := store.Read(ctx, path, largestText)
	switch storage.KindOf(err) {
	case storage.ErrNotFound:
		return nil, usagef("check the address", "there is no %s %s", what, store.Address(path))
	case storage.ErrInvalid:
		return nil, usagef("check that it is the right file", "the %s cannot be read: %v", what, err)
	}
	return text, err
}

// readLocal reads a file of this machine.
func readLocal(file, what string) ([]byte, error) {
	fix := pathFix
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if near := nearFile(file); near != "" {
			fix = "did you mean " + near + "?"
		}
		return nil, usagef(fix, "there is no %s %s", what, file)
	case err != nil:
		return nil, usagef(fix, "cannot read the %s: %v", what, err)
	case info.IsDir():
		return nil, usagef("name the YAML file in it", "the %s %s is a folder", what, file)
	case info.Size() > largestText:
		return nil, usagef("check that it is the right file", "the %s %s has %d bytes, which nobody wrote by hand", what, file, info.Size())
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, usagef(fix, "cannot read the %s: %v", what, err)
	}
	return text, nil
}

// nearFile is a YAML file beside the missing one whose name is nearly the same.
func nearFile(file string) string {
	beside, _ := filepath.Glob(filepath.Join(filepath.Dir(file), "*.y*ml")) // a folder with brackets has no near names, no more
	near, _ := diag.Nearest(file, beside)
	return near
}

// Source gives the text of a file for a message, nil where it is not at hand or no text.
func Source(file string) []byte {
	// It was read a moment ago. Should its store have gone away, the message does without its lines.
	ctx, cancel := context.WithTimeout(storage.WithRetryFor(context.Background(), 0), 10*time.Second)
	defer cancel()
	text, err := readText(ctx, file, "file")
	if err != nil || bytes.IndexByte(text, 0) >= 0 {
		return nil
	}
	return text
}

// OneLine writes a diagnostic for a log.
func OneLine(d diag.Diagnostic) string {
	text := d.What
	if at := d.Position.String(); at != "" {
		text = at + ": " + text
	}
	if d.Why != "" {
		text += fmt.Sprintf(" (%s)", d.Why)
	}
	return text
}
