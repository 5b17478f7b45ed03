package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// applyConfig sets flags from a YAML file with one key for each: the name of
// the flag without its dashes. Flags that were given on the command line stay
// as they are. Errors name file and line.
func applyConfig(flags *pflag.FlagSet, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return usagef("", "reading configuration: %w", err)
	}
	defer f.Close()
	given := map[string]bool{}
	flags.Visit(func(f *pflag.Flag) { given[f.Name] = true })

	entries, err := readConfig(f)
	if err != nil {
		return usagef(configHint, "%s:%w", path, err)
	}
	for _, e := range entries {
		flag := flags.Lookup(e.key)
		switch {
		case flag == nil || e.key == "config" || e.key == "help":
			return usagef("see `vqa analyze --help` for what there is", "%s:%d: unknown key %q", path, e.line, e.key)
		case given[e.key]:
			continue
		}
		if err := flags.Set(e.key, e.value); err != nil {
			return usagef("", "%s:%d: %w", path, e.line, flagError("", err))
		}
	}
	return nil
}

const configHint = "keys are the flags of `vqa analyze` without dashes, as in `freeze.min-duration: 1s`"

// An entry is one key of a configuration file, a list joined by commas.
type entry struct {
	key, value string
	line       int
}

// readConfig reads a flat YAML mapping. Its errors begin with the line.
func readConfig(r io.Reader) ([]entry, error) {
	var doc yaml.Node
	dec := yaml.NewDecoder(r)
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, nil // nothing but comments
	} else if err != nil {
		return nil, yamlError(err)
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%d: not a list of keys and values", root.Line)
	}
	out, err := mapping(root)
	if err != nil {
		return nil, err
	}
	if err := dec.Decode(&doc); err == nil {
		return nil, fmt.Errorf("%d: there is a second document", doc.Line)
	} else if !errors.Is(err, io.EOF) {
		return nil, yamlError(err)
	}
	return out, nil
}

// mapping returns the keys of a flat mapping.
func mapping(root *yaml.Node) ([]entry, error) {
	var out []entry
	lines := map[string]int{} // of keys that were there
	for i := 0; i < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("%d: a key is not a plain word", key.Line)
		}
		if line, ok := lines[key.Value]; ok {
			return nil, fmt.Errorf("%d: key %q is there already, in line %d", key.Line, key.Value, line)
		}
		lines[key.Value] = key.Line
		text, err := scalars(value)
		if err != nil {
			return nil, fmt.Errorf("%d: %s %w", key.Line, key.Value, err)
		}
		out = append(out, entry{key.Value, text, key.Line})
	}
	return out, nil
}

// scalars returns the text of a value, of a list joined by commas.
func scalars(n *yaml.Node) (string, error) {
	switch {
	case n.Kind == yaml.ScalarNode && n.Tag != "!!null":
		return n.Value, nil
	case n.Kind == yaml.ScalarNode:
		return "", errors.New("has no value")
	case n.Kind == yaml.MappingNode:
		return "", errors.New("must be a value and not a mapping: keys are flat")
	case n.Kind != yaml.SequenceNode:
		return "", errors.New("must be a value or a list of values")
	}
	var texts []string
	for _, item := range n.Content {
		if item.Kind != yaml.ScalarNode || item.Tag == "!!null" {
			return "", errors.New("must be a list of plain values")
		}
		texts = append(texts, item.Value)
	}
	return strings.Join(texts, ","), nil
}

// yamlError turns "yaml: line 3: did not find ..." into "3: did not find ...".
func yamlError(err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		return errors.New(rest)
	}
	return errors.New("1: " + text)
}
