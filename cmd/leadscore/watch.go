package main

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"leadscore/jobs"
	"leadscore/transforms/diag"
)

// watcher is how a run gets on, shown until finish.
type watcher interface {
	jobs.Watcher

	// finish leaves the terminal in order, whether the run ended well or not, and says what could not be said while bars were drawn.
	finish()
}

// watch gives bars where stderr is a terminal, else logs.
func (u *ui) watch() watcher {
	switch {
	case u.errIsTerminal && !u.json && !u.quiet:
		return newBars(u)
	default:
		return &logs{log: u.logger(), stages: make(map[string]*loggedStage)}
	}
}

// bars shows a bar for each stage.
type bars struct {
	progress *mpb.Progress
	mu       sync.Mutex
	stages   map[string]*mpb.Bar
	warnings []string
	warn     func(string)
}

func newBars(u *ui) *bars {
	return &bars{
		progress: mpb.New(mpb.WithOutput(u.stderr), mpb.WithWidth(48), mpb.WithRefreshRate(120*time.Millisecond)),
		stages:   make(map[string]*mpb.Bar),
		warn:     func(text string) { fmt.Fprintf(u.stderr, "warning: %s\n", visible(text)) },
	}
}

// Stage begins a bar, or where nobody knows how much there is to do something that turns.
func (b *bars) Stage(name string, total int64, unit string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	title := mpb.PrependDecorators(decor.Name(name, decor.WCSyncSpaceR))
	elapsed := decor.Elapsed(decor.ET_STYLE_MMSS, decor.WCSyncSpace)
	switch {
	case total > 0:
		b.stages[name] = b.progress.AddBar(total, title, mpb.AppendDecorators(decor.CountersNoUnit("%d / %d "+unit, decor.WCSyncSpaceR), elapsed))
	case unit != "":
		b.stages[name] = b.progress.AddSpinner(0, title, mpb.BarFillerOnComplete("done"), mpb.AppendDecorators(decor.CurrentNoUnit("%d "+unit, decor.WCSyncSpaceR), elapsed))
	default:
		b.stages[name] = b.progress.AddSpinner(0, title, mpb.BarFillerOnComplete("done"), mpb.AppendDecorators(decor.Name("", decor.WCSyncSpaceR), elapsed))
	}
}

func (b *bars) Advance(stage string, done int64) {
	b.mu.Lock()
	bar := b.stages[stage]
	b.mu.Unlock()
	if bar != nil {
		bar.IncrInt64(done)
	}
}

func (b *bars) Done(stage string) {
	b.mu.Lock()
	bar := b.stages[stage]
	b.mu.Unlock()
	if bar != nil {
		bar.SetTotal(-1, true)
	}
}

func (b *bars) Warn(text string) {
	b.mu.Lock()
	b.warnings = append(b.warnings, text)
	b.mu.Unlock()
}

func (b *bars) Diagnose(d diag.Diagnostic) { b.Warn(jobs.OneLine(d)) }

// finish ends all bars and says the warnings, which would tear the bars apart while those are drawn.
func (b *bars) finish() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, bar := range b.stages {
		if !bar.Completed() {
			bar.Abort(false)
		}
	}
	b.progress.Wait()
	for _, text := range b.warnings[:min(len(b.warnings), mostShown)] {
		b.warn(text)
	}
	if more := len(b.warnings) - mostShown; more > 0 {
		b.warn(counted(more, "more warning") + "; with --json all are logged")
	}
}

// logs says when a stage begins and ends, and every ten seconds how far it is.
type logs struct {
	log    *slog.Logger
	mu     sync.Mutex
	stages map[string]*loggedStage
}

type loggedStage struct {
	unit        string
	total, done int64
	began, said time.Time
}

const logEvery = 10 * time.Second

func (l *logs) Stage(name string, total int64, unit string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.stages[name] = &loggedStage{unit: unit, total: total, began: now, said: now}
	args := []any{"stage", name}
	if total > 0 {
		args = append(args, "total", total, "unit", unit)
	}
	l.log.Info("begin", args...)
}

func (l *logs) Advance(stage string, done int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.stages[stage]
	if s == nil {
		return
	}
	s.done += done
	if now := time.Now(); now.Sub(s.said) >= logEvery {
		s.said = now
		l.say("so far", stage, s)
	}
}

func (l *logs) Done(stage string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.stages[stage]; s != nil {
		l.say("done", stage, s)
		delete(l.stages, stage)
	}
}

func (l *logs) say(what, stage string, s *loggedStage) {
	args := []any{"stage", stage}
	if s.unit != "" {
		args = append(args, "done", s.done)
		if s.total > 0 {
			args = append(args, "total", s.total)
		}
		args = append(args, "unit", s.unit)
	}
	l.log.Info(what, append(args, "seconds", time.Since(s.began).Round(time.Millisecond).Seconds())...)
}

func (l *logs) Warn(text string) {
	l.log.Warn(text)
}

// Diagnose logs what is wrong as the message, and all that is known of it in attributes of its own.
func (l *logs) Diagnose(d diag.Diagnostic) {
	var args []any
	for _, a := range []struct{ key, text string }{{"at", d.Position.String()}, {"why", d.Why}, {"fix", d.Fix}, {"see", d.Related.String()}} {
		if a.text != "" {
			args = append(args, a.key, a.text)
		}
	}
	l.log.Warn(d.What, args...)
}

func (l *logs) finish() {} // nothing is held back
