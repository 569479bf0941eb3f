package jobs

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"leadscore/transforms/diag"
)

// write writes rows to a file below folder and gives its path.
func write[T any](t *testing.T, folder, name string, rows []T) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := parquet.WriteFile(path, rows); err != nil {
		t.Fatal(err)
	}
	return path
}

// initialise runs Init and gives both texts, having held that they pass the check.
func initialise(t *testing.T, o InitOptions) (written *Written, modelText, jobText string) {
	t.Helper()
	o.Folder = t.TempDir()
	written, err := Init(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	list, err := Check(t.Context(), Options{Job: written.Job})
	if err != nil {
		t.Fatal(err)
	}
	m, err := os.ReadFile(written.Model)
	if err != nil {
		t.Fatal(err)
	}
	j, err := os.ReadFile(written.Job)
	if err != nil {
		t.Fatal(err)
	}
	if diag.List(list).HasErrors() {
		t.Fatalf("what init wrote is refused: %+v\n%s\n%s", list, m, j)
	}
	return written, string(m), string(j)
}

func has(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			t.Errorf("there is no %q in\n%s", w, text)
		}
	}
}

// TestInitOtherNames guesses from an export with names of another kind, ids that are texts, and channels by other names.
func TestInitOtherNames(t *testing.T) {
	type person struct {
		LeadID string  `parquet:"Lead ID"`
		Given  *string `parquet:"Given Name,optional"`
		Org    string  `parquet:"Organization"`
		Tel    string  `parquet:"Telephone"`
		Update int64   `parquet:"LastModifiedDate,timestamp(millisecond)"`
	}
	type activity struct {
		Who     string `parquet:"leadId"`
		When    int64  `parquet:"activityDate,timestamp(microsecond)"`
		Medium  string `parquet:"Medium"`
		Type    string `parquet:"Event Type"`
		Subject string `parquet:"Subject"`
		Link    string `parquet:"Link"`
	}
	folder := t.TempDir()
	contacts := write(t, folder, "c.parquet", []person{{"a", nil, "Select", "1", 1}, {"b", nil, "N/A", "2", 2}, {"a", nil, "Acme", "3", 3}})
	engagements := write(t, folder, "e.parquet", []activity{{"a", 1, "E-Mail", "Open", "x", ""}, {"b", 2, "Web Page", "Page View", "", "http://x"}, {"b", 3, "Fair", "Met: \"us\"", "", ""}})
	written, m, j := initialise(t, InitOptions{Contacts: []string{contacts}, Engagements: []string{engagements}})
	has(t, j, "contact_id: Lead ID", "contact_id: leadId", "occurred_at: activityDate", "channel: Medium", "action: Event Type", "asset: Subject", "url: Link",
		"E-Mail: email", "Web Page: website", "Open: opened", "Page View: visited", "as they are: Fair", "duplicates: {keep: latest, by: LastModifiedDate}",
		"null_values: [N/A, Select]")
	has(t, m, "points: 2, when: {field: Given Name}", "points: 2, when: {field: Organization}", "points: 2, when: {field: Telephone}",
		"# The contacts have no column for this rule; name the right one if there is:\n      # - {rule: Has a job title, points: 2, when: {field: job_title}}",
		"{rule: SMS link clicked, points: 5, when: {sms: clicked, within: 90d}}", "{rule: Website visited, points: 10, when: {website: visited, within: 90d}}")
	if written.Rules != 9 || written.Left != 3 || len(written.Notes) > 0 {
		t.Errorf("wrote %+v", written)
	}
}

// TestInitOneColumnForBoth guesses from a column that tells the channel and the action at once.
func TestInitOneColumnForBoth(t *testing.T) {
	type person struct {
		Email string `parquet:"email"`
	}
	type activity struct {
		Email string `parquet:"email"`
		At    int64  `parquet:"timestamp,timestamp(millisecond)"`
		Event string `parquet:"event"`
	}
	folder := t.TempDir()
	contacts := write(t, folder, "c.parquet", []person{{"a@x"}, {"b@x"}})
	engagements := write(t, folder, "e.parquet", []activity{{"a@x", 1, "Email Click"}, {"a@x", 2, "FormSubmit"}, {"b@x", 3, "landing_page_visit"}, {"b@x", 4, "call"}})
	_, _, j := initialise(t, InitOptions{Contacts: []string{contacts}, Engagements: []string{engagements}})
	has(t, j, "channel: event\n", "action: event\n", "Email Click: email", "Email Click: clicked", "FormSubmit: form", "FormSubmit: submitted",
		"landing_page_visit: landing_page", "landing_page_visit: visited", "occurred_at: timestamp", "contact_id: email")
}

// TestInitPicksTheIDsThatMeet takes, of two pairs of columns that could be the contact, the one in which engagements find their contact.
func TestInitPicksTheIDsThatMeet(t *testing.T) {
	type person struct {
		ID     int64 `parquet:"id"`
		UserID int64 `parquet:"user_id"`
	}
	type activity struct {
		User    int32  `parquet:"user_id"`
		Contact int32  `parquet:"contact_id"`
		Time    int64  `parquet:"time,timestamp(millisecond)"`
		Channel string `parquet:"channel"`
		Action  string `parquet:"action"`
	}
	folder := t.TempDir()
	contacts := write(t, folder, "c.parquet", []person{{1, 100}, {2, 200}})
	engagements := write(t, folder, "e.parquet", []activity{{100, 7000, 1, "email", "clicked"}, {200, 8000, 2, "email", "clicked"}})
	_, _, j := initialise(t, InitOptions{Contacts: []string{contacts}, Engagements: []string{engagements}})
	has(t, j, "contact_id: user_id", "path: ")
	if strings.Count(j, "contact_id: user_id") != 2 {
		t.Errorf("not both ids are user_id:\n%s", j)
	}
}

// TestInitDecimalIDs finds ids that a warehouse exported as decimals without a fraction, in whatever form they are stored.
func TestInitDecimalIDs(t *testing.T) {
	type person struct {
		ID    [16]byte `parquet:"ID,decimal(0:38)"`
		Other int64    `parquet:"user_id"`
	}
	type activity struct {
		Contact int64   `parquet:"contact_id,decimal(0:18)"`
		Other   float64 `parquet:"user_id"`
		At      int64   `parquet:"occurred_at,timestamp(millisecond)"`
		Channel string  `parquet:"channel"`
		Action  string  `parquet:"action"`
	}
	folder := t.TempDir()
	minus := [16]byte(slices.Repeat([]byte{0xff}, 16))
	contacts := write(t, folder, "c.parquet", []person{{[16]byte{14: 1, 15: 2}, 5}, {minus, 6}})
	engagements := write(t, folder, "e.parquet", []activity{{258, 7, 1, "email", "clicked"}, {-1, 8, 1, "email", "clicked"}})
	written, _, j := initialise(t, InitOptions{Contacts: []string{contacts}, Engagements: []string{engagements}})
	has(t, j, "contact_id: ID\n")
	if strings.Contains(j, "user_id") || len(written.Notes) > 0 {
		t.Errorf("notes %q\n%s", written.Notes, j)
	}
}

// TestInitWithoutKinds writes a job that runs although nothing tells channel or action, and says so.
func TestInitWithoutKinds(t *testing.T) {
	type person struct {
		ID int64 `parquet:"id"`
	}
	type activity struct {
		Contact int64 `parquet:"contact_id"`
		Day     int32 `parquet:"seen_on,date"`
	}
	folder := t.TempDir()
	contacts := write(t, folder, "c.parquet", []person{{1}})
	engagements := write(t, folder, "mail/e.parquet", []activity{{1, 20_000}})
	written, m, j := initialise(t, InitOptions{Contacts: []string{contacts}, Engagements: []string{engagements}})
	has(t, j, "channel: {value: email}", "action: {value: unknown}", "occurred_at: seen_on")
	has(t, m, "{rule: email, points: 5, when: {engagement: {channel: email}, within: 90d}}", "mql: 2 ", "# - {rule: SMS link clicked, ")
	if len(written.Notes) != 3 || written.Left != 12 || written.Rules != 1 {
		t.Errorf("wrote %+v", written)
	}
	engagements = write(t, folder, "things/e.parquet", []activity{{1, 20_000}})
	_, m, _ = initialise(t, InitOptions{Contacts: []string{contacts}, Engagements: []string{engagements}})
	has(t, m, "{rule: Did anything, points: 5, when: {engagement: any, within: 90d}}")
}

// TestInitOtherKinds holds that where the data has none of the usual channels the rules are about what it has, most frequent first and not
// too many; that they find it; and that columns which no rule reads are named.
func TestInitOtherKinds(t *testing.T) {
	type person struct {
		ID    int64  `parquet:"id"`
		Email string `parquet:"email"`
		Plan  string `parquet:"Plan: now"`
		Title string `parquet:"job_title"`
	}
	type activity struct {
		Contact int64   `parquet:"contact_id"`
		At      int64   `parquet:"occurred_at,timestamp(millisecond)"`
		Channel *string `parquet:"channel,optional"`
		Action  *string `parquet:"action,optional"`
	}
	of := func(n int, channel, action string) []activity {
		return slices.Repeat([]activity{{1, 1, &channel, &action}}, n)
	}
	rows := slices.Concat(of(3, "Git", "push"), of(2, " git ", "Push"), of(4, "git", "merge: \"it\""), of(20, "", "x"), of(9, "bad\xff", "y"),
		[]activity{{1, 1, nil, nil}}, of(1, strings.Repeat("long", 100), "z"))
	for i := range 10 {
		rows = append(rows, of(1, "rare", fmt.Sprint("kind ", i))...)
	}
	folder := t.TempDir()
	o := InitOptions{Contacts: []string{write(t, folder, "c.parquet", []person{{1, "a", "b", "c"}})}, Engagements: []string{write(t, folder, "e.parquet", rows)}}
	written, m, _ := initialise(t, o)
	has(t, m, "      - {rule: 'git: push', points: 5, when: {engagement: {channel: git, action: push}, within: 90d}}\n"+
		"      - {rule: 'git: merge: \"it\"', points: 5, when: {engagement: {channel: git, action: 'merge: \"it\"'}, within: 90d}}\n"+
		"      - {rule: 'rare: kind 0', ", "# - {rule: Website visited, points: 10, ", "mql: 21 ", "# No rule reads these columns of the contacts: email, 'Plan: now'\n")
	if written.Rules != mostKindRules+1 || written.Left != len(defaultEngagement)+len(personaFields)-1 || len(written.Notes) != 1 {
		t.Errorf("wrote %+v", written)
	}
	list, err := Check(t.Context(), Options{Job: written.Job})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		if strings.Contains(d.What, "the data has no") || strings.Contains(d.What, "nobody can reach") {
			t.Errorf("of what init wrote: %+v", d)
		}
	}

	// Only an action.
	type act struct {
		Contact int64  `parquet:"contact_id"`
		At      int64  `parquet:"occurred_at,timestamp(millisecond)"`
		Action  string `parquet:"action"`
	}
	o.Engagements = []string{write(t, folder, "a.parquet", []act{{1, 1, "merged"}, {1, 2, "click"}, {1, 3, "merged"}})}
	_, m, _ = initialise(t, o)
	has(t, m, "      - {rule: merged, points: 5, when: {engagement: {action: merged}, within: 90d}}\n      - {rule: clicked, points: 5, when: {engagement: {action: clicked}, within: 90d}}\n")
}

// TestInitSwapped holds that engagements given as contacts are noticed.
func TestInitSwapped(t *testing.T) {
	type person struct {
		ID int64 `parquet:"contact_id"`
		At int64 `parquet:"created_at,timestamp(millisecond)"`
	}
	type ageless struct {
		ID int64 `parquet:"contact_id"`
	}
	type activity struct {
		Contact int64  `parquet:"contact_id"`
		At      int64  `parquet:"occurred_at,timestamp(millisecond)"`
		Channel string `parquet:"channel"`
		Action  string `parquet:"action"`
	}
	folder := t.TempDir()
	people := write(t, folder, "c.parquet", []person{{1, 1}, {2, 1}})
	several := write(t, folder, "e.parquet", []activity{{1, 1, "email", "clicked"}, {1, 2, "email", "clicked"}, {1, 3, "email", "clicked"}, {2, 3, "email", "clicked"}, {2, 4, "email", "clicked"}})
	once := write(t, folder, "o.parquet", []activity{{1, 1, "email", "clicked"}, {2, 2, "email", "clicked"}})
	for _, c := range []struct {
		contacts, engagements string
		want                  bool
	}{{several, people, true}, {people, several, false}, {people, once, false}, {several, several, false}} {
		written, _, _ := initialise(t, InitOptions{Contacts: []string{c.contacts}, Engagements: []string{c.engagements}})
		if got := slices.Contains(written.Notes, swappedNote); got != c.want {
			t.Errorf("%s and %s: notes %q", c.contacts, c.engagements, written.Notes)
		}
	}
	o := InitOptions{Contacts: []string{several}, Engagements: []string{write(t, folder, "n.parquet", []ageless{{1}, {2}})}, Folder: filepath.Join(folder, "out")}
	if _, err := Init(t.Context(), o); err == nil || !strings.Contains(err.Error(), "look swapped") {
		t.Errorf("without a time: %v", err)
	}
}

// TestInitRefuses says what is missing in data that cannot be scored.
func TestInitRefuses(t *testing.T) {
	type person struct {
		ID int64 `parquet:"id"`
	}
	type timeless struct {
		Contact int64 `parquet:"contact_id"`
	}
	type nobodys struct {
		At int64 `parquet:"at,timestamp(millisecond)"`
	}
	folder := t.TempDir()
	contacts := write(t, folder, "c.parquet", []person{{1}})
	for _, c := range []struct{ engagements, want string }{
		{write(t, folder, "t.parquet", []timeless{{1}}), "is a time"},
		{write(t, folder, "n.parquet", []nobodys{{1}}), "seems to hold the ids"},
		{filepath.Join(folder, "gone.parquet"), "not found"},
	} {
		o := InitOptions{Contacts: []string{contacts}, Engagements: []string{c.engagements}, Folder: filepath.Join(folder, "out")}
		if _, err := Init(t.Context(), o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.engagements, err, c.want)
		}
	}
	if exist(filepath.Join(folder, "out")) {
		t.Error("a refused init wrote something")
	}
}

func TestYAMLText(t *testing.T) {
	for _, text := range []string{"plain", "two words", "a: b", "#x", "- x", "true", "No", "null", "it's", `back\slash`, "{x}", "[y]", "a,b", " lead", "1e3", "2026-01-01",
		"*x", "&x", "!x", "%x", "@x", "`x", "x\ny", "tab\tx", "", "ÅÄÖ", "日本", "~", "a#b", "a #b", "?x", "\u2028"} {
		job, list := ParseJob("job.yaml", []byte("inputs: {contacts: {path: x, null_values: ["+yamlText(text)+", x]}}\n"))
		if len(list) > 0 || len(job.Contacts.NullValues) != 2 || job.Contacts.NullValues[0] != text {
			t.Errorf("%q is written %s and read back as %q (%v)", text, yamlText(text), job.Contacts.NullValues, list)
		}
	}
}
