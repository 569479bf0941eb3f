package jobs

// Distribution is how often which scores occur. Each bin holds the scores from From to To, both inclusive.
type Distribution struct {
	Lowest  int64      `json:"lowest"`
	Highest int64      `json:"highest"`
	Average float64    `json:"average"`
	Bins    []ScoreBin `json:"bins"` // ascending without gaps; empty ones too
}

// ScoreBin is a range of scores and how many contacts have one of them.
type ScoreBin struct {
	From     int64 `json:"from"`
	To       int64 `json:"to"`
	Contacts int64 `json:"contacts"`
}

const (
	mostBins    = 25   // of a distribution
	mostTallied = 4096 // of a histogram that is being filled
)

// histogram counts whole numbers in bounded memory: when there are too many of them, they are counted by tens, hundreds and so on. That
// never shows, as the bins of the distribution are then wider still.
type histogram struct {
	width     int64
	counts    map[int64]int64 // by the number divided by the width, rounded down
	low, high int64
	n         int64
	sum       float64
}

func newHistogram() *histogram { return &histogram{width: 1, counts: map[int64]int64{}} }

func (h *histogram) add(v int64) {
	if h.n == 0 {
		h.low, h.high = v, v
	}
	h.low, h.high = min(h.low, v), max(h.high, v)
	h.n++
	h.sum += float64(v)
	h.counts[floorDiv(v, h.width)]++
	if len(h.counts) > mostTallied {
		wider := map[int64]int64{}
		for at, n := range h.counts {
			wider[floorDiv(at, 10)] += n
		}
		h.width, h.counts = 10*h.width, wider
	}
}

// distribution gives at most mostBins bins of 1, 2 or 5 times a power of ten; nil where nothing was counted.
func (h *histogram) distribution() *Distribution {
	if h.n == 0 {
		return nil
	}
	width := int64(1)
	for step := 0; floorDiv(h.high, width)-floorDiv(h.low, width) >= mostBins; step++ {
		width = width * []int64{2, 5, 2}[step%3] / []int64{1, 2, 1}[step%3]
	}
	first := floorDiv(h.low, width)
	d := &Distribution{Lowest: h.low, Highest: h.high, Average: h.sum / float64(h.n), Bins: make([]ScoreBin, floorDiv(h.high, width)-first+1)}
	for i := range d.Bins {
		from := (first + int64(i)) * width
		d.Bins[i].From, d.Bins[i].To = max(from, h.low), min(from+width-1, h.high)
	}
	for at, n := range h.counts {
		d.Bins[floorDiv(at*h.width, width)-first].Contacts += n
	}
	return d
}

// floorDiv divides and rounds down, also below 0.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
