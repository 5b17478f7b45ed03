package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/vqa-project/vqa/analyze/media"
	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/analyze/store"
)

// A usageError is a mistake in how the program was called.
type usageError struct {
	err  error
	hint string // what to try; may be empty
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usagef(hint, format string, args ...any) error {
	return &usageError{err: fmt.Errorf(format, args...), hint: hint}
}

// flagError says in fewer words what is wrong with the value of a flag. The
// dashes go before the flag's name.
func flagError(dashes string, err error) error {
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return err
	}
	cause := invalid.Unwrap()
	if errors.Is(cause, strconv.ErrSyntax) { // in words that name a function
		cause = errors.New("not a number")
		if invalid.GetFlag().Value.Type() == "bool" {
			cause = errors.New("neither true nor false")
		}
	}
	return fmt.Errorf("%s%s %q: %w", dashes, invalid.GetFlag().Name, invalid.GetValue(), cause)
}

// A defectsError says that there are defects that --fail-on names.
type defectsError struct {
	found []string // "freeze 2 in \"a.mp4\""
}

func (e *defectsError) Error() string { return "found " + strings.Join(e.found, ", ") }

// printError writes an error in one line, and what to try in a second one
// where that is known. Of joined errors, it writes each.
func printError(w io.Writer, err error) {
	if err == nil {
		return
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range joined.Unwrap() {
			printError(w, err)
		}
		return
	}
	text, hint := err.Error(), ""
	var usage *usageError
	var input *media.Error
	var service *store.Error
	var waiting *store.WaitingError
	switch {
	case errors.Is(err, context.Canceled):
		text = "interrupted"
	case errors.As(err, &usage):
		hint = usage.hint
	case errors.As(err, &waiting):
		hint = "the next run with --out to that bucket sends them, and so does `vqa spool --send`"
		if !waiting.Unreachable && errors.As(err, &service) && service.Hint != "" {
			hint = service.Hint + "; then `vqa spool --send`"
		}
	case errors.As(err, &input):
		hint = input.Hint
	case errors.As(err, &service):
		hint = service.Hint
	}
	fmt.Fprintf(w, "vqa: %s\n", report.Printable(text))
	if hint != "" {
		fmt.Fprintf(w, "hint: %s\n", report.Printable(hint))
	}
}
