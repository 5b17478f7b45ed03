#!/bin/sh
# Runs golangci-lint in the version named here, which is built into .tools/
# where it is missing or another. Arguments go to `golangci-lint run`.
set -eu

version=v2.15.0

cd "$(dirname "$0")/.."
tool=.tools/golangci-lint-$version
if [ ! -x "$tool" ]; then
	echo "lint: building golangci-lint $version; this takes some minutes, once" >&2
	mkdir -p .tools
	# Without cgo: a linter needs no C compiler.
	GOBIN="$PWD/.tools/build" CGO_ENABLED=0 \
		go install -trimpath "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$version"
	rm -f .tools/golangci-lint-*
	mv .tools/build/golangci-lint "$tool"
	rmdir .tools/build
fi

"$tool" run "$@"
