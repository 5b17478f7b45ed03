#!/usr/bin/env bash
# Runs a command with an S3 server at hand: versitygw, on a free port that only
# this machine can reach, with an empty bucket "vqa". Its folder is removed
# afterwards.
#
#   scripts/s3.sh COMMAND...
#   scripts/s3.sh --server     builds the server where it is missing, and names its program
set -euo pipefail

version=v1.8.0

[ $# -gt 0 ] || { echo "usage: scripts/s3.sh --server | COMMAND..." >&2; exit 2; }
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/.tools
server=$tools/versitygw-$version
if [ ! -x "$server" ]; then
	echo "s3: building versitygw $version; this takes some minutes, once" >&2
	mkdir -p "$tools"
	GOBIN="$tools/build" GOFLAGS=-buildvcs=false go install "github.com/versity/versitygw/cmd/versitygw@$version"
	mv "$tools/build/versitygw" "$server"
	rmdir "$tools/build"
fi
if [ "$1" = --server ]; then
	echo "$server"
	exit
fi

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

folder=$(mktemp -d)
pid=
stop() {
	if [ -n "$pid" ]; then
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	fi
	rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT TERM

mkdir -p "$folder/data/vqa" # a folder is a bucket
port=$((20000 + RANDOM % 20000))
while answers "$port"; do port=$((port + 1)); done
ROOT_ACCESS_KEY=vqa ROOT_SECRET_KEY=vqa-on-loopback \
	"$server" --port "127.0.0.1:$port" posix "$folder/data" >"$folder/log" 2>&1 &
pid=$!

tries=0
until answers "$port"; do
	tries=$((tries + 1))
	if [ "$tries" -gt 300 ] || ! kill -0 "$pid" 2>/dev/null; then
		echo "s3: the server did not start:" >&2
		cat "$folder/log" >&2
		exit 1
	fi
	sleep 0.1
done

export AWS_ENDPOINT_URL_S3="http://127.0.0.1:$port" AWS_REGION=us-east-1
export AWS_ACCESS_KEY_ID=vqa AWS_SECRET_ACCESS_KEY=vqa-on-loopback
"$@"
