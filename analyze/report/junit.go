package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// NewJUnit returns a Writer of JUnit XML: a suite for each input, with a case
// for each detector. One that found something has failed, one that could not
// check has an error, and one with nothing to look at is skipped.
func NewJUnit(w io.Writer) Writer {
	j := &junit{w: w}
	j.Writer = Gather(func(d *Document) error {
		j.suites = append(j.suites, newSuite(d))
		return nil
	})
	return j
}

type junit struct {
	Writer
	w      io.Writer
	suites []junitSuite
}

// Close writes all suites: their sums come first.
func (j *junit) Close() error {
	if err := j.Writer.Close(); err != nil {
		return err
	}
	all := junitSuites{Name: "vqa", Suites: j.suites}
	for _, s := range j.suites {
		all.Tests += s.Tests
		all.Failures += s.Failures
		all.Errors += s.Errors
		all.Skipped += s.Skipped
	}
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	_, err = j.w.Write(slices.Concat([]byte(xml.Header), text, []byte("\n")))
	return err
}

type junitSuites struct {
	XMLName xml.Name `xml:"testsuites"`
	Name    string   `xml:"name,attr"`
	junitCounts
	Suites []junitSuite `xml:"testsuite"`
}

type junitCounts struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
	Skipped  int `xml:"skipped,attr"`
}

type junitSuite struct {
	Name      string `xml:"name,attr"`
	Timestamp string `xml:"timestamp,attr,omitempty"`
	junitCounts
	Cases []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string       `xml:"classname,attr"`
	Name    string       `xml:"name,attr"`
	Failure *junitResult `xml:"failure"`
	Error   *junitResult `xml:"error"`
	Skipped *junitResult `xml:"skipped"`
}

type junitResult struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

func newSuite(d *Document) junitSuite {
	s := junitSuite{Name: Printable(d.Input), Timestamp: strings.TrimSuffix(d.StartedAt, "Z")} // JUnit has no zone
	for _, name := range slices.Sorted(maps.Keys(d.Detectors)) {
		det := d.Detectors[name]
		c := junitCase{Class: Printable(d.Input), Name: Printable(name)}
		why := Printable(det.Error)
		switch det.Status {
		case Defects:
			c.Failure = &junitResult{Message: det.count(), Type: Printable(name), Text: lines(d, name)}
			s.Failures++
		case Failed:
			c.Error = &junitResult{Message: why}
			s.Errors++
		case NotApplicable:
			if why == "" {
				why = missing(d.Streams)
			}
			c.Skipped = &junitResult{Message: why}
			s.Skipped++
		}
		s.Cases = append(s.Cases, c)
	}
	// An input that nothing was held against is not a suite that passed.
	if ending := ending(d); ending != "" {
		s.Cases = append(s.Cases, junitCase{Class: Printable(d.Input), Name: "input", Error: &junitResult{Message: ending}})
		s.Errors++
	}
	s.Tests = len(s.Cases)
	return s
}

// lines has a line for each event of a detector.
func lines(d *Document, detector string) string {
	var b strings.Builder
	for _, e := range d.Events {
		if e.Detector != detector {
			continue
		}
		fmt.Fprintf(&b, "\n%s to %s, stream %s: %s, %s, limit %s", clock(e.StartS), clock(e.EndS), streamIndex(e.Stream),
			what(e), amount(e.Value, e.Unit), amount(e.Limit, e.Unit))
	}
	return b.String() + "\n"
}
