package pipeline

// Watcher is told how a run gets on. Its methods are called from several goroutines at once and must not block.
type Watcher interface {
	// Stage begins a stage of total units (rows, buckets, parts); 0 when the total is not known.
	Stage(name string, total int64, unit string)
	// Advance says that done more units of the stage are through.
	Advance(stage string, done int64)
	// Done ends a stage.
	Done(stage string)
	// Warn passes on what is suspicious about the data but does not stop the run.
	Warn(text string)
}

// Unwatched is a Watcher that ignores everything.
type Unwatched struct{}

// Stage, Advance, Done and Warn do nothing.
func (Unwatched) Stage(string, int64, string) {}
func (Unwatched) Advance(string, int64)       {}
func (Unwatched) Done(string)                 {}
func (Unwatched) Warn(string)                 {}
