package oracle

import (
	"encoding/csv"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"leadscore/transforms/match"
)

// The tables of a case are CSV. The header gives names and types: contact_id:text, employees:int32, tags:list of text. An
// empty cell is null; a text between single quotes is all that stands between them (two of them side by side are the empty text); elements of lists
// are separated by ";", [] is the list without elements; answers are question=answer pairs separated by ";".
// Rows of contacts.csv are in the file contacts.csv, and so on, from row FirstRow on.

// columnType reads the type of a column.
func columnType(name string) (match.Type, error) {
	if elem, ok := strings.CutPrefix(name, "list of "); ok {
		t, err := columnType(elem)
		return listOf(t), err
	}
	t, ok := map[string]match.Type{
		"text": textType, "int": {Kind: match.Int, Bits: 64}, "int32": {Kind: match.Int, Bits: 32}, "int8": {Kind: match.Int, Bits: 8},
		"uint": {Kind: match.Uint, Bits: 64}, "float": {Kind: match.Float, Bits: 64}, "float32": {Kind: match.Float, Bits: 32},
		"decimal": {Kind: match.Decimal, Scale: 2}, "bool": {Kind: match.Boolean}, "date": dayType, "timestamp": zonedType,
		"local": localType, "answers": answersType,
	}[name]
	if !ok {
		return t, fmt.Errorf("unknown type %q", name)
	}
	return t, nil
}

// parseCell reads a cell of a column.
func parseCell(text string, t match.Type) (Value, error) {
	if text == "" {
		return nil, nil
	}
	switch t.Kind {
	case match.Text:
		if len(text) >= 2 && text[0] == '\'' && text[len(text)-1] == '\'' {
			text = text[1 : len(text)-1]
		}
		return text, nil
	case match.Int:
		return strconv.ParseInt(text, 10, 64)
	case match.Uint:
		return strconv.ParseUint(text, 10, 64)
	case match.Float:
		f, err := strconv.ParseFloat(text, t.Bits)
		if t.Bits == 32 {
			return float32(f), err
		}
		return f, err
	case match.Decimal:
		r, ok := new(big.Rat).SetString(text)
		if !ok {
			return nil, fmt.Errorf("%q is not a decimal", text)
		}
		return r, nil
	case match.Boolean:
		return strconv.ParseBool(text)
	case match.DateOnly:
		at, err := time.Parse(time.DateOnly, text)
		return Day(floorDiv(at.Unix(), day)), err
	case match.Timestamp:
		if t.Zoned {
			at, err := time.Parse(time.RFC3339Nano, text)
			return At(at), err
		}
		at, err := time.Parse("2006-01-02T15:04:05", text)
		return Local(At(at)), err
	case match.List:
		list := []Value{}
		if text == "[]" {
			return list, nil
		}
		for _, part := range strings.Split(text, ";") {
			v, err := parseCell(part, *t.Elem)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	}
	answers := []Answer{}
	for _, pair := range strings.Split(text, ";") {
		question, answer, _ := strings.Cut(pair, "=")
		a, err := parseCell(answer, textType)
		if err != nil {
			return nil, err
		}
		answers = append(answers, Answer{question, a})
	}
	return answers, nil
}

// caseTable is a table of a case as it was read.
type caseTable struct {
	columns []Column
	rows    []map[string]Value
}

func parseCSV(file, text string) (caseTable, error) {
	var t caseTable
	if strings.TrimSpace(text) == "" {
		return t, nil
	}
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		return t, fmt.Errorf("%s: %w", file, err)
	}
	for _, header := range records[0] {
		name, kind, _ := strings.Cut(header, ":")
		columnType, err := columnType(kind)
		if err != nil {
			return t, fmt.Errorf("%s: column %s: %w", file, name, err)
		}
		t.columns = append(t.columns, Column{name, columnType})
	}
	for _, record := range records[1:] {
		values := map[string]Value{}
		for i, c := range t.columns {
			if values[c.Name], err = parseCell(record[i], c.Type); err != nil {
				return t, fmt.Errorf("%s: %s: %w", file, c.Name, err)
			}
		}
		t.rows = append(t.rows, values)
	}
	return t, nil
}

// caseTables reads the tables of a case and sorts their columns into those that are known and the rest.
func caseTables(files map[string]string, o Options) (Tables, error) {
	var t Tables
	contacts, err := parseCSV("contacts.csv", files["contacts.csv"])
	if err != nil {
		return t, err
	}
	engagements, err := parseCSV("engagements.csv", files["engagements.csv"])
	if err != nil {
		return t, err
	}
	lists, err := parseCSV("lists.csv", files["lists.csv"])
	if err != nil {
		return t, err
	}
	t.ContactID, t.EventKey, t.MemberKey, t.EventAt, t.ListID = textType, textType, textType, zonedType, textType
	for _, c := range contacts.columns {
		switch {
		case c.Name == "contact_id":
			t.ContactID = c.Type
		default:
			t.Fields = append(t.Fields, c)
			if c.Name == "lists" && c.Type.Kind == match.List && files["lists.csv"] == "" {
				t.ListField = "lists"
			}
		}
	}
	for _, c := range engagements.columns {
		switch c.Name {
		case "contact_id":
			t.EventKey = c.Type
		case "occurred_at":
			t.EventAt = c.Type
		case "channel", "action":
		case "asset", "url", "question", "answer", "event_id":
			t.Optional = append(t.Optional, c)
		case "answers":
			t.HasAnswers = true
		default:
			t.Where = append(t.Where, c)
		}
	}
	for i := range lists.columns {
		switch c := &lists.columns[i]; c.Name {
		case "contact_id":
			t.MemberKey = c.Type
		case "list":
			t.ListID = c.Type
		case "added_at":
			t.AddedAt = &c.Type
		}
	}
	for i, row := range contacts.rows {
		t.Contacts = append(t.Contacts, Contact{ID: row["contact_id"], Fields: row, File: "contacts.csv", Row: int64(i) + FirstRow})
	}
	for i, row := range engagements.rows {
		answers, _ := row["answers"].([]Answer)
		t.Events = append(t.Events, Event{ID: row["contact_id"], At: row["occurred_at"], Channel: row["channel"], Action: row["action"],
			Asset: row["asset"], URL: row["url"], Question: row["question"], Answer: row["answer"], Answers: answers,
			EventID: row["event_id"], Where: row, File: "engagements.csv", Row: int64(i) + FirstRow})
	}
	t.HasLists = files["lists.csv"] != ""
	for i, row := range lists.rows {
		t.Members = append(t.Members, Member{ID: row["contact_id"], List: row["list"], Added: row["added_at"], File: "lists.csv", Row: int64(i) + FirstRow})
	}
	return t, nil
}
