#!/bin/sh
# Installs the Debian packages that building and testing need, where they are
# missing. Does nothing, quickly and silently, where all is there. Arguments are
# further programs, by the names of their packages: tests of the page need
# chromium.
set -eu

packages='ffmpeg libavcodec-dev libavdevice-dev libavfilter-dev libavformat-dev libavutil-dev libswresample-dev libswscale-dev pkg-config gcc libc6-dev make'
packages="$packages${*:+ $*}"
libraries='libavcodec libavdevice libavfilter libavformat libavutil libswresample libswscale'

# Tools and libraries are what counts; packages are only how they come.
all_there() {
	for tool in ffmpeg ffprobe pkg-config gcc make "$@"; do
		command -v "$tool" >/dev/null || return 1
	done
	# gcc alone brings no headers of the C library.
	echo '#include <stdlib.h>' | gcc -E -x c -o /dev/null - 2>/dev/null || return 1
	# shellcheck disable=SC2086 # a list of words
	pkg-config --exists $libraries
}

if ! command -v go >/dev/null; then
	echo "setup: the go command is not in PATH; install Go (go.mod says which) first" >&2
	exit 1
fi

if all_there "$@"; then
	exit 0
fi

if ! command -v apt-get >/dev/null; then
	{
		echo "setup: this is not a Debian system; install by hand what these packages hold:"
		echo "  $packages"
		echo "(FFmpeg with its headers, version 5.1 or later, a C compiler and pkg-config)"
	} >&2
	exit 1
fi

root=
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "setup: neither root nor sudo; as root, run: apt-get install $packages" >&2
		exit 1
	fi
	root='sudo'
fi

echo "setup: installing the Debian packages that are missing" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086 # lists of words
if ! {
	$root apt-get -q update &&
		$root env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends $packages
} </dev/null >"$log" 2>&1; then
	cat "$log" >&2
	echo "setup: apt-get failed; the packages needed are: $packages" >&2
	exit 1
fi

if ! all_there "$@"; then
	echo "setup: packages are installed, but something is still not found; see: pkg-config --exists --print-errors $libraries" >&2
	exit 1
fi
