package yamltree

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"leadscore/transforms/diag"
)

// The limits of a file. They are far beyond what people write, and keep the parser's effort small: it takes time in the
// square of the nesting and of the keys of one map.
const (
	largestFile  = 1 << 20 // bytes
	deepest      = 64      // levels
	mostKeys     = 5000    // of one map
	mostNodes    = 200_000 // with aliases followed
	widestIndent = 1000    // characters
	mostFaults   = 1000    // reported
)

// Parse reads a file's one YAML document. The tree is nil where the text is no YAML, empty, or beyond a
// limit; then there is an error.
// Where it is not nil there may be errors nevertheless (duplicate keys, unknown anchors, tags).
func Parse(file string, text []byte) (*Node, []diag.Diagnostic) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if d, ok := unreadable(file, text); ok {
		return nil, []diag.Diagnostic{d}
	}
	document, d := syntax(file, text)
	if d != nil {
		return nil, []diag.Diagnostic{*d}
	}
	c := &converter{file: file, lines: strings.Split(string(text), "\n"), anchors: make(map[string]*Node)}
	root := c.node(document, 1)
	if c.full {
		return nil, c.list
	}
	return root, c.list
}

// unreadable finds what keeps a file from being text at all.
func unreadable(file string, text []byte) (diag.Diagnostic, bool) {
	fault := func(offset int, what, why, fix string) (diag.Diagnostic, bool) {
		return diag.Diagnostic{Severity: diag.Error, Position: place(file, text, offset), What: what, Why: why, Fix: fix}, true
	}
	if len(text) > largestFile {
		return diag.Diagnostic{
			Severity: diag.Error, Position: diag.Position{File: file},
			What: "the file is too large",
			Why:  fmt.Sprintf("it has %d bytes, and at most %d are read", len(text), largestFile),
			Fix:  "check that it is the right file",
		}, true
	}
	if i := bytes.IndexByte(text, 0); i >= 0 {
		return fault(i, "the file is not text", "it contains a zero byte",
			"check that it is the right file, and save it as UTF-8")
	}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return fault(i, "the file is not UTF-8", fmt.Sprintf("byte %d (0x%02x) is no part of a character", i+1, text[i]),
				"save the file as UTF-8 in your editor")
		}
		i += size
	}
	return diag.Diagnostic{}, false
}

// syntax runs the YAML library behind limits and a recover, since what it reads may be hostile.
func syntax(file string, text []byte) (body ast.Node, fault *diag.Diagnostic) {
	whole := diag.Position{File: file, Line: 1, Column: 1, Length: 1}
	defer func() {
		if recover() != nil {
			body, fault = nil, &diag.Diagnostic{
				Severity: diag.Error, Position: whole,
				What: "the file is not YAML that can be read",
				Why:  "its structure makes no sense to the YAML reader",
				Fix:  "take parts of the file away until the rest can be read; what is wrong is in the part taken last",
			}
		}
	}()
	tokens := lexer.Tokenize(string(text))
	if d := guard(file, tokens); d != nil {
		return nil, d
	}
	parsed, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		d := explain(file, text, err)
		return nil, &d
	}
	var documents []ast.Node
	for _, document := range parsed.Docs {
		if document.Body != nil && document.Body.Type() != ast.DirectiveType {
			documents = append(documents, document.Body)
		}
	}
	switch len(documents) {
	case 0:
		return nil, &diag.Diagnostic{Severity: diag.Error, Position: whole, What: "the file is empty",
			Why: "it has nothing but white space and comments", Fix: "check that it is the right file"}
	case 1:
		return documents[0], nil
	}
	return nil, &diag.Diagnostic{
		Severity: diag.Error, Position: start(file, documents[1]),
		What: "a second YAML document begins here",
		Why:  "one file is one document, and a line of three hyphens begins another",
		Fix:  "take the line --- away, or write two files",
	}
}

// guard refuses what would cost the parser more than it is worth.
func guard(file string, tokens token.Tokens) *diag.Diagnostic {
	tooDeep := func(t *token.Token) *diag.Diagnostic {
		return &diag.Diagnostic{Severity: diag.Error, Position: position(file, t), What: "too deeply nested",
			Why: fmt.Sprintf("at most %d levels are read", deepest), Fix: "write the same with fewer levels"}
	}
	flow, previous := 0, 0
	keys := make(map[int]int) // by column, of the block maps that are open
	for _, t := range tokens {
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow--
		}
		if flow > deepest || flow <= 0 && t.Type == token.SequenceEntryType && t.Position.Column > widestIndent {
			return tooDeep(t)
		}
		if t.Position.Line != previous && flow <= 0 && t.Type != token.CommentType {
			previous = t.Position.Line
			column := t.Position.Column
			if column > widestIndent {
				return tooDeep(t)
			}
			for open := range keys {
				if open > column {
					delete(keys, open)
				}
			}
			if keys[column]++; keys[column] > mostKeys && t.Type != token.SequenceEntryType {
				return &diag.Diagnostic{Severity: diag.Error, Position: position(file, t), What: "too many keys in one map",
					Why: fmt.Sprintf("at most %d are read", mostKeys), Fix: "check that it is the right file"}
			}
		}
	}
	return nil
}

// explain turns the library's error into a diagnostic.
func explain(file string, text []byte, err error) diag.Diagnostic {
	d := diag.Diagnostic{
		Severity: diag.Error,
		Position: diag.Position{File: file, Line: 1, Column: 1, Length: 1},
		What:     "the YAML cannot be read here",
		Why:      "its syntax is wrong",
	}
	var known yaml.Error
	if errors.As(err, &known) {
		if t := known.GetToken(); t != nil {
			d.Position = position(file, t)
			if last := bytes.Count(text, []byte("\n")) + 1; d.Position.Line > last {
				d.Position.Line = last
			}
		}
		d.Why = strings.ReplaceAll(known.GetMessage(), "\t", `\t`)
	}
	d.Fix = remedy(d.Why)
	if strings.Contains(d.Why, "mapping value is not allowed") {
		line := bytes.Split(text, []byte("\n"))[d.Position.Line-1]
		if rest := []rune(strings.TrimRight(string(line), " \r") + " "); d.Position.Column <= len(rest) && !strings.Contains(string(rest[d.Position.Column-1:]), ": ") {
			d.Why = "the line below is indented further, so that it seems to go on with this value"
			d.Fix = "begin each key exactly under the key above that it belongs beside"
		}
	}
	return d
}

// remedy says what usually helps against a message of the library.
func remedy(message string) string {
	for _, r := range []struct{ part, fix string }{
		{`\t`, "indent with spaces; YAML allows no tabs there"},
		{"tab character", "indent with spaces; YAML allows no tabs there"},
		{"reserved character", `put the value in quotes: "@x"`},
		{"end token ']'", "close the list with ]"},
		{"end token '}'", "close the map with }"},
		{"',' or ']'", "put a comma between two items, and ] at the end of the list; a text with , [ ] { } : or # in it needs quotes"},
		{"',' or '}'", "put a comma between two entries, and } at the end of the map; a text with , [ ] { } : or # in it needs quotes"},
		{"corresponding to", "take it away, or write what it closes; a text with [ ] { } in it needs quotes"},
		{"end character of", "close the quotes"},
		{"escape character", `use single quotes, in which a backslash is just a backslash: '\.pdf$'`},
		{"mapping value is not allowed", `put a text with ": " in it in quotes, and begin each key on a line of its own`},
		{"pre-defined", "indent by the same number of spaces what belongs together; a key has one value"},
		{"unexpected key name", "write key: value, with a blank after the colon"},
		{"non-map value", "write key: value, with a blank after the colon, and indent as the lines above"},
		{"flow map content", "write {key: value}, with a blank after the colon"},
		{"alias", "write *name, where &name stands before it"},
		{"anchor", "write &name directly before a value"},
	} {
		if strings.Contains(message, r.part) {
			return r.fix
		}
	}
	return "check indentation, quotes and brackets of this line and the one above"
}

// start gives the place where a node begins.
func start(file string, n ast.Node) diag.Position {
	switch m := n.(type) {
	case *ast.MappingNode:
		if !m.IsFlowStyle && len(m.Values) > 0 {
			return position(file, m.Values[0].Key.GetToken())
		}
	case *ast.MappingValueNode:
		return position(file, m.Key.GetToken())
	}
	return position(file, n.GetToken())
}

// position gives the place of a token. Its length is that of its text on its first line.
func position(file string, t *token.Token) diag.Position {
	if t == nil || t.Position == nil {
		return diag.Position{File: file, Line: 1, Column: 1, Length: 1}
	}
	written := strings.TrimSpace(t.Origin)
	if t.Type == token.ImplicitNullType {
		written = ""
	}
	written, _, _ = strings.Cut(written, "\n")
	return diag.Position{
		File: file, Line: max(t.Position.Line, 1), Column: max(t.Position.Column, 1),
		Length: max(utf8.RuneCountInString(strings.TrimRight(written, " \r")), 1),
	}
}

// place gives the place of a byte of the text.
func place(file string, text []byte, offset int) diag.Position {
	start := bytes.LastIndexByte(text[:offset], '\n') + 1
	return diag.Position{
		File: file, Line: bytes.Count(text[:offset], []byte("\n")) + 1,
		Column: utf8.RuneCount(text[start:offset]) + 1, Length: 1,
	}
}
