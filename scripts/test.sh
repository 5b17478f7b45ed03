#!/bin/sh
# Runs all tests: with the race detector, but for the packages given, which
# are tested without.
set -eu

cd "$(dirname "$0")/.."
plain=$(go list "$@")
raced=$(go list ./... | grep -vxF "$plain")
status=0
# shellcheck disable=SC2086 # lists of packages
go test $plain || status=$?
# shellcheck disable=SC2086
go test -race $raced || status=$?
if [ "$status" -eq 0 ]; then
	echo "test: all passed"
else
	echo "test: some failed" >&2
fi
exit "$status"
