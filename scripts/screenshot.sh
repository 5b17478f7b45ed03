#!/bin/sh
# Makes scripts/report.png, the picture in the README: the top of the page of the
# demo clip. Needs chromium (apt-get install chromium) and ./bin/vqa.
set -eu

cd "$(dirname "$0")/.."
clip=$(go run ./scripts/fixtures -only demo build/fixtures)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
./bin/vqa analyze --table /dev/null --html "$dir/report.html" "$clip"
chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars --window-size=1000,1800 \
	--screenshot="$dir/report.png" "file://$dir/report.html" >/dev/null 2>&1
mv "$dir/report.png" scripts/report.png
