package states

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
)

const machine = `{
  "StartAt": "Count",
  "States": {
    "Count": {"Type": "Task", "Resource": "count", "Next": "Each"},
    "Each": {"Type": "Map", "ItemsPath": "$.items", "ResultPath": "$.doubled", "Next": "Both",
      "ItemProcessor": {"StartAt": "Double", "States": {"Double": {"Type": "Task", "Resource": "double", "End": true}}}},
    "Both": {"Type": "Parallel", "ResultPath": "$.both", "Next": "More", "Branches": [
      {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": "a", "End": true}}},
      {"StartAt": "B", "States": {"B": {"Type": "Pass", "Result": "b", "Next": "C"}, "C": {"Type": "Succeed"}}}]},
    "More": {"Type": "Choice", "Choices": [{"Variable": "$.more", "BooleanEquals": true, "Next": "Count"}], "Default": "Done"},
    "Done": {"Type": "Succeed"}
  }
}`

func TestRunCountsTransitions(t *testing.T) {
	m, err := Parse([]byte(machine))
	if err != nil {
		t.Fatal(err)
	}
	rounds := 0
	x := NewExecution(map[string]Task{
		"count": func(context.Context, map[string]any) (any, error) {
			rounds++
			items := []any{map[string]any{"n": 1}, map[string]any{"n": 2}, map[string]any{"n": 3}}
			return map[string]any{"items": items, "more": rounds < 2}, nil
		},
		"double": func(_ context.Context, in map[string]any) (any, error) { return 2 * in["n"].(int), nil },
	})
	data, err := x.Run(t.Context(), m, map[string]any{})
	if err != nil {
		t.Fatal(err)
	}
	out := data.(map[string]any)
	if !reflect.DeepEqual(out["doubled"], []any{2, 4, 6}) || !reflect.DeepEqual(out["both"], []any{"a", "b"}) {
		t.Errorf("data %v", out)
	}
	// Each round: Count, Each, three times Double, Both, A, B, C, More. Then Done.
	if got := x.Transitions(); got != 2*10+1 {
		t.Errorf("%d transitions", got)
	}
}

func TestRunEndsWithTheFirstError(t *testing.T) {
	m, err := Parse([]byte(machine))
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	x := NewExecution(map[string]Task{"count": func(context.Context, map[string]any) (any, error) { return nil, broken }})
	if _, err := x.Run(t.Context(), m, map[string]any{}); !errors.Is(err, broken) || !strings.Contains(err.Error(), `"Count"`) {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := x.Run(ctx, m, map[string]any{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		`{`:                          "reading state machine",
		`{"StartAt": "A"}`:           `no state "A"`,
		`{"StartAt": "A", "TTL": 1}`: "TTL",
		`{"StartAt": "A", "States": {"A": {"Type": "Wait", "End": true}}}`:                                     `type "Wait"`,
		`{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}`:                                     `leads to "B"`,
		`{"StartAt": "A", "States": {"A": {"Type": "Map", "End": true}}}`:                                      "no item processor",
		`{"StartAt": "A", "States": {"A": {"Type": "Parallel", "End": true, "Branches": [{"StartAt": "X"}]}}}`: `no state "X"`,
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
}
