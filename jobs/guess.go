package jobs

import (
	"strings"
	"unicode"

	"leadscore/pipeline/parquetio"
	"leadscore/transforms/match"
)

// Which of their columns is which of ours, and what their channels and actions are called: the names that exports of
// customer-relationship, mail and web systems go by. Names compare by their letters and digits only: "Lead ID" is lead_id.

// candidate names of each column, most telling first.
var (
	idNames = []string{"contact_id", "contact", "person_id", "lead_id", "prospect_id", "customer_id", "user_id", "member_id",
		"profile_id", "subscriber_id", "recipient_id", "visitor_id", "contact_key", "person", "lead", "customer", "user", "email", "email_address"}
	ownIDNames = append([]string{"contact_id", "id", "uuid", "record_id"}, idNames[1:]...)
	timeNames  = []string{"occurred_at", "occurred", "event_time", "event_timestamp", "event_at", "event_date", "activity_date", "activity_time", "timestamp", "time", "at", "ts", "datetime", "date", "created_at", "created", "received_at", "sent_at", "logged_at"}
	otherNames = map[string][]string{
		"channel":  {"channel", "channel_type", "medium", "source", "touchpoint", "platform", "category", "event_category", "object_type", "asset_type", "type", "kind", "activity_type", "event_type"},
		"action":   {"action", "event_type", "event", "event_name", "activity", "activity_type", "verb", "interaction", "action_type", "type", "name"},
		"asset":    {"asset", "asset_name", "campaign", "campaign_name", "name", "subject", "title", "form_name", "email_name", "content_name", "content", "page_title", "label"},
		"url":      {"url", "page_url", "link_url", "link", "page", "href", "uri", "target_url", "landing_url", "web_page", "location", "path"},
		"question": {"question", "form_field", "field_name", "field"},
		"answer":   {"answer", "response", "field_value", "value"},
		"answers":  {"answers", "form_values", "form_data", "responses", "fields"},
		"event_id": {"event_id", "activity_id", "message_id", "event_uuid", "event_key", "external_id", "uuid", "guid", "id"},
		"list":     {"list", "list_name", "list_id", "segment", "segment_name", "segment_id", "group", "group_name", "audience", "tag"},
		"added_at": {"added_at", "joined_at", "subscribed_at", "member_since", "date_added", "added", "created_at", "since"},
	}
	tellingNames = map[string][]string{
		"channel": {"channel", "channel_type", "medium", "touchpoint", "platform", "source"},
		"action":  {"action", "event_type", "event", "event_name", "activity", "activity_type", "verb", "interaction", "action_type", "type"},
	}
	updatedNames = []string{"updated_at", "modified_at", "last_modified", "last_modified_at", "last_modified_date", "last_updated", "updated", "modified", "system_modstamp", "created_at"}
)

// personaFields are the fields of the default persona rules, and the names they go by.
var personaFields = []struct {
	rule  string
	names []string
}{
	{"Has a first name", []string{"first_name", "given_name", "forename", "first"}},
	{"Has a last name", []string{"last_name", "surname", "family_name", "last"}},
	{"Has a job title", []string{"job_title", "title", "position", "job", "role", "job_position"}},
	{"Has a company", []string{"company", "company_name", "organization", "organisation", "account_name", "account", "employer", "org"}},
	{"Has a country", []string{"country", "country_code", "country_name", "country_region", "country_iso"}},
	{"Has a phone number", []string{"phone", "phone_number", "mobile", "mobile_phone", "telephone", "work_phone", "business_phone", "tel", "cell_phone"}},
}

// The names that channels and actions go by, by our names. A value that stands in neither stays what it is.
var (
	channelWords = map[string][]string{
		"email":        {"email", "mail", "e-mail", "emailing", "newsletter", "em", "edm"},
		"landing_page": {"landing_page", "lp", "landing", "landingpage"},
		"website":      {"website", "web", "site", "www", "web_page", "webpage", "page", "homepage", "page_view", "pageview"},
		"sms":          {"sms", "text_message", "text", "txt"},
		"form":         {"form", "forms", "web_form", "form_fill"},
	}
	actionWords = map[string][]string{
		"opened":    {"opened", "open", "opens"},
		"clicked":   {"clicked", "click", "clicks", "link_clicked", "link_click", "click_through"},
		"visited":   {"visited", "visit", "visits", "view", "viewed", "views", "page_view", "page_viewed", "pageview", "page_visit"},
		"submitted": {"submitted", "submit", "submits", "submission", "filled", "filled_out", "fill_out", "fill", "completed"},
		"answered":  {"answered", "answer", "response"},
	}
	nothingWords = []string{"select", "n/a", "na", "null", "none", "-", "--", "unknown", "not set", "(not set)", "undefined", "#n/a", "nan", "please select", "not specified"}
)

// plainName takes away from a name what people vary without meaning anything by it.
func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// find gives the column that goes by the first of the names that any column has, leaving out those that are taken.
func (l *looked) find(names []string, taken map[string]bool, fits func(parquetio.Column) bool) string {
	for _, name := range names {
		for _, c := range l.columns {
			if !taken[c.Name] && plainName(c.Name) == plainName(name) && fits(c) {
				return c.Name
			}
		}
	}
	return ""
}

func isText(c parquetio.Column) bool { return c.Type.Kind == match.Text }

func isTime(c parquetio.Column) bool {
	return c.Type.Kind == match.Timestamp || c.Type.Kind == match.DateOnly
}

// isID tells whether a column may hold contact ids; where like is not nil only those that can equal its values.
func isID(like *parquetio.Column) func(parquetio.Column) bool {
	number := func(c parquetio.Column) bool {
		switch c.Type.Kind {
		case match.Int, match.Uint, match.Float:
			return true
		case match.Decimal:
			return c.Type.Scale == 0 // as warehouses export NUMBER columns
		}
		return false
	}
	return func(c parquetio.Column) bool {
		if like != nil {
			return number(c) == number(*like) && isText(c) == isText(*like)
		}
		return isText(c) || number(c)
	}
}

func isField(c parquetio.Column) bool { return c.Type.Kind != match.Other && c.Type.Kind != match.Null }

// meant gives what a value of the data is called in the language, and false where it is a word of its own.
func meant(words map[string][]string, value string) (string, bool) {
	for ours, names := range words {
		for _, name := range names {
			if plainName(value) == plainName(name) {
				return ours, true
			}
		}
	}
	return "", false
}

// meantWithin is meant for a value of several words, one of which says it: "Email Click" is an email, and a click.
func meantWithin(words map[string][]string, value string) (string, bool) {
	if ours, ok := meant(words, value); ok {
		return ours, true
	}
	parts := wordsOf(value)
	for length := len(parts) - 1; length > 0; length-- { // "landing page" says more than "page"
		for i := 0; i+length <= len(parts); i++ {
			if ours, ok := meant(words, strings.Join(parts[i:i+length], "")); ok {
				return ours, true
			}
		}
	}
	return "", false
}

// wordsOf takes a name apart at blanks, punctuation and capitals.
func wordsOf(name string) []string {
	var words []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			words = append(words, string(word))
		}
		word = nil
	}
	previous := ' '
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			end()
		} else {
			if unicode.IsUpper(r) && unicode.IsLower(previous) {
				end()
			}
			word = append(word, unicode.ToLower(r))
		}
		previous = r
	}
	end()
	return words
}

// knownShare is the share of the rows seen whose value is one of the words.
func (l *looked) knownShare(column string, is func(map[string][]string, string) (string, bool), words map[string][]string) float64 {
	s := l.values[column]
	if s == nil {
		return 0
	}
	all, known := int64(0), int64(0)
	for value, n := range s.counts {
		all += n
		if _, ok := is(words, value); ok {
			known += n
		}
	}
	if all == 0 {
		return 0
	}
	return float64(known) / float64(all)
}
