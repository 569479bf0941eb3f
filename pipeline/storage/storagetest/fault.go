package storagetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"leadscore/pipeline/storage"
)

// Op is one operation of a store, or of a reader, writer or lock that it gave.
type Op struct {
	Number int    // from 1, in the order in which they began
	Name   string // "Create", "Write", "Finish", "ReadAt", "Swap", "ExchangeFolders" …
	Path   string
}

func (o Op) String() string { return fmt.Sprintf("%d %s %s", o.Number, o.Name, o.Path) }

// Fault is what happens to an operation. The zero Fault lets it pass.
type Fault struct {
	Kind   storage.Kind  // the error that is answered; "" for none
	Effect bool          // with Kind: the operation is performed all the same, its answer is lost
	Die    bool          // the process dies: before the operation or, with Effect, after it. Everything later fails
	Short  bool          // ReadAt gives half of the bytes and ErrUnavailable
	Wrong  bool          // ReadAt and Read give a wrong byte, and no error
	Hang   bool          // with Kind: there is no answer before the operation's context ends
	Delay  time.Duration // before all else
}

// The faults that a plan mostly uses.
var (
	Pass      = Fault{}
	Before    = Fault{Kind: storage.ErrUnavailable}
	After     = Fault{Kind: storage.ErrUnavailable, Effect: true}
	Refused   = Fault{Kind: storage.ErrPrecondition, Effect: true} // the answer to one's own repeated request
	DieBefore = Fault{Kind: storage.ErrUnavailable, Die: true}
	DieAfter  = Fault{Kind: storage.ErrUnavailable, Die: true, Effect: true}
)

// Faulty is a store whose operations fail as a plan says. It offers Folders and Locker and answers ErrUnsupported where the
// store behind it lacks them, or where they are hidden.
//
// A dead Faulty stands for a killed process: its locks are free, its unfinished objects stay as they are, and nothing
// that is called on it, or on what it gave, has any effect.
type Faulty struct {
	storage.Store
	HideFolders  bool   // as an object store
	HideExchange bool   // as a file system that can rename folders but not exchange them
	HideLocks    bool   // locks become leases
	Hangs        func() // called when an operation begins to hang; may be nil

	plan  func(Op) Fault
	mu    sync.Mutex
	ops   []Op
	dead  bool
	locks []storage.Lock
}

// NewFaulty wraps a store. The plan is asked once for each operation, one at a time; nil lets all pass.
func NewFaulty(store storage.Store, plan func(Op) Fault) *Faulty {
	if plan == nil {
		plan = func(Op) Fault { return Pass }
	}
	return &Faulty{Store: store, plan: plan}
}

// Ops gives the operations so far.
func (f *Faulty) Ops() []Op {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Op{}, f.ops...)
}

// Dead tells whether the process has died.
func (f *Faulty) Dead() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dead
}

var (
	errInjected = errors.New("injected")
	errDead     = errors.New("injected: the process is dead")
)

// Distant tells whether the store's reads cost a journey.
func (f *Faulty) Distant() bool { return storage.Distant(f.Store) }

// do runs an operation as the plan says.
func (f *Faulty) do(ctx context.Context, name, path string, operation func() error) error {
	_, err := f.doFault(ctx, name, path, operation)
	return err
}

func (f *Faulty) doFault(ctx context.Context, name, path string, operation func() error) (Fault, error) {
	f.mu.Lock()
	if f.dead {
		f.mu.Unlock()
		return Fault{}, &storage.Error{Op: name, Address: f.Address(path), Kind: storage.ErrUnavailable, Err: errDead}
	}
	op := Op{Number: len(f.ops) + 1, Name: name, Path: path}
	f.ops = append(f.ops, op)
	fault := f.plan(op)
	if fault.Die && !fault.Effect {
		f.die()
	}
	f.mu.Unlock()

	time.Sleep(fault.Delay)
	if fault.Kind == "" {
		return fault, operation()
	}
	kind := fault.Kind
	if kind == storage.ErrPrecondition && name != "Swap" { // what is create-only refuses in other words
		kind = storage.ErrAlreadyExists
	}
	err := error(&storage.Error{Op: name, Address: f.Address(path), Kind: kind, Err: errInjected})
	if fault.Effect {
		err = errors.Join(err, operation())
	}
	if fault.Hang && ctx.Done() != nil {
		if f.Hangs != nil {
			f.Hangs()
		}
		<-ctx.Done()
		err = errors.Join(err, context.Cause(ctx))
	}
	if fault.Die && fault.Effect {
		f.mu.Lock()
		f.die()
		f.mu.Unlock()
	}
	return fault, err
}

// Exit ends the process, as a kill does: whatever locks it still holds are free.
func (f *Faulty) Exit() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.die()
}

// die is called under mu.
func (f *Faulty) die() {
	f.dead = true
	for _, lock := range f.locks {
		_ = lock.Unlock() // the operating system does it for a killed process
	}
}

// give runs an operation that gives something, which is lost with the answer.
func give[T any](ctx context.Context, f *Faulty, name, path string, operation func() (T, error)) (T, error) {
	var result, none T
	err := f.do(ctx, name, path, func() (err error) {
		result, err = operation()
		return err
	})
	if err != nil {
		f.abandon(result)
		return none, err
	}
	return result, nil
}

// abandon gives back what nobody has got, as a store does that fails to open or to create something.
func (f *Faulty) abandon(lost any) {
	if f.Dead() {
		return
	}
	switch lost := lost.(type) {
	case *faultyWriter:
		_ = lost.w.Abort() // it fails already
	case *faultyReader:
		_ = lost.Reader.Close()
	case *faultyLock:
		_ = lost.Lock.Unlock()
	}
}

func (f *Faulty) List(ctx context.Context, glob string) ([]storage.Object, error) {
	return give(ctx, f, "List", glob, func() ([]storage.Object, error) { return f.Store.List(ctx, glob) })
}

func (f *Faulty) Pin(ctx context.Context, path string) (storage.Object, error) {
	return give(ctx, f, "Pin", path, func() (storage.Object, error) { return f.Store.Pin(ctx, path) })
}

func (f *Faulty) Open(ctx context.Context, object storage.Object) (storage.Reader, error) {
	return give(ctx, f, "Open", object.Path, func() (storage.Reader, error) {
		r, err := f.Store.Open(ctx, object)
		if err != nil {
			return nil, err
		}
		return &faultyReader{Reader: r, f: f, ctx: ctx}, nil
	})
}

func (f *Faulty) Create(ctx context.Context, path string) (storage.Writer, error) {
	return give(ctx, f, "Create", path, func() (storage.Writer, error) {
		w, err := f.Store.Create(ctx, path)
		if err != nil {
			return nil, err
		}
		return &faultyWriter{w: w, f: f, ctx: ctx, path: path}, nil
	})
}

func (f *Faulty) Read(ctx context.Context, path string, limit int64) ([]byte, storage.Version, error) {
	var data []byte
	var version storage.Version
	fault, err := f.doFault(ctx, "Read", path, func() (err error) {
		data, version, err = f.Store.Read(ctx, path, limit)
		return err
	})
	if err != nil {
		return nil, storage.None, err
	}
	if fault.Wrong && len(data) > 0 {
		data[len(data)/2] ^= 1
	}
	return data, version, nil
}

func (f *Faulty) Swap(ctx context.Context, path string, data []byte, old storage.Version) (storage.Version, error) {
	return give(ctx, f, "Swap", path, func() (storage.Version, error) { return f.Store.Swap(ctx, path, data, old) })
}

func (f *Faulty) Copy(ctx context.Context, from, to string) error {
	return f.do(ctx, "Copy", to, func() error { return f.Store.Copy(ctx, from, to) })
}

func (f *Faulty) Delete(ctx context.Context, path string) error {
	return f.do(ctx, "Delete", path, func() error { return f.Store.Delete(ctx, path) })
}

func (f *Faulty) Exists(ctx context.Context, path string) (bool, error) {
	return give(ctx, f, "Exists", path, func() (bool, error) { return f.Store.Exists(ctx, path) })
}

type faultyReader struct {
	storage.Reader
	f   *Faulty
	ctx context.Context
}

func (r *faultyReader) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	want := p
	fault, err := r.f.doFault(r.ctx, "ReadAt", r.Object().Path, func() (err error) {
		n, err = r.Reader.ReadAt(want, off)
		return err
	})
	switch {
	case fault.Kind != "":
		return 0, err
	case fault.Short && n > 1:
		return n / 2, &storage.Error{Op: "ReadAt", Address: r.Object().Address, Kind: storage.ErrUnavailable, Err: errInjected}
	case fault.Wrong && n > 0:
		p[n/2] ^= 1
	}
	return n, err
}

type faultyWriter struct {
	w    storage.Writer
	f    *Faulty
	ctx  context.Context
	path string
}

func (w *faultyWriter) Write(p []byte) (int, error) {
	return give(w.ctx, w.f, "Write", w.path, func() (int, error) { return w.w.Write(p) })
}

func (w *faultyWriter) Finish() (storage.Object, error) {
	object, err := give(w.ctx, w.f, "Finish", w.path, w.w.Finish)
	if err != nil && !w.f.Dead() {
		// After Finish a writer keeps nothing but, perhaps, the whole object.
		err = errors.Join(err, w.w.Abort())
	}
	return object, err
}

func (w *faultyWriter) Abort() error { return w.f.do(w.ctx, "Abort", w.path, w.w.Abort) }
