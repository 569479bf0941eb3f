package main

import (
	"context"
	"math"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// writeContacts writes the contacts: 20 columns of the kinds that a CRM exports, of which rules read a few.
func (d dataset) writeContacts(ctx context.Context, path string) error {
	return writeRows(ctx, path, uint64(d.Contacts), contactColumns(ids(d.IDs)))
}

func contactColumns(shape ids) []column {
	return []column{
		{name: "contact_id", typ: shape.dataType(), plain: true, add: shape.add},
		textColumn("email", true, func(i uint64) (string, bool) {
			return "user" + strconv.FormatUint(i, 10) + "@" + domains[choose(ofEmailDomain, i, len(domains))], uniform(ofEmail, i) < 0.97
		}),
		textColumn("phone", true, func(i uint64) (string, bool) {
			return "+44" + strconv.Itoa(7_000_000_000+choose(ofPhoneNumber, i, 999_999_999)), uniform(ofPhone, i) < 0.4
		}),
		numbered("first_name", "First", ofFirstName, 3000, 1),
		numbered("last_name", "Last", ofLastName, 20_000, 1),
		textColumn("job_title", false, jobTitle),
		numbered("country", "Country ", ofCountry, countries, 2),
		numbered("industry", "Industry ", ofIndustry, industries, 1),
		{name: "company_size", typ: arrow.PrimitiveTypes.Int32, add: func(to array.Builder, i uint64) {
			to.(*array.Int32Builder).Append(int32(1 + math.Exp(10*uniform(ofCompanySize, i))))
		}},
		numbered("company", "Company ", ofCompany, 50_000, 1),
		numbered("city", "City ", ofCity, 5000, 1),
		oneOf("language", ofLanguage, "en", "de", "fr", "es", "it"),
		oneOf("lifecycle_stage", ofStage, stages...),
		oneOf("source", ofSource, "web", "import", "event", "referral", "api"),
		{name: "unsubscribed", typ: arrow.FixedWidthTypes.Boolean, plain: true, add: func(to array.Builder, i uint64) {
			to.(*array.BooleanBuilder).Append(uniform(ofUnsubscribed, i) < 0.1)
		}},
		{name: "annual_revenue_k", typ: arrow.PrimitiveTypes.Int64, plain: true, add: func(to array.Builder, i uint64) {
			to.(*array.Int64Builder).Append(int64(choose(ofRevenue, i, 1_000_000)))
		}},
		numbered("owner", "owner", ofOwner, 200, 1),
		textColumn("linkedin", true, func(i uint64) (string, bool) {
			return "https://linkedin.example/in/u" + strconv.FormatUint(i, 10), uniform(ofLinkedIn, i) < 0.3
		}),
		date("created_at", ofCreated, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), 2000),
		date("updated_at", ofUpdated, time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), 360),
	}
}

const (
	countries  = 60
	industries = 25
)

var (
	stages = []string{"lead", "subscriber", "opportunity", "customer"}
	titles = []string{"Student", "CEO", "CTO", "VP Marketing"}
)

// jobTitle is a title that rules ask for in one of ten contacts, missing in another one, and one of 2,000 elsewhere.
func jobTitle(i uint64) (string, bool) {
	switch u := uniform(ofTitleKind, i); {
	case u < 0.03:
		return titles[0], true
	case u < 0.05:
		return titles[1], true
	case u < 0.07:
		return titles[2], true
	case u < 0.1:
		return titles[3], true
	default:
		return "Job Title " + strconv.Itoa(skewed(ofTitle, i, 2000, 2)), u >= 0.2
	}
}

// textColumn is a text column; value tells whether there is one.
func textColumn(name string, plain bool, value func(i uint64) (string, bool)) column {
	return column{name: name, typ: arrow.BinaryTypes.String, plain: plain, add: func(to array.Builder, i uint64) {
		if v, ok := value(i); ok {
			to.(*array.StringBuilder).Append(v)
		} else {
			to.AppendNull()
		}
	}}
}

// numbered is a text column of n values: a word and a number.
func numbered(name, word string, from stream, n, power int) column {
	return textColumn(name, false, func(i uint64) (string, bool) { return word + strconv.Itoa(skewed(from, i, n, power)), true })
}

// oneOf is a text column of a few values.
func oneOf(name string, from stream, values ...string) column {
	return textColumn(name, false, func(i uint64) (string, bool) { return values[choose(from, i, len(values))], true })
}

// date is a column of instants, anywhere in a number of days from the first on.
func date(name string, from stream, first time.Time, days int64) column {
	return column{name: name, typ: arrow.FixedWidthTypes.Timestamp_us, plain: true, add: func(to array.Builder, i uint64) {
		after := uniform(from, i) * float64(days*24*time.Hour.Microseconds())
		to.(*array.TimestampBuilder).Append(arrow.Timestamp(first.UnixMicro() + int64(after)))
	}}
}
