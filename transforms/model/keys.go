package model

import (
	"slices"
	"strings"

	"leadscore/transforms/match"
)

// key is a key of the language and what it means. Parse accepts exactly the keys of these tables, and JSONSchema describes
// them, so that what an editor offers is what is read.
type key struct{ name, text string }

var (
	modelKeys = []key{
		{"name", "The model's name; it stands in every output."},
		{"version", "Free text that is carried to every output, for example 2026-11."},
		{"time_zone", "Time zone of dates without one, such as Europe/Stockholm. Default UTC."},
		{"score", "How the total score is read: range, threshold, bands, grade."},
		{"sets", "The score sets. The total score is the sum of all active sets' scores."},
		{"suppress", "Who is scored but in no hand-off, and why. The first entry that holds gives the reason."},
	}
	suppressionKeys = []key{
		{"reason", "Why the contact is in no hand-off; it stands in the outputs."},
		{"when", "The criteria. A list means that all of them must hold."},
	}
	thresholdKeys = []key{
		{"at", "A contact becomes a marketing qualified lead at this score and above."},
		{"until_below", "It stays one until its score is below this; at most at. Default at."},
		{"again_after", "How long after that it cannot become one again, such as 30d. Default not at all."},
	}
	scoreKeys = []key{
		{"range", "The total score is limited to it."},
		{"mql", "The threshold: a contact with at least this score is a marketing qualified lead. A number, or a map with at, until_below and again_after."},
		{"bands", "Names of score ranges with their lowest scores, ascending, such as {cold: 0, warm: 40, hot: 80}."},
		{"grade", "A grade such as A1: a letter from the explicit points, a digit from the implicit points."},
	}
	rangeKeys = []key{
		{"min", "The lowest score. Without it there is no lower limit."},
		{"max", "The highest score. Without it there is no upper limit."},
	}
	gradeKeys = []key{
		{"explicit", "Letters and the lowest explicit points they ask for, descending, such as {A: 30, B: 10, C: 0}."},
		{"implicit", "Digits and the lowest implicit points they ask for, descending, such as {1: 50, 2: 20, 3: 0}."},
	}
	setKeys = []key{
		{"set", "The score set's name."},
		{"active", "false keeps the set out of the total score. Default true."},
		{"range", "The set's score is limited to it."},
		{"mql", "A threshold of the set's own: a number, or a map with at, until_below and again_after."},
		{"bands", "Bands of the set's own, ascending."},
		{"rules", "The set's rules. Its score is the sum of their points."},
	}
	ruleKeys = []key{
		{"rule", "The rule's name, unique in its set."},
		{"points", "What the rule is worth: a whole number, or a map with each, tiers, fade or start."},
		{"when", "The criteria. A list means that all of them must hold."},
	}
	eachKeys = []key{
		{"each", "Points for every single occurrence."},
		{"max", "The most that the occurrences are worth together; it has the sign of each."},
	}
	tiersKeys = []key{
		{"tiers", "Numbers of occurrences and the points from that number on, such as {1: 2, 4: 5, 10: 8}."},
	}
	fadeKeys = []key{
		{"fade", "Ages of the last occurrence and the points up to that age, such as {7d: 30, 30d: 20, 90d: 10}."},
	}
	decayKeys = []key{
		{"start", "Points right after the last occurrence."},
		{"lose", "The share of the points that goes away each time, such as 25%."},
		{"every", "How often points go away, such as 30d."},
	}
	channelKeys = []key{
		{"email", "Something done with an email."},
		{"form", "Something done with a form."},
		{"landing_page", "Something done with a landing page."},
		{"sms", "Something done with an SMS."},
		{"website", "Something done on the website."},
	}
	engagementKey = key{"engagement", "any, for whatever a contact does, or {channel: …, action: …} for any other channel or action of the data."}
	whatKeys      = []key{
		{"channel", "The channel as it is named in the data."},
		{"action", "The action as it is named in the data. Without it any action counts."},
	}
	narrowKeys = []key{
		{"asset", "Which email, form, page or SMS: a name, a list of names, or operators."},
		{"url", "Which page or link: an address, a list of addresses, or operators."},
		{"question", "Which question of a form."},
		{"answer", "What was answered to the question."},
		{"where", "Tests of any other columns of the engagements, such as {campaign: Spring, value: {above: 100}}."},
		{"times", "How often: a number means at least, or {at_least: …, at_most: …}, or {exactly: …}. Default at least once."},
		{"within", "How recently, such as 90d (units h, d, w; a day is 24 hours)."},
		{"from", "The first instant that counts: a date, or an instant such as 2026-09-01T08:00:00Z."},
		{"until", "The first instant that no longer counts."},
	}
	timesKeys = []key{
		{"at_least", "The smallest number of times."},
		{"at_most", "The largest number of times; none at all fulfils it too."},
		{"exactly", "The number of times; 0 means never."},
	}
	fieldKey = key{"field", "A column of the contacts. Without an operator it must have any value."}
	listKey  = key{"list", "A list by its name or id; the contact must be in it."}
	joinKeys = []key{
		{"all", "Every one of the criteria must hold."},
		{"any", "At least one of the criteria must hold."},
		{"not", "The criterion must not hold."},
	}
	caseKey = key{"case_sensitive", "true tells upper case from lower case. Default false."}
	// operatorTexts has the meaning of each operator of package match.
	operatorTexts = map[match.Operator]string{
		match.Equals:     "The value is this one.",
		match.In:         "The value is one of these.",
		match.Contains:   "The text contains this.",
		match.StartsWith: "The text starts with this.",
		match.EndsWith:   "The text ends with this.",
		match.Matches:    "The text matches this regular expression (RE2) somewhere.",
		match.Above:      "The value is greater than this.",
		match.AtLeast:    "The value is this or greater.",
		match.Below:      "The value is less than this.",
		match.AtMost:     "The value is this or less.",
		match.From:       "The number or date is this or later.",
		match.Until:      "The number or date is before this.",
		match.Within:     "The date is no longer ago than this, such as 30d.",
		match.OlderThan:  "The date is longer ago than this, such as 365d.",
		match.Exists:     "true: there is a value. false: there is none.",
	}
)

// knownActions are the actions of the channels that have a key of their own.
var knownActions = map[string][]string{
	"email":        {"opened", "clicked"},
	"form":         {"visited", "submitted", "answered"},
	"landing_page": {"visited", "clicked"},
	"sms":          {"clicked"},
	"website":      {"visited"},
}

// meant has what people type who know another tool, and what is called that way here; the first that is possible counts.
var meant = map[string][]string{
	"title": {"name", "rule", "set"}, "id": {"name", "rule", "set"}, "name": {"rule", "set", "reason", "list"}, "label": {"name", "rule", "set"},
	"score": {"points", "mql", "at"}, "value": {"points", "equals"}, "weight": {"points"}, "worth": {"points"}, "if": {"when"},
	"condition": {"when"}, "conditions": {"when"}, "criteria": {"when"}, "criterion": {"when"}, "filter": {"when", "where"},
	"threshold": {"mql", "at"}, "cutoff": {"mql"}, "because": {"reason"}, "why": {"reason"}, "exclude": {"suppress"}, "blocklist": {"suppress"},
	"cooldown": {"again_after"}, "cool_down": {"again_after"}, "pause": {"again_after"}, "hysteresis": {"until_below"}, "at_least": {"at"}, "enter": {"at"},
	"exit": {"until_below"}, "until": {"until_below"}, "below": {"until_below"}, "mql": {"at"}, "rule": {"reason"}, "timezone": {"time_zone"}, "tz": {"time_zone"}, "zone": {"time_zone"},
	"enabled": {"active"}, "disabled": {"active"}, "limit": {"max", "range"}, "cap": {"max", "range"}, "minimum": {"min", "at_least"},
	"maximum": {"max", "at_most"}, "groups": {"sets"}, "scores": {"sets"}, "and": {"all"}, "or": {"any"}, "none": {"not"},
	"page": {"landing_page"}, "web": {"website"}, "site": {"website"}, "mail": {"email"}, "newsletter": {"email"}, "text_message": {"sms"},
	"column": {"field"}, "property": {"field"}, "attribute": {"field"}, "segment": {"list"}, "member_of": {"list"}, "count": {"times"},
	"occurrences": {"times"}, "last": {"within"}, "during": {"within"}, "period": {"within"}, "since": {"from"}, "after": {"from", "above"},
	"to": {"until"}, "before": {"until", "below"}, "link": {"url"}, "href": {"url"}, "gt": {"above"}, "gte": {"at_least"}, "lt": {"below"},
	"lte": {"at_most"}, "eq": {"equals"}, "is": {"equals"}, "one_of": {"in"}, "like": {"contains"}, "regex": {"matches"}, "regexp": {"matches"},
	"greater_than": {"above"}, "less_than": {"below"}, "min": {"at_least", "at"}, "max": {"at_most"}, "has_value": {"exists"}, "known": {"exists"},
	"newer_than": {"within"}, "per": {"each"}, "half_life": {"every"}, "decay": {"lose"}, "type": {"action"},
}

func names(tables ...[]key) []string {
	var all []string
	for _, table := range tables {
		for _, k := range table {
			all = append(all, k.name)
		}
	}
	return all
}

var (
	// headNames are the keys that say what a criterion is about; a criterion has exactly one.
	headNames   = slices.Concat(names(channelKeys), []string{engagementKey.name, fieldKey.name, listKey.name}, names(joinKeys))
	narrowNames = names(narrowKeys)
)

// words joins names for a sentence: a, b or c.
func words(all []string, last string) string {
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	return strings.Join(all[:len(all)-1], ", ") + " " + last + " " + all[len(all)-1]
}
