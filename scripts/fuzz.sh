#!/bin/sh
# Runs every fuzz target of the module for FUZZTIME (default 30s), one after
# the other. Little of it goes to making interesting inputs small.
set -eu

cd "$(dirname "$0")/.."
time=${FUZZTIME:-30s}
targets=$(grep -r --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*(' . | sort |
	sed 's/^\(.*\)\/[^/]*:func \(Fuzz[A-Za-z0-9_]*\)(.*/\1 \2/')
if [ -z "$targets" ]; then
	echo "fuzz: there is no fuzz target"
	exit 0
fi
echo "$targets" | while read -r package target; do
	echo "fuzz: $target in $package for $time"
	go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 20x "$package" </dev/null
done
