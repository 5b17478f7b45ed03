#!/bin/sh
# Runs all tests. The packages given run in full without the race detector,
# which makes samples and pixels ten times slower; all run with it but for the
# tests that go through many clips (-short).
set -eu

cd "$(dirname "$0")/.."
status=0
go test "$@" || status=$?
# shellcheck disable=SC2046 # a list of packages
go test -race -short $(go list ./... | grep -v '/detectors/measure$') || status=$?
if [ "$status" -eq 0 ]; then
	echo "test: all passed"
else
	echo "test: some failed" >&2
fi
exit "$status"
