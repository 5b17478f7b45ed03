// Package states runs state machines written in the Amazon States Language, as
// far as the program's own needs it: Task, Map, Parallel, Choice, Pass and
// Succeed, with paths of one name. It counts state transitions as AWS Step
// Functions charges them: one for each state that is entered.
//
// The language is described at https://states-language.net/spec.html.
package states

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// A Machine is a state machine, or one within a Map or Parallel state.
type Machine struct {
	Comment string            `json:",omitempty"`
	StartAt string            `json:""`
	States  map[string]*State `json:""`
}

// A State is one step.
type State struct {
	Comment string `json:",omitempty"`
	Type    string
	Next    string `json:",omitempty"`
	End     bool   `json:",omitempty"`

	Resource   string `json:",omitempty"` // of a Task
	ResultPath string `json:",omitempty"` // "$.name": where the result goes in the data; "" or "$" for all

	ItemsPath     string   `json:",omitempty"` // of a Map: "$.name"
	ItemProcessor *Machine `json:",omitempty"`

	Branches []*Machine `json:",omitempty"` // of a Parallel

	Choices []Choice `json:",omitempty"` // of a Choice
	Default string   `json:",omitempty"`

	Result any `json:",omitempty"` // of a Pass
}

// A Choice goes on with Next where a variable is as it says.
type Choice struct {
	Variable      string
	BooleanEquals bool
	Next          string
}

// A Task does the work of a Task state.
type Task func(ctx context.Context, input map[string]any) (any, error)

// Parse reads a state machine and checks that it can be run.
func Parse(text []byte) (*Machine, error) {
	var m Machine
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		return nil, fmt.Errorf("reading state machine: %w", err)
	}
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("reading state machine: %w", err)
	}
	return &m, nil
}

func (m *Machine) check() error {
	if m.States[m.StartAt] == nil {
		return fmt.Errorf("there is no state %q to start at", m.StartAt)
	}
	for name, s := range m.States {
		next := []string{s.Next}
		if s.End || s.Type == "Succeed" {
			next = nil
		}
		within := s.Branches
		switch s.Type {
		case "Task", "Pass", "Succeed":
		case "Parallel":
			if len(within) == 0 {
				return fmt.Errorf("state %q has no branches", name)
			}
		case "Map":
			if s.ItemProcessor == nil {
				return fmt.Errorf("state %q has no item processor", name)
			}
			within = []*Machine{s.ItemProcessor}
		case "Choice":
			next = []string{s.Default}
			for _, c := range s.Choices {
				next = append(next, c.Next)
			}
		default:
			return fmt.Errorf("state %q is of type %q, which is not known here", name, s.Type)
		}
		for _, n := range next {
			if m.States[n] == nil {
				return fmt.Errorf("state %q leads to %q, which is not there", name, n)
			}
		}
		for _, w := range within {
			if err := w.check(); err != nil {
				return fmt.Errorf("in state %q: %w", name, err)
			}
		}
	}
	return nil
}

// An Execution is one run of a machine.
type Execution struct {
	tasks       map[string]Task
	transitions atomic.Int64
}

// NewExecution returns one with the tasks that resources name.
func NewExecution(tasks map[string]Task) *Execution { return &Execution{tasks: tasks} }

// Transitions returns how many states were entered so far.
func (x *Execution) Transitions() int64 { return x.transitions.Load() }

// Run runs a machine to its end and returns its data.
func (x *Execution) Run(ctx context.Context, m *Machine, data any) (any, error) {
	for name := m.StartAt; ; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		x.transitions.Add(1)
		s := m.States[name]
		if s.Type == "Choice" {
			name = s.choose(data)
			continue
		}
		result, err := x.state(ctx, s, data)
		if err != nil {
			return nil, fmt.Errorf("state %q: %w", name, err)
		}
		if data, err = put(data, s.ResultPath, result); err != nil {
			return nil, fmt.Errorf("state %q: %w", name, err)
		}
		if s.End || s.Type == "Succeed" {
			return data, nil
		}
		name = s.Next
	}
}

func (x *Execution) state(ctx context.Context, s *State, data any) (any, error) {
	switch s.Type {
	case "Task":
		task := x.tasks[s.Resource]
		input, ok := data.(map[string]any)
		if task == nil || !ok {
			return nil, fmt.Errorf("there is no task %q, or no data for it", s.Resource)
		}
		return task(ctx, input)
	case "Map":
		items, ok := get(data, s.ItemsPath).([]any)
		if !ok {
			return nil, fmt.Errorf("%s is no list", s.ItemsPath)
		}
		return x.all(ctx, len(items), func(i int) (*Machine, any) { return s.ItemProcessor, items[i] })
	case "Parallel":
		return x.all(ctx, len(s.Branches), func(i int) (*Machine, any) { return s.Branches[i], data })
	case "Pass":
		if s.Result != nil {
			return s.Result, nil
		}
	}
	return data, nil
}

// all runs machines at the same time and returns their data in order.
func (x *Execution) all(ctx context.Context, n int, each func(i int) (*Machine, any)) (any, error) {
	out := make([]any, n)
	g, ctx := errgroup.WithContext(ctx)
	for i := range n {
		g.Go(func() (err error) {
			m, data := each(i)
			out[i], err = x.Run(ctx, m, data)
			return err
		})
	}
	return out, g.Wait()
}

func (s *State) choose(data any) string {
	for _, c := range s.Choices {
		if v, ok := get(data, c.Variable).(bool); ok && v == c.BooleanEquals {
			return c.Next
		}
	}
	return s.Default
}

// get returns what a path such as "$.name" leads to, all of the data for "$".
func get(data any, path string) any {
	name, ok := strings.CutPrefix(path, "$.")
	if !ok {
		return data
	}
	object, _ := data.(map[string]any) // nil has nothing by any name
	return object[name]
}

func put(data any, path string, result any) (any, error) {
	name, ok := strings.CutPrefix(path, "$.")
	if !ok {
		return result, nil
	}
	object, ok := data.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("there is nothing to put %s into", path)
	}
	out := map[string]any{name: result}
	for k, v := range object {
		if k != name {
			out[k] = v
		}
	}
	return out, nil
}
