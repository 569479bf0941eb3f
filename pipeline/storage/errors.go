package storage

import (
	"context"
	"errors"
	"strings"
)

// Kind says what went wrong, as far as it matters for what to do next. Kinds are errors, to be tested with errors.Is.
type Kind string

// Error tells the kind in words.
func (k Kind) Error() string { return string(k) }

// The kinds of errors.
const (
	ErrNotFound      Kind = "not found"
	ErrNoMatch       Kind = "nothing matches"
	ErrAlreadyExists Kind = "already exists"
	ErrPrecondition  Kind = "another version stands there"
	ErrChanged       Kind = "changed since the start of the run"
	ErrPermission    Kind = "no permission"
	ErrNoSpace       Kind = "no space left"
	ErrUnavailable   Kind = "unavailable" // worth another try later
	ErrBusy          Kind = "held by another process"
	ErrInvalid       Kind = "invalid"     // the address, path or size can never work
	ErrUnsupported   Kind = "unsupported" // this store cannot do it; there is another way
	ErrOther         Kind = "failed"
)

// Error is what every failed operation of a store returns.
type Error struct {
	Op      string // verb of the operation: "list", "read", "create" …
	Address string // what it was about; for List the glob
	Kind    Kind
	Err     error // the cause; may be nil
}

// Error gives one line: what was tried, on what, what went wrong, and the cause where it says more than the kind.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	b.WriteString(" ")
	b.WriteString(e.Address)
	b.WriteString(": ")
	b.WriteString(string(e.Kind))
	if e.Err != nil && e.Err.Error() != string(e.Kind) {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// Is tells whether target is this error's kind.
func (e *Error) Is(target error) bool {
	k, ok := target.(Kind)
	return ok && k == e.Kind
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf gives the kind of the outermost storage error in err's chain; ErrOther for any other error and "" for nil.
// A context that has ended counts as ErrUnavailable.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	if k, ok := errors.AsType[Kind](err); ok {
		return k
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return ErrUnavailable
	}
	return ErrOther
}

// OutcomeUnknown tells whether a writing operation that failed with err may have taken effect all the same, so that
// the caller has to read back before it does anything else.
func OutcomeUnknown(err error) bool {
	switch KindOf(err) {
	case "", ErrAlreadyExists, ErrPrecondition, ErrNotFound, ErrPermission, ErrInvalid, ErrUnsupported:
		return false
	}
	return true
}
