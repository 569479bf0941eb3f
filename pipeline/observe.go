package pipeline

import "time"

// Observer is a Watcher that is also told what a run has found out by its end, however it ended. A run whose inputs could not
// be opened observes nothing.
type Observer interface {
	Observe(Observation)
}

// Observation is what a run knows at its end. What it did not come to is empty.
type Observation struct {
	Inputs       []InputSize
	Counts       map[string]map[string]int64 // table → problem → rows, of tables that were read
	Tables       []TableSummary              // written, though not published where the run failed
	Stages       []StageTiming
	SpilledBytes int64
}

// InputSize is how much an input has, and how old it is.
type InputSize struct {
	Input  string
	Files  int
	Rows   int64
	Bytes  int64     // of the files
	Newest time.Time // when the newest file was modified, by its store's clock
}

// observe tells the watcher, where it wants to know, what the run has found out.
func (r *run) observe() {
	observer, ok := r.watch.(Observer)
	if !ok {
		return
	}
	o := Observation{Counts: map[string]map[string]int64{}, Stages: r.timings}
	for t, s := range r.sources {
		if s == nil {
			continue
		}
		size := s.outlook(nil)
		o.Inputs = append(o.Inputs, InputSize{Input: size.Input, Files: size.Files, Rows: size.Rows, Bytes: size.Bytes, Newest: size.Modified})
		if r.counts.rows[t] > 0 {
			o.Counts[inputNames[t]] = r.counts.byName()[inputNames[t]]
		}
	}
	for _, name := range Tables {
		if written := r.written.tables[name]; written != nil {
			o.Tables = append(o.Tables, *written)
		}
	}
	if r.memory != nil {
		o.SpilledBytes = r.memory.spilled.Load()
	}
	observer.Observe(o)
}
