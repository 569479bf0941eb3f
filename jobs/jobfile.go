package jobs

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"leadscore/pipeline"
	"leadscore/pipeline/storage"
	"leadscore/transforms/diag"
	"leadscore/transforms/diag/yamltree"
)

// Job is one job file: everything that the data engineer decides. Addresses are as seen from the working directory. What the file
// does not say is empty; Prepare says what a run cannot do without.
type Job struct {
	File        string // as it was named
	Model       string // address; empty: none
	Contacts    pipeline.Input
	Engagements pipeline.Input
	Lists       *pipeline.Input // nil: none
	Out         string          // address; empty: none
	Tables      []string        // empty: all
	History     time.Duration   // 0: not said
	MQLColumns  []string
	Limits      []pipeline.Limit
	Extracts    []pipeline.Extract

	ContactColumns []string

	places map[string]diag.Position // where a value stands, by its keys with dots between: inputs.contacts.columns.contact_id
	broken map[string]bool          // keys whose value could not be read, which has been said; "" is the whole file
}

// place gives where the value of a key stands, else where the nearest key above it does, else the file.
func (j *Job) place(key string) diag.Position {
	for key != "" {
		if at, ok := j.places[key]; ok {
			return at
		}
		key = key[:max(strings.LastIndexByte(key, '.'), 0)]
	}
	return diag.Position{File: j.File}
}

// said tells whether what is wrong with a key, or with one above it, has been said already.
func (j *Job) said(key string) bool {
	for {
		if j.broken[key] {
			return true
		}
		if key == "" {
			return false
		}
		key = key[:max(strings.LastIndexByte(key, '.'), 0)]
	}
}

// ParseJob reads a job file. Everything that is wrong or suspicious is reported in one go; the Job holds what could be read. file
// is where it lies: it is named in messages, and addresses in the text are relative to its folder.
func ParseJob(file string, text []byte) (*Job, diag.List) {
	job := &Job{File: file, places: make(map[string]diag.Position), broken: make(map[string]bool)}
	root, list := yamltree.Parse(file, text)
	r := &jobReader{job: job, folder: folderOf(file), lines: strings.Split(strings.TrimPrefix(string(text), "\ufeff"), "\n"), list: list}
	if root == nil {
		job.broken[""] = true
	} else {
		r.top(root)
	}
	r.list.Sort()
	return job, r.list
}

// jobReader walks the tree of a job file and fills a Job.
type jobReader struct {
	job    *Job
	folder string
	lines  []string
	list   diag.List
}

func (r *jobReader) top(n *yamltree.Node) {
	r.fields(n, "", "a job file", []field{
		{"model", func(n *yamltree.Node) { r.job.Model = r.address(n, "model") }},
		{"inputs", r.inputs},
		{"output", r.output},
		{"limits", r.limits},
		{"extracts", r.extracts},
	})
}

func (r *jobReader) inputs(n *yamltree.Node) {
	r.fields(n, "inputs", "inputs", []field{
		{"contacts", func(n *yamltree.Node) { r.input(n, "contacts", &r.job.Contacts) }},
		{"engagements", func(n *yamltree.Node) { r.input(n, "engagements", &r.job.Engagements) }},
		{"lists", func(n *yamltree.Node) {
			r.job.Lists = &pipeline.Input{}
			r.input(n, "lists", r.job.Lists)
		}},
	})
}

func (r *jobReader) output(n *yamltree.Node) {
	r.fields(n, "output", "output", []field{
		{"path", func(n *yamltree.Node) { r.job.Out = r.address(n, "output.path") }},
		{"tables", r.tables},
		{"history", func(n *yamltree.Node) {
			span, err := parseSpan(n.Text)
			switch {
			case n.Kind != yamltree.Scalar || err != nil:
				r.wrong(n, "output.history", "a span of time", "write "+spanFix)
			case span == 0:
				r.fail(n, "output.history must be more than nothing", "score_history tells what changed within that span", "leave score_history out of output.tables instead")
			default:
				r.job.History = span
			}
		}},
		{"mql_columns", func(n *yamltree.Node) { r.job.MQLColumns = r.carriedColumns(n, "mql_columns", "mql") }},
		{"contact_columns", func(n *yamltree.Node) { r.job.ContactColumns = r.carriedColumns(n, "contact_columns", "scores", "mql") }},
	})
}

// tables reads which tables to publish.
func (r *jobReader) tables(n *yamltree.Node) {
	for _, item := range r.texts(n, "output.tables", "names of tables") {
		if fault := badTable(item.Text); fault != nil {
			r.fail(item, fault.What, "", fault.Fix)
			continue
		}
		r.job.Tables = append(r.job.Tables, item.Text)
	}
}

// carriedColumns reads which contact columns a table carries. They cannot be named like the columns that the owners have of their own.
func (r *jobReader) carriedColumns(n *yamltree.Node, key string, owners ...string) (names []string) {
	for _, item := range r.texts(n, "output."+key, "names of contact columns") {
		for _, table := range owners {
			if own := item.Text; slices.Contains(ownColumns(table), own) {
				r.fail(item, "the "+table+" table has a column "+yamltree.Quote(own)+" of its own", "two columns cannot have one name",
					"take it out, or rename the contact column: inputs: {contacts: {columns: {contact_"+own+": "+own+"}}}")
				break
			}
		}
		r.job.places["output."+key+"."+item.Text] = item.Position
		names = append(names, item.Text)
	}
	return names
}

// address reads one address. Relative ones are relative to the job file's folder.
func (r *jobReader) address(n *yamltree.Node, key string) string {
	if n.Kind != yamltree.Scalar || n.Blank() {
		r.wrong(n, key, "a path", "write "+key[strings.LastIndexByte(key, '.')+1:]+": path")
		return ""
	}
	return within(r.folder, n.Text, false)
}

// folderOf gives the folder of a file, which may lie in an object store.
func folderOf(file string) string {
	if strings.Contains(file, "://") {
		return file[:strings.LastIndexByte(file, '/')]
	}
	return filepath.Dir(file)
}

// within reads an address as seen from folder. In a glob, the folder's own name is no pattern.
func within(folder, address string, glob bool) string {
	if folder == "." || filepath.IsAbs(address) || strings.Contains(address, "://") {
		return address
	}
	if scheme, path, remote := strings.Cut(folder, "://"); remote {
		if glob && storage.IsGlob(address) {
			return scheme + "://" + storage.EscapeGlob(path) + "/" + strings.TrimPrefix(address, "./")
		}
		return scheme + "://" + storage.Join(path, filepath.ToSlash(address))
	}
	if glob && storage.IsGlob(address) {
		folder = storage.EscapeGlob(filepath.ToSlash(folder))
	}
	if glob { // Join would take a backslash before a wildcard for a separator on some systems, and clean names it should not
		return strings.TrimSuffix(filepath.ToSlash(folder), "/") + "/" + strings.TrimPrefix(address, "./")
	}
	return filepath.Join(folder, address)
}
