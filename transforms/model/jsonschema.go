package model

import (
	"encoding/json"
	"strconv"

	"github.com/invopop/jsonschema"

	"leadscore/transforms/match"
)

// shape is short for the schema of a part of the language.
type shape = jsonschema.Schema

// The forms of single values, as patterns.
const (
	durationPattern = `^[1-9][0-9]*[hdw]$`
	instantPattern  = `^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[-+][0-9]{2}:[0-9]{2}))?$`
	percentPattern  = `^[0-9]{1,3}(\.[0-9]{1,6})? ?%$`
)

// JSONSchema describes the model file as JSON Schema (draft 2020-12), for completion and checks in editors. It has every key
// that Parse accepts and no other, from the same tables; what Parse checks beyond the structure (order, sums, time frames that
// are never met …) it does not say.
func JSONSchema() ([]byte, error) {
	whole := &shape{Type: "integer", Minimum: number64(-largest), Maximum: number64(largest)}
	text := ref("text")
	root := object(modelKeys, map[string]*shape{
		"name": text, "version": text,
		"time_zone": {Type: "string", Examples: []any{"UTC", "Europe/Stockholm", "America/New_York"}},
		"score":     ref("score"),
		"sets":      {Type: "array", MinItems: count(1), Items: ref("set")},
		"suppress":  {AnyOf: []*shape{{Type: "array", Items: ref("suppression")}, {Type: "null"}}},
	}, "name", "sets")
	root.Version = jsonschema.Version
	root.Title = "leadscore model"
	root.Description = "All that marketing decides about lead scoring: score sets with rules, the threshold, the bands."
	floors := &shape{Type: "object", MinProperties: count(1), AdditionalProperties: whole}
	root.Definitions = jsonschema.Definitions{
		"text":     {AnyOf: []*shape{{Type: "string"}, {Type: "number"}, {Type: "boolean"}}},
		"value":    {AnyOf: []*shape{{Type: "string"}, {Type: "number"}, {Type: "boolean"}}},
		"quantity": {AnyOf: []*shape{{Type: "number"}, {Type: "string", Pattern: instantPattern}}},
		"duration": {Type: "string", Pattern: durationPattern, Examples: []any{"12h", "30d", "4w"}},
		"instant":  {Type: "string", Pattern: instantPattern, Examples: []any{"2026-09-01", "2026-09-01T08:00:00Z"}},
		"bands":    floors,
		"range":    anyKey(object(rangeKeys, map[string]*shape{"min": whole, "max": whole})),
		"score":    object(scoreKeys, map[string]*shape{"range": ref("range"), "mql": ref("threshold"), "bands": ref("bands"), "grade": ref("grade")}),
		"threshold": {AnyOf: []*shape{
			whole,
			object(thresholdKeys, map[string]*shape{"at": whole, "until_below": whole, "again_after": ref("duration")}, "at"),
		}},
		"grade": object(gradeKeys, map[string]*shape{
			"explicit": patterned("^[A-Z]$", whole), "implicit": patterned("^[0-9]$", whole),
		}, "explicit", "implicit"),
		"set": object(setKeys, map[string]*shape{
			"set": text, "active": {Type: "boolean", Default: true}, "range": ref("range"), "mql": ref("threshold"), "bands": ref("bands"),
			"rules": {AnyOf: []*shape{{Type: "array", Items: ref("rule")}, {Type: "null"}}},
		}, "set", "rules"),
		"rule":        object(ruleKeys, map[string]*shape{"rule": text, "points": ref("points"), "when": ref("criteria")}, "rule", "points", "when"),
		"suppression": object(suppressionKeys, map[string]*shape{"reason": text, "when": ref("criteria")}, "reason", "when"),
		"points":      pointsShape(whole),
		"criteria":    {AnyOf: []*shape{ref("criterion"), {Type: "array", MinItems: count(1), Items: ref("criteria")}}},
		"criterion":   criterionShape(),
		"operators":   operatorShape(false),
		"test":        {AnyOf: []*shape{ref("value"), {Type: "array", MinItems: count(1), Items: ref("value")}, ref("operators")}},
		"times": {AnyOf: []*shape{
			{Type: "integer", Minimum: "1", Maximum: number64(mostTimes)},
			anyKey(object(timesKeys, map[string]*shape{
				"at_least": {Type: "integer", Minimum: "0"}, "at_most": {Type: "integer", Minimum: "0"}, "exactly": {Type: "integer", Minimum: "0"},
			})),
		}},
	}
	described, err := json.MarshalIndent(root, "", "  ")
	return append(described, '\n'), err
}

// pointsShape describes the forms of a rule's points.
func pointsShape(whole *shape) *shape {
	return &shape{AnyOf: []*shape{
		whole,
		object(eachKeys, map[string]*shape{"each": whole, "max": whole}, "each"),
		object(tiersKeys, map[string]*shape{"tiers": patterned("^[1-9][0-9]*$", whole)}, "tiers"),
		object(fadeKeys, map[string]*shape{"fade": patterned(durationPattern, whole)}, "fade"),
		object(decayKeys, map[string]*shape{
			"start": whole, "lose": {Type: "string", Pattern: percentPattern, Examples: []any{"25%"}}, "every": ref("duration"),
		}, "start", "lose", "every"),
	}}
}

// criterionShape describes a criterion by the key that says what it is about.
func criterionShape() *shape {
	one := &shape{}
	narrow := map[string]*shape{
		"asset": ref("test"), "url": ref("test"), "question": ref("test"), "answer": ref("test"), "times": ref("times"),
		"where":  {Type: "object", MinProperties: count(1), AdditionalProperties: ref("test")},
		"within": ref("duration"), "from": ref("instant"), "until": ref("instant"),
	}
	engagement := func(head key, value *shape) {
		narrow[head.name] = value
		s := object(append([]key{head}, narrowKeys...), narrow, head.name)
		s.DependentRequired = map[string][]string{"answer": {"question"}}
		one.AnyOf = append(one.AnyOf, s)
	}
	for _, channel := range channelKeys {
		actions := &shape{Type: "string"}
		for _, action := range knownActions[channel.name] {
			actions.Enum = append(actions.Enum, action)
		}
		engagement(channel, actions)
	}
	engagement(engagementKey, &shape{AnyOf: []*shape{
		{Type: "string", Enum: []any{"any"}},
		anyKey(object(whatKeys, map[string]*shape{"channel": ref("text"), "action": ref("text")})),
	}})
	one.AnyOf = append(one.AnyOf, operatorShape(true), object([]key{listKey}, map[string]*shape{"list": ref("text")}, "list"))
	some := &shape{Type: "array", MinItems: count(1), Items: ref("criteria")}
	for _, join := range joinKeys {
		value := some
		if join.name == "not" {
			value = ref("criteria")
		}
		one.AnyOf = append(one.AnyOf, object([]key{join}, map[string]*shape{join.name: value}, join.name))
	}
	return one
}

// operatorShape describes a map of operators; of a field, which stands in the same map and may do without any.
func operatorShape(field bool) *shape {
	var keys []key
	values := map[string]*shape{fieldKey.name: ref("text"), caseKey.name: {Type: "boolean", Default: false}}
	if field {
		keys = append(keys, fieldKey)
	}
	for _, name := range match.OperatorNames() {
		op, _ := match.ParseOperator(name)
		switch {
		case op == match.Within || op == match.OlderThan:
			if !field {
				continue
			}
			values[name] = ref("duration")
		case op == match.In:
			values[name] = &shape{Type: "array", MinItems: count(1), Items: ref("value")}
		case op == match.Exists:
			values[name] = &shape{Type: "boolean"}
		case ordered(op):
			values[name] = ref("quantity")
		default:
			values[name] = ref("value")
		}
		keys = append(keys, key{name, operatorTexts[op]})
	}
	keys = append(keys, caseKey)
	if field {
		return object(keys, values, fieldKey.name)
	}
	return anyKey(object(keys, values))
}

// object describes a map with the given keys and no others.
func object(keys []key, values map[string]*shape, required ...string) *shape {
	s := &shape{Type: "object", Properties: jsonschema.NewProperties(), AdditionalProperties: jsonschema.FalseSchema, Required: required}
	for _, k := range keys {
		described := *values[k.name]
		described.Description = k.text
		s.Properties.Set(k.name, &described)
	}
	return s
}

// anyKey asks for at least one key.
func anyKey(s *shape) *shape {
	s.MinProperties = count(1)
	return s
}

// patterned describes a map of at least one entry whose keys follow a pattern.
func patterned(pattern string, value *shape) *shape {
	return &shape{
		Type: "object", MinProperties: count(1),
		PatternProperties: map[string]*shape{pattern: value}, AdditionalProperties: jsonschema.FalseSchema,
	}
}

func ref(definition string) *shape { return &shape{Ref: "#/$defs/" + definition} }

func count(n uint64) *uint64 { return &n }

func number64(n int64) json.Number { return json.Number(strconv.FormatInt(n, 10)) }
