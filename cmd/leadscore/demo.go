package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/guptarohit/asciigraph"
	"github.com/spf13/cobra"

	"leadscore/jobs"
)

const demoText = `Writes a demo base into a folder, scores it, and shows what came out.

The base is that of an invented company: 24,000 contacts and half a million engagements over 400 days in the exports of three
systems, with the dirt of real ones: values that are missing, contacts that stand twice, events that were sent twice, that come
late, or that nobody has done yet. It is the same on every machine. A model with rules of every kind and a job file lie
beside it; edit them and see what changes.

A demo that is there already is used as it is. The date that is scored is always 2026-11-01.`

const demoExamples = `  leadscore demo
  leadscore demo /tmp/leads
  leadscore demo --replace      # after the model was edited`

func newDemo(ui *ui) *cobra.Command {
	var replace bool
	cmd := &cobra.Command{
		Use:     "demo [FOLDER]",
		Short:   "score an invented base of contacts, to see how it works",
		Long:    demoText,
		Example: demoExamples,
		Args:    wants(0, 1, "at most one folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			folder := "demo"
			if len(args) == 1 {
				folder = args[0]
			}
			watch := ui.watch()
			result, err := jobs.Demo(cmd.Context(), folder, replace, watch)
			watch.finish()
			if err != nil {
				return err
			}
			if ui.json {
				return ui.printJSON(result)
			}
			if !ui.quiet {
				ui.showDemo(ui.stdout, result)
			}
			return nil
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().BoolVar(&replace, "replace", false, "take the place of an earlier run with another model or job")
	outputFlags(cmd.Flags(), ui)
	return cmd
}

// showDemo shows what the demo did and what to try next.
func (u *ui) showDemo(w io.Writer, d *jobs.DemoResult) {
	if d.Written {
		fmt.Fprintf(w, "Wrote a demo base to %s, with %s and %s.\n", filepath.Join(d.Folder, "exports"), d.Model, d.Job)
	} else {
		fmt.Fprintf(w, "Used the demo base that lies in %s.\n", d.Folder)
	}
	u.showRun(w, d.Summary)
	if len(d.Daily) > 1 {
		graph := asciigraph.Plot(d.Daily, asciigraph.Height(8), asciigraph.Width(min(70, u.width()-12)), asciigraph.Precision(0))
		fmt.Fprintf(w, "\nMarketing qualified leads over the last %d days:\n%s\n", len(d.Daily), graph)
	}
	u.showLeads(w, d.Leads)
	u.showNext(w, d)
}

// showLeads shows the first leads and why they are.
func (u *ui) showLeads(w io.Writer, leads []jobs.Lead) {
	if len(leads) == 0 {
		return
	}
	fmt.Fprintln(w, "\nThe first leads, and why:")
	for _, l := range leads {
		who := strings.TrimSpace(said(l.FirstName) + " " + said(l.LastName))
		if who == "" {
			who = "somebody"
		}
		if company := said(l.Company); company != "" {
			who += " of " + company
		}
		fmt.Fprintf(w, "  %3d %-2s %s (contact %d), %s", l.Score, said(l.Grade), visible(who), l.ContactID, said(l.Status))
		if l.Since != nil {
			fmt.Fprintf(w, " since %s", time.UnixMicro(*l.Since).UTC().Format(time.DateOnly))
		}
		fmt.Fprintf(w, "\n         %s\n", visible(strings.Join(l.Reasons, " · ")))
	}
}

func said(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// showNext says where the tables lie and what to try.
func (u *ui) showNext(w io.Writer, d *jobs.DemoResult) {
	published := filepath.Join(d.Folder, "published")
	next := []struct{ what, command string }{
		{"find what could be better in the model", "leadscore check " + d.Model + " --job " + d.Job},
		{"change its points, and score again", "leadscore demo " + d.Folder + " --replace"},
		{"score the day after", "leadscore score " + d.Job + " --as-of 2026-11-02"},
		{"ask why somebody has a score", fmt.Sprintf("leadscore contact %d --out %s", firstLead(d), published)},
		{"list who is about to be lost", fmt.Sprintf(`leadscore list %s --where 'is_mql and mql_expires_at < ahead("7d")' --sort mql_expires_at`, published)},
		{"write a model for your own data", "leadscore init --contacts 'contacts/*.parquet' --engagements 'events/*.parquet'"},
	}
	fmt.Fprintf(w, "\nThe tables lie in %s. What to try next:\n", published)
	for _, n := range next {
		fmt.Fprintf(w, "  %s:\n      %s\n", n.what, n.command)
	}
}

func firstLead(d *jobs.DemoResult) int64 {
	if len(d.Leads) == 0 {
		return 100_000
	}
	return d.Leads[0].ContactID
}
