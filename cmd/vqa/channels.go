package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"

	"github.com/vqa-project/vqa/analyze"
	"github.com/vqa-project/vqa/detectors"
)

const channelsHint = "it is a list of channels, each with name, input and flags, as in `- {name: one, input: 'udp://239.0.0.1:5000', freeze.min-duration: 1s}`"

// readChannels reads the channels of a YAML file. Each has the flags of the
// command, where it does not have its own.
func readChannels(path string, flags *pflag.FlagSet, dets []*detectors.Detector) ([]analyze.Channel, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, usagef("", "reading channels: %w", err)
	}
	defer f.Close()
	entries, err := parseChannels(f)
	if err != nil {
		return nil, usagef(channelsHint, "%s:%w", path, err)
	}
	var out []analyze.Channel
	for _, e := range entries {
		c, err := newChannel(e, flags, dets)
		if err != nil {
			return nil, usagef(channelsHint, "%s:%w", path, err)
		}
		same := func(other analyze.Channel) bool { return other.Name == c.Name }
		if slices.ContainsFunc(out, same) {
			return nil, usagef(channelsHint, "%s:%d: there are two channels %q", path, e[0].line, c.Name)
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return nil, usagef(channelsHint, "%s: no channels", path)
	}
	return out, nil
}

// parseChannels returns the keys of each channel. Its errors begin with the
// line.
func parseChannels(r io.Reader) ([][]entry, error) {
	var doc yaml.Node
	if err := yaml.NewDecoder(r).Decode(&doc); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, yamlError(err)
	}
	root := doc.Content[0]
	if root.Kind != yaml.SequenceNode {
		return nil, fmt.Errorf("%d: not a list of channels", root.Line)
	}
	var out [][]entry
	for _, n := range root.Content {
		if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
			return nil, fmt.Errorf("%d: not a list of keys and values", n.Line)
		}
		entries, err := mapping(n)
		if err != nil {
			return nil, err
		}
		out = append(out, entries)
	}
	return out, nil
}

// ofChannel reports whether a flag is one that each channel may have.
func ofChannel(name string) bool {
	return strings.Contains(name, ".") || slices.Contains([]string{"detectors", "video", "audio", "format", "timeout", "threads"}, name)
}

// newChannel makes a channel of its keys. Its errors begin with the line.
func newChannel(entries []entry, flags *pflag.FlagSet, dets []*detectors.Detector) (analyze.Channel, error) {
	var o analyzeOptions
	choices := configure(dets)
	fs := newFlagSet()
	for _, g := range o.flags() {
		fs.AddFlagSet(g.flags)
	}
	for _, c := range choices {
		fs.AddFlagSet(c.flags)
	}
	var err error
	flags.Visit(func(f *pflag.Flag) {
		if ofChannel(f.Name) && err == nil {
			err = fs.Set(f.Name, flagText(f))
		}
	})
	if err != nil {
		return analyze.Channel{}, fmt.Errorf("%d: %w", entries[0].line, flagError("", err))
	}
	var c analyze.Channel
	for _, e := range entries {
		switch {
		case e.key == "name":
			c.Name = e.value
		case e.key == "input":
			c.Input = e.value
		case fs.Lookup(e.key) == nil:
			return c, fmt.Errorf("%d: unknown key %q", e.line, e.key)
		case !ofChannel(e.key):
			return c, fmt.Errorf("%d: %q is for all channels: give it on the command line", e.line, e.key)
		default:
			if err := fs.Set(e.key, e.value); err != nil {
				return c, fmt.Errorf("%d: %w", e.line, flagError("", err))
			}
		}
	}
	if c.Input == "" {
		return c, fmt.Errorf("%d: a channel has no input", entries[0].line)
	}
	if c.Name == "" {
		c.Name = c.Input
	}
	chosen, err := choose(choices, o.detectors)
	if err == nil {
		err = errors.Join(atLeast("threads", o.media.Threads, 0), atLeast("timeout", o.media.Timeout, 0))
	}
	if err != nil {
		return c, fmt.Errorf("%d: %w", entries[0].line, err)
	}
	for _, d := range chosen {
		c.Detectors = append(c.Detectors, d.detector())
	}
	c.Media = o.media
	return c, nil
}

// flagText returns the value of a flag as it can be set again.
func flagText(f *pflag.Flag) string {
	if s, ok := f.Value.(pflag.SliceValue); ok {
		return strings.Join(s.GetSlice(), ",")
	}
	return f.Value.String()
}
