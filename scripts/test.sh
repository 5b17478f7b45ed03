#!/bin/sh
# Runs all tests. The packages given run in full without the race detector,
# which makes samples and pixels ten times slower; all run with it but for the
# tests that go through many clips (-short).
#
# Those of storage need an S3 server, which is built once; without it, as where
# there is no network, they are skipped.
set -eu

cd "$(dirname "$0")/.."
status=0
VQA_S3_SERVER=$(./scripts/s3.sh --server) || echo 'test: without an S3 server: tests of storage are skipped' >&2
export VQA_S3_SERVER
go test "$@" || status=$?
# shellcheck disable=SC2046 # a list of packages
go test -race -short $(go list ./... | grep -v '/detectors/measure$') || status=$?
if [ "$status" -eq 0 ]; then
	echo "test: all passed"
else
	echo "test: some failed" >&2
fi
exit "$status"
