package model_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"leadscore/transforms/diag/yamltree"
	"leadscore/transforms/model"
)

// TestJSONSchema holds the schema to Parse: what Parse reads, the schema must let pass.
func TestJSONSchema(t *testing.T) {
	schema := describedSchema(t)
	for _, kind := range []string{"good", "warnings", "check"} {
		files, err := filepath.Glob(filepath.Join(testdata, kind, "*.yaml"))
		if err != nil || len(files) == 0 {
			t.Fatal(kind, err)
		}
		for _, file := range files {
			if faults := validate(t, schema, file); len(faults) > 0 {
				t.Errorf("%s: %s", file, strings.Join(faults, "\n"))
			}
		}
	}
}

// TestJSONSchemaRefuses holds the schema to the sins that structure alone shows.
func TestJSONSchemaRefuses(t *testing.T) {
	schema := describedSchema(t)
	for _, sin := range []string{
		"unknown-key", "misplaced-mql", "missing-name", "missing-sets", "name-list", "sets-map", "sets-empty", "score-not-a-map",
		"range-empty", "mql-in-quotes", "mql-fraction", "mql-too-large", "bands-list", "bands-no-number", "grade-half", "grade-not-a-digit",
		"grade-not-a-letter", "set-without-name", "set-without-rules", "set-unknown-key", "set-is-text", "rules-map",
		"rule-without-name", "rule-without-points", "rule-without-when", "rule-without-criteria", "rule-unknown-key", "points-in-quotes",
		"points-fraction", "points-empty-map", "points-two-forms", "points-max-alone", "tiers-zero", "tiers-empty", "tiers-with-max",
		"fade-age-without-unit", "decay-lose-fraction", "decay-without-every", "criterion-text", "criterion-typo", "criterion-two-subjects",
		"criterion-without-subject", "action-typo", "action-list", "engagement-text", "engagement-empty", "answer-without-question",
		"asset-no-operator", "asset-within", "where-not-a-map", "times-zero", "times-text", "within-without-unit", "within-months",
		"within-zero", "frame-other-date-form", "field-operator-typo", "field-times", "field-list", "field-equals-list", "field-in-scalar", "field-in-empty",
		"field-above-text", "field-exists-yes", "list-empty", "list-of-lists", "list-within", "all-not-a-list", "any-empty", "not-empty", "not-with-within",
		"mql-without-at", "mql-unknown-key", "mql-until-below-text", "mql-again-after-without-unit", "mql-again-after-zero", "mql-at-fraction",
		"mql-until-below-in-score", "suppress-not-a-list", "suppress-text", "suppress-entry-text", "suppress-without-reason",
		"suppress-without-when", "suppress-without-criteria", "suppress-unknown-key", "suppress-with-points", "suppress-in-score",
	} {
		if faults := validate(t, schema, filepath.Join(testdata, "errors", sin+".yaml")); len(faults) == 0 {
			t.Errorf("%s passes the schema", sin)
		}
	}
}

// TestJSONSchemaDescribes asks for a description of every key, since that is what an editor shows.
func TestJSONSchemaDescribes(t *testing.T) {
	var visit func(path string, v any)
	keys := 0
	visit = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			if properties, ok := v["properties"].(map[string]any); ok {
				for key, value := range properties {
					keys++
					if described, ok := value.(map[string]any)["description"].(string); !ok || described == "" {
						t.Errorf("%s.%s has no description", path, key)
					}
				}
			}
			for key, value := range v {
				visit(path+"."+key, value)
			}
		case []any:
			for i, value := range v {
				visit(fmt.Sprintf("%s[%d]", path, i), value)
			}
		}
	}
	visit("", any(describedSchema(t)))
	if keys < 100 {
		t.Errorf("only %d keys", keys)
	}
}

func describedSchema(t *testing.T) map[string]any {
	t.Helper()
	text, err := model.JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	return schema
}

// validate holds a YAML file to a JSON Schema.
func validate(t *testing.T, schema map[string]any, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	root, list := yamltree.Parse(file, text)
	if root == nil || len(list) > 0 {
		t.Fatalf("%s: %v", file, list)
	}
	v := validator{t: t, definitions: schema["$defs"].(map[string]any)}
	return v.check("", schema, asJSON(root))
}

// asJSON gives the values of encoding/json, with *big.Rat for numbers.
func asJSON(n *yamltree.Node) any {
	switch n.Kind {
	case yamltree.Map:
		m := make(map[string]any)
		for _, e := range n.Entries {
			m[e.Key.Text] = asJSON(e.Value)
		}
		return m
	case yamltree.List:
		list := []any{}
		for _, item := range n.Items {
			list = append(list, asJSON(item))
		}
		return list
	}
	if n.Null() {
		return nil
	}
	if b, ok := n.Bool(); ok {
		return b
	}
	if number, ok := n.Number(); ok {
		return number
	}
	return n.Text
}

// validator knows the keywords that the schema uses, and fails on any other.
type validator struct {
	t           *testing.T
	definitions map[string]any
}

func (v validator) check(path string, schema any, value any) (faults []string) {
	if schema == true {
		return nil
	}
	if schema == false {
		return []string{path + ": nothing is allowed here"}
	}
	fault := func(format string, args ...any) { faults = append(faults, path+": "+fmt.Sprintf(format, args...)) }
	rules := schema.(map[string]any)
	object, isObject := value.(map[string]any)
	list, isList := value.([]any)
	text, isText := value.(string)
	number, isNumber := value.(*big.Rat)
	limit := func(r any) *big.Rat { return new(big.Rat).SetFloat64(r.(float64)) }
	for keyword, rule := range rules {
		switch keyword {
		case "$schema", "$defs", "title", "description", "examples", "default", "patternProperties", "additionalProperties":
		case "$ref":
			faults = append(faults, v.check(path, v.definitions[strings.TrimPrefix(rule.(string), "#/$defs/")], value)...)
		case "anyOf":
			var all []string
			passed := false
			for _, one := range rule.([]any) {
				found := v.check(path, one, value)
				passed = passed || len(found) == 0
				all = append(all, found...)
			}
			if !passed {
				faults = append(faults, all...)
			}
		case "type":
			_, isBool := value.(bool)
			ok := map[string]bool{"object": isObject, "array": isList, "string": isText, "number": isNumber,
				"integer": isNumber && number.IsInt(), "boolean": isBool, "null": value == nil}[rule.(string)]
			if !ok {
				fault("%v is no %v", value, rule)
			}
		case "required":
			for _, key := range rule.([]any) {
				if _, has := object[key.(string)]; isObject && !has {
					fault("%v is missing", key)
				}
			}
		case "dependentRequired":
			for key, others := range rule.(map[string]any) {
				if _, has := object[key]; has {
					for _, other := range others.([]any) {
						if _, has := object[other.(string)]; !has {
							fault("%v needs %v", key, other)
						}
					}
				}
			}
		case "properties":
			for key, one := range rule.(map[string]any) {
				if value, has := object[key]; has {
					faults = append(faults, v.check(path+"."+key, one, value)...)
				}
			}
		case "items":
			for i, item := range list {
				faults = append(faults, v.check(fmt.Sprintf("%s[%d]", path, i), rule, item)...)
			}
		case "minItems":
			if isList && len(list) < int(rule.(float64)) {
				fault("too few items")
			}
		case "minProperties":
			if isObject && len(object) < int(rule.(float64)) {
				fault("too few keys")
			}
		case "minimum":
			if isNumber && number.Cmp(limit(rule)) < 0 {
				fault("below %v", rule)
			}
		case "maximum":
			if isNumber && number.Cmp(limit(rule)) > 0 {
				fault("above %v", rule)
			}
		case "pattern":
			if isText && !regexp.MustCompile(rule.(string)).MatchString(text) {
				fault("%q does not match %v", text, rule)
			}
		case "enum":
			found := false
			for _, one := range rule.([]any) {
				found = found || one == value
			}
			if !found {
				fault("%v is not in %v", value, rule)
			}
		default:
			v.t.Fatalf("the schema has the keyword %s, which this test does not know", keyword)
		}
	}
	properties, _ := rules["properties"].(map[string]any)
	patterns, _ := rules["patternProperties"].(map[string]any)
	for key, one := range object {
		_, known := properties[key]
		for pattern, schema := range patterns {
			if regexp.MustCompile(pattern).MatchString(key) {
				known = true
				faults = append(faults, v.check(path+"."+key, schema, one)...)
			}
		}
		if rest, has := rules["additionalProperties"]; has && !known {
			faults = append(faults, v.check(path+"."+key, rest, one)...)
		}
	}
	return faults
}
