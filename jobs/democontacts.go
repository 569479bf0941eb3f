package jobs

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"
)

// The people of the demo base. All of them come from one seeded source, so that every demo is the same, to the byte.

// demoContact is a row of the contacts export, named as a customer-relationship system might name its columns.
type demoContact struct {
	ID         *int64    `parquet:"id,optional"`
	FirstName  *string   `parquet:"first_name,optional,dict"`
	LastName   *string   `parquet:"last_name,optional,dict"`
	Email      *string   `parquet:"email,optional"`
	Phone      *string   `parquet:"phone,optional"`
	JobTitle   *string   `parquet:"job_title,optional,dict"`
	Company    *string   `parquet:"company,optional,dict"`
	Industry   *string   `parquet:"industry,optional,dict"`
	Country    *string   `parquet:"country,optional,dict"`
	Employees  *int32    `parquet:"employees,optional"`
	Revenue    *int64    `parquet:"annual_revenue,optional,decimal(2:15)"`
	LeadSource *string   `parquet:"lead_source,optional,dict"`
	Newsletter bool      `parquet:"newsletter"`
	Tags       []string  `parquet:"tags,list"`
	CreatedAt  time.Time `parquet:"created_at,timestamp(millisecond)"`
	UpdatedAt  time.Time `parquet:"updated_at,timestamp(millisecond)"`
}

// demoPerson is what the generator of engagements must know of a contact.
type demoPerson struct {
	id       int64
	interest float64 // how active, 1 is usual
	from     int     // first day on which something can happen
	until    int     // last such day
	buying   bool    // in the market now: looks at prices, asks for demos
}

// demoPeople makes the contacts, the rows that the export repeats, and how each person will behave.
func demoPeople(size demoSize, random *rand.Rand) ([]demoContact, []demoPerson) {
	rows := make([]demoContact, 0, size.contacts+size.contacts/150+3)
	people := make([]demoPerson, 0, size.contacts)
	for i := range size.contacts {
		id := int64(100_000 + 7*i)
		row, interest := demoOne(id, random)
		created := demoStart.Add(time.Duration(random.IntN(600)-250) * 24 * time.Hour).Add(time.Duration(random.IntN(86_400)) * time.Second)
		if last := demoAsOf.Add(-36 * time.Hour); created.After(last) {
			created = last
		}
		row.CreatedAt = created
		row.UpdatedAt = created.Add(time.Duration(random.Int64N(int64(demoAsOf.Sub(created)))).Truncate(time.Second))
		people = append(people, demoBehaviour(id, interest, created, random))
		if i%200 == 17 { // the export repeats a contact that was edited while it ran; the older row knows less
			older := row
			older.UpdatedAt, older.Phone, older.JobTitle = created, nil, nil
			rows = append(rows, older)
		}
		rows = append(rows, row)
	}
	for range 3 { // rows that a merge left without an id
		row, _ := demoOne(0, random)
		row.ID, row.CreatedAt, row.UpdatedAt = nil, demoStart, demoStart
		rows = append(rows, row)
	}
	random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	return rows, people
}

// demoOne makes one contact and tells how interested its person is.
func demoOne(id int64, random *rand.Rand) (demoContact, float64) {
	country := demoCountries[pick(random, len(demoCountries), func(i int) int { return demoCountries[i].share })]
	title := demoTitles[pick(random, len(demoTitles), func(i int) int { return demoTitles[i].share })]
	first, last := one(random, country.first), one(random, country.last)
	kind := random.IntN(len(demoCompanyLast))
	company := one(random, demoCompanyFirst) + " " + demoCompanyLast[kind]
	employees := int32(math.Exp(random.NormFloat64()*1.5+4.6)) + 1
	address := strings.ToLower(demoASCII.Replace(first + "." + last + "@" + company + ".example"))

	row := demoContact{ID: &id, Newsletter: random.IntN(100) < 60}
	row.FirstName, row.LastName = mostly(random, 96, first), mostly(random, 97, last)
	row.Email = mostly(random, 99, address)
	row.Phone = mostly(random, 58, fmt.Sprintf("%s%08d", country.dial, random.IntN(100_000_000)))
	row.JobTitle = mostly(random, 81, demoSloppy(title.title, random))
	row.Company = mostly(random, 92, company)
	row.Industry = mostly(random, 74, demoIndustries[kind%len(demoIndustries)])
	row.Country = mostly(random, 88, country.code)
	row.Employees = mostly(random, 70, employees)
	row.Revenue = mostly(random, 45, int64(employees)*int64(9_000_000+random.IntN(18_000_000)))
	row.LeadSource = mostly(random, 93, one(random, demoSources))
	for _, tag := range demoTags {
		if random.IntN(100) < 12 {
			row.Tags = append(row.Tags, tag)
		}
	}
	return row, title.interest
}

// demoBehaviour draws how active a person is: most do little, a few a great deal (a power law), and many have gone silent.
func demoBehaviour(id int64, interest float64, created time.Time, random *rand.Rand) demoPerson {
	p := demoPerson{id: id, until: demoDays - 1}
	p.from = max(0, int(created.Sub(demoStart)/(24*time.Hour)))
	if span := p.until - p.from; span > 20 && random.IntN(100) < 45 {
		p.until = p.from + 10 + random.IntN(span-10)
	}
	p.interest = interest * math.Min(60, math.Pow(1-random.Float64(), -1/1.35))
	p.buying = p.until == demoDays-1 && random.Float64() < 0.035*interest
	if p.buying {
		p.interest *= 2.5
	}
	return p
}

// demoSloppy writes a title as people type it: sometimes in capitals, sometimes with a space too many.
func demoSloppy(title string, random *rand.Rand) string {
	switch random.IntN(20) {
	case 0:
		return strings.ToUpper(title)
	case 1:
		return strings.ToLower(title)
	case 2:
		return title + " "
	}
	return title
}

var demoASCII = strings.NewReplacer("å", "a", "ä", "a", "ö", "o", "ø", "o", "ü", "u", "Å", "a", "'", "", " ", "")

// one draws any entry.
func one[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }

// mostly gives v in so many of 100 cases, else nothing.
func mostly[T any](random *rand.Rand, percent int, v T) *T {
	if random.IntN(100) < percent {
		return &v
	}
	return nil
}

// pick draws an index by weight.
func pick(random *rand.Rand, n int, weight func(int) int) int {
	total := 0
	for i := range n {
		total += weight(i)
	}
	at := random.IntN(total)
	for i := range n {
		if at -= weight(i); at < 0 {
			return i
		}
	}
	return n - 1
}
