package jobs

// The words that the demo base is made of. Short lists are enough: names, titles and towns repeat in real bases too.

// demoCountry is a country with the names its people carry and how its phone numbers begin.
type demoCountry struct {
	code   string
	share  int // of 100 contacts
	dial   string
	domain string
	first  []string
	last   []string
}

var demoCountries = []demoCountry{
	{"SE", 34, "+46 7", "se",
		[]string{"Anna", "Erik", "Maria", "Lars", "Karin", "Anders", "Sara", "Johan", "Emma", "Mikael", "Åsa", "Nils"},
		[]string{"Andersson", "Johansson", "Karlsson", "Nilsson", "Eriksson", "Larsson", "Olsson", "Sjöberg", "Lindqvist", "Åberg"}},
	{"NO", 16, "+47 4", "no",
		[]string{"Ingrid", "Ole", "Kari", "Bjørn", "Solveig", "Magnus", "Silje", "Tor", "Astrid", "Håkon"},
		[]string{"Hansen", "Johansen", "Olsen", "Larsen", "Berg", "Haugen", "Dahl", "Solberg", "Bakke"}},
	{"DK", 13, "+45 2", "dk",
		[]string{"Mette", "Søren", "Anne", "Jens", "Lone", "Rasmus", "Camilla", "Henrik", "Freja", "Mads"},
		[]string{"Jensen", "Nielsen", "Pedersen", "Christensen", "Sørensen", "Møller", "Holm", "Lund"}},
	{"FI", 11, "+358 4", "fi",
		[]string{"Aino", "Juhani", "Päivi", "Mikko", "Sanna", "Antti", "Laura", "Timo", "Helmi", "Ville"},
		[]string{"Korhonen", "Virtanen", "Mäkinen", "Nieminen", "Laine", "Heikkinen", "Salo", "Rantanen"}},
	{"DE", 14, "+49 15", "de",
		[]string{"Sabine", "Thomas", "Julia", "Stefan", "Katrin", "Jürgen", "Anja", "Markus", "Lena", "Felix"},
		[]string{"Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Wagner", "Becker", "Hoffmann", "Krüger"}},
	{"GB", 8, "+44 77", "co.uk",
		[]string{"Emily", "James", "Olivia", "Oliver", "Sophie", "Harry", "Charlotte", "Daniel", "Priya", "Amir"},
		[]string{"Smith", "Jones", "Taylor", "Brown", "Patel", "Evans", "Walker", "Khan", "O'Neill"}},
	{"NL", 4, "+31 6", "nl",
		[]string{"Sanne", "Daan", "Femke", "Bram", "Lotte", "Jeroen", "Anouk", "Pieter"},
		[]string{"de Jong", "Jansen", "van Dijk", "Bakker", "Visser", "Smit", "Mulder"}},
}

// demoTitle is a job title, how often it is met and how much its holder cares for what the company sells.
type demoTitle struct {
	title    string
	share    int
	interest float64
}

var demoTitles = []demoTitle{
	{"CEO", 4, 1.6}, {"Chief Financial Officer", 4, 1.8}, {"Chief Operating Officer", 3, 1.9},
	{"Head of Supply Chain", 6, 2.4}, {"Supply Chain Manager", 9, 2.2}, {"Demand Planner", 8, 2.0},
	{"Head of Logistics", 5, 1.9}, {"Purchasing Manager", 9, 1.4}, {"Production Planner", 6, 1.3},
	{"IT Manager", 7, 1.1}, {"Data Analyst", 7, 1.2}, {"Controller", 6, 0.9}, {"Marketing Manager", 5, 0.6},
	{"Project Manager", 8, 0.7}, {"Consultant", 6, 0.8}, {"Student", 4, 0.9}, {"Research assistant", 3, 0.7},
}

var (
	demoCompanyFirst = []string{"Nord", "Baltic", "Fjell", "Svea", "Alster", "Polar", "Hansa", "Vinter", "Aurora", "Sund",
		"Kattegat", "Dal", "Tundra", "Eider", "Skagen", "Botnia", "Rhein", "Harz", "Thames", "Maas", "Granit", "Björk"}
	demoCompanyLast = []string{"Foods", "Furniture", "Paper", "Machines", "Steel", "Textiles", "Pharma", "Retail", "Energy", "Packaging",
		"Brewery", "Tools", "Chemicals", "Shipping", "Seafood", "Bikes", "Dairy", "Glass", "Electronics", "Timber"}
	demoIndustries = []string{"Food and drink", "Furniture", "Paper and pulp", "Machinery", "Metals", "Textiles", "Pharma", "Retail",
		"Energy", "Packaging"}
	demoSources = []string{"Webinar", "Trade fair", "Organic search", "Paid search", "Referral", "Cold call", "Select", "n/a"}
	demoTags    = []string{"planning", "inventory", "pricing", "sustainability", "api", "spreadsheets", "sap"}

	demoEmails = []string{"Newsletter 2025-10", "Newsletter 2026-01", "Newsletter 2026-04", "Newsletter 2026-07", "Newsletter 2026-10",
		"Product news autumn", "Product news spring", "Customer story Fjell Dairy", "Webinar invitation", "Job newsletter"}
	demoLandingPages = []string{"Forecasting guide", "Inventory calculator", "Webinar 2026", "Benchmark report", "Trade fair Göteborg"}
	demoForms        = []string{"Forecasting guide", "Benchmark report", "Webinar 2026", "Newsletter sign-up", "Contact sales", "Demo"}
	demoTexts        = []string{"Webinar reminder", "Trade fair reminder"}
	demoWebinars     = []string{"Webinar 2026: better forecasts", "Webinar 2026: less stock", "Webinar 2025: first steps"}
	demoBudgets      = []string{"< 10k", "10-50k", "50-100k", "> 100k", "do not know"}
	demoPages        = []string{"/", "/product", "/product/forecasting", "/product/inventory", "/pricing", "/pricing/enterprise", "/customers",
		"/customers/fjell-dairy", "/blog/safety-stock", "/blog/forecast-error", "/blog/abc-analysis", "/careers", "/careers/data-engineer",
		"/about", "/docs/api", "/contact"}
	demoPageShares = []int{18, 11, 9, 7, 8, 3, 6, 4, 8, 7, 6, 4, 2, 3, 3, 1}
	demoLinks      = []string{"/product/forecasting", "/pricing", "/blog/safety-stock", "/customers/fjell-dairy", "/files/forecasting-guide.pdf",
		"/files/benchmark-report.pdf"}
)

const demoSite = "https://auroraplan.example"
