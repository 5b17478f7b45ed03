#!/bin/sh
# Prints the version to build into the program: what git says, "devel" where
# there is no git or no repository.
set -eu

cd "$(dirname "$0")/.."
if [ -e .git ] && command -v git >/dev/null; then
	git describe --tags --always --dirty 2>/dev/null || echo devel
else
	echo devel
fi
