package jobs

import (
	"encoding/json"

	"github.com/invopop/jsonschema"

	"leadscore/pipeline"
	"leadscore/pipeline/export"
	"leadscore/transforms/diag"
	"leadscore/transforms/model"
)

// Schema gives the JSON Schema of model or job files, for the completion of editors. It is looser than the readers: what it
// refuses is wrong, but what it lets through need not be right.
func Schema(of string) ([]byte, error) {
	switch of {
	case "model":
		return model.JSONSchema()
	case "job":
		text, err := json.MarshalIndent(jobSchema(), "", "  ")
		return append(text, '\n'), err
	}
	fix := "write leadscore schema model, or leadscore schema job"
	if near, ok := diag.Nearest(of, []string{"model", "job"}); ok {
		fix = "did you mean " + near + "?"
	}
	return nil, usagef(fix, "there is no schema of %q", of)
}

// key is a key of a map in a schema.
type key struct {
	name   string
	schema *jsonschema.Schema
}

func jobSchema() *jsonschema.Schema {
	contacts := append(inputKeys("contacts"), key{"duplicates", closed("What to do with contacts that stand twice; by default they are an error.", []key{
		{"keep", options("Which row is kept.", "latest")},
		{"by", text("The column by which a row is later than another. Rows without it lose.")},
	}, "keep", "by")})
	root := closed("Where the data of a run lies, how it is read, and where the results go: everything that the data engineer decides. Flags of the same names override it.", []key{
		{"model", text("The model file, relative to this file.")},
		{"inputs", closed("The tables that a run reads.", []key{
			{"contacts", closed("One row for each contact.", contacts)},
			{"engagements", closed("One row for each thing that a contact did.", inputKeys("engagements"))},
			{"lists", closed("One row for each contact in a list.", inputKeys("lists"))},
		})},
		{"output", closed("What is published, and where.", []key{
			{"path", text("The folder to publish to, relative to this file.")},
			{"tables", oneOrMany(options("", outputTables...), "The tables to publish; by default all.")},
			{"history", pattern("How far score_history goes back; by default "+DefaultHistory+".", `^[0-9]+[hdw]$`)},
			{"mql_columns", oneOrMany(text(""), "The contact columns that the mql table carries.")},
			{"contact_columns", oneOrMany(text(""), "The contact columns that the table contacts carries, which is published where there are any.")},
		})},
		{"limits", limitsSchema()},
		{"extracts", extractsSchema()},
	})
	root.Version = jsonschema.Version
	root.Title = "leadscore job"
	return root
}

// inputKeys are the keys that all inputs have.
func inputKeys(table string) []key {
	columns, values := jsonschema.NewProperties(), jsonschema.NewProperties()
	for _, c := range inputColumns[table] {
		from := text("The column of the files that holds " + c.name + ".")
		if c.constant {
			from = &jsonschema.Schema{Description: from.Description, OneOf: []*jsonschema.Schema{text(""),
				closed("The same text for every row.", []key{{"value", text("")}}, "value")}}
		}
		columns.Set(c.name, from)
		if c.coded {
			values.Set(c.name, translations())
		}
	}
	others := &jsonschema.Schema{OneOf: []*jsonschema.Schema{text(""), closed("", []key{{"value", text("")}}, "value")}}
	open := translations()
	if table == "lists" {
		others, open = jsonschema.FalseSchema, jsonschema.FalseSchema
	}
	return []key{
		{"path", oneOrMany(text(""), "Paths or globs of Parquet files, relative to this file.")},
		{"columns", &jsonschema.Schema{Type: "object", Description: "Our names of columns, and theirs.", Properties: columns, AdditionalProperties: others}},
		{"values", &jsonschema.Schema{Type: "object", Description: "For each column, values of the data and what to read instead.", Properties: values, AdditionalProperties: open}},
		{"null_values", oneOrMany(&jsonschema.Schema{Type: "string"}, "Texts that mean that nothing is known.")},
		{"time_zone", text("The zone of times without a zone, such as Europe/Stockholm; by default the model's.")},
	}
}

func translations() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "object", AdditionalProperties: scalar("")}
}

func extractsSchema() *jsonschema.Schema {
	least := uint64(1)
	column := &jsonschema.Schema{OneOf: []*jsonschema.Schema{text(""), {Type: "object", MinProperties: &least, MaxProperties: &least,
		AdditionalProperties: &jsonschema.Schema{OneOf: []*jsonschema.Schema{text(""), closed("The same text in every row.", []key{{"value", scalar("")}}, "value")}}}}}
	item := closed("A list of contacts for another system. At most one of stream, add_to_list, remove_from_list and superoffice says what becomes of them.", []key{
		{"extract", text("Its name, which its folder below extracts/ is named by.")},
		{"where", text("A filter, as leadscore list --where takes it; by default all contacts.")},
		{"columns", oneOrMany(column, "Columns, as leadscore list --columns takes them, or their name in the file and the column or the value; by default those of leadscore list.")},
		{"order", text("Columns to order by, as leadscore list --sort takes them; by default " + pipeline.DefaultOrder + "; " + pipeline.Unsorted + " for the order in which contacts are stored.")},
		{"limit", &jsonschema.Schema{Type: "integer", Minimum: "1", Description: "How many contacts at most."}},
		{"format", options("The format of the file; by default csv, of superoffice xlsx, of lists parquet.", export.Formats...)},
		{"raw", &jsonschema.Schema{Type: "boolean", Description: "csv, tsv: leave texts as they are that a spreadsheet takes for formulas, for programs that import the file."}},
		{"stream", &jsonschema.Schema{Description: "Each contact once, when it newly matches.", OneOf: []*jsonschema.Schema{{Type: "boolean"},
			closed("", []key{{"fetch_history", &jsonschema.Schema{Type: "boolean", Description: "Whether the first run delivers all that match."}}})}}},
		{"add_to_list", text("The list that the contacts are added to.")},
		{"remove_from_list", text("The list that the contacts are taken off.")},
		{"superoffice", closed("A file for the import of SuperOffice.", []key{
			{"target", options("What the contacts are to be put into.", "selection", "project")},
			{"name", text("The name of the selection or project.")},
			{"external_id", text("The column that has SuperOffice's id of the person.")},
			{"email", text("The column that has the e-mail address.")},
		}, "target", "name", "external_id", "email")},
	}, "extract")
	return &jsonschema.Schema{Type: "array", Description: "Lists of contacts that are published with every run.", Items: item, MinItems: &least}
}

func limitsSchema() *jsonschema.Schema {
	problems := jsonschema.NewProperties()
	for _, p := range inputProblems {
		problems.Set(p.table+"."+p.problem, &jsonschema.Schema{Description: p.meaning, OneOf: []*jsonschema.Schema{
			{Type: "integer", Minimum: "0"}, pattern("", `^[0-9.]+ *%$`)}})
	}
	return &jsonschema.Schema{Type: "object", Description: "How often an input problem may happen before the run fails: a number of rows, or a percentage.",
		Properties: problems, AdditionalProperties: jsonschema.FalseSchema}
}

func closed(description string, keys []key, required ...string) *jsonschema.Schema {
	properties := jsonschema.NewProperties()
	for _, k := range keys {
		properties.Set(k.name, k.schema)
	}
	return &jsonschema.Schema{Type: "object", Description: description, Properties: properties, Required: required, AdditionalProperties: jsonschema.FalseSchema}
}

// scalar is any scalar: YAML reads a text such as 2026 as a number, and it is meant as it is written.
func scalar(description string) *jsonschema.Schema {
	return &jsonschema.Schema{Description: description, OneOf: []*jsonschema.Schema{{Type: "string"}, {Type: "number"}, {Type: "boolean"}}}
}

func text(description string) *jsonschema.Schema {
	least := uint64(1)
	return &jsonschema.Schema{Type: "string", Description: description, MinLength: &least}
}

func pattern(description, form string) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Description: description, Pattern: form}
}

func options(description string, values ...string) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string", Description: description}
	for _, v := range values {
		s.Enum = append(s.Enum, v)
	}
	return s
}

func oneOrMany(item *jsonschema.Schema, description string) *jsonschema.Schema {
	least := uint64(1)
	return &jsonschema.Schema{Description: description, OneOf: []*jsonschema.Schema{item, {Type: "array", Items: item, MinItems: &least}}}
}
