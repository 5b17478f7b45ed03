package report

import "errors"

// Multi returns a Writer that gives every message to all of writers. One that
// fails keeps nothing from the others; the errors are joined.
func Multi(writers ...Writer) Writer { return multi(writers) }

type multi []Writer

func (ws multi) Write(m Message) error {
	var errs []error
	for _, w := range ws {
		errs = append(errs, w.Write(m))
	}
	return errors.Join(errs...)
}

func (ws multi) Close() error {
	var errs []error
	for _, w := range ws {
		errs = append(errs, w.Close())
	}
	return errors.Join(errs...)
}
