#!/bin/sh
# Scores vqa on defects injected into real clips, where the evaluation harness
# (EVAL_TOOLS) and the clips (EVAL_CLIPS) are at hand. Cases are made in
# EVAL_DIR, outside the repository, and kept there.
set -eu

cd "$(dirname "$0")/.."
tools=${EVAL_TOOLS:-../shared/eval}
clips=${EVAL_CLIPS:-../shared/clips}
cases=${EVAL_DIR:-${TMPDIR:-/tmp}/vqa-eval}
classes=${EVAL_CLASSES:-freeze,black,uniform,bars,corruption,blockiness,blur,noise,banding,\
letterbox,interlace,levels,cadence,flash,chroma,\
silence,dropout,click,clipping,phase,channels,hum,hiss,tone,avsync,timestamps,\
ts_continuity,ts_sync,ts_pat,ts_pcr,clean}
per_class=${EVAL_PER_CLASS:-8}
seed=${EVAL_SEED:-1}

if [ ! -f "$tools/inject.py" ] || [ ! -d "$clips" ]; then
	echo "eval: nothing to do: the harness ($tools) or the clips ($clips) are not there"
	exit 0
fi
if ! command -v python3 >/dev/null; then
	echo "eval: python3 is not installed" >&2
	exit 1
fi

python3 "$tools/inject.py" --clips "$clips" --out "$cases" --seed "$seed" \
	--per-class "$per_class" --classes "$classes"
python3 "$tools/score.py" --cases "$cases" --classes "$classes" --by-variant \
	--tool "$PWD/bin/vqa analyze --quiet --json {output} {input}" --json "$cases/vqa.json"

# Sound that is moved: found by comparing with the original, and, of people who
# speak, without.
go run ./scripts/offsets -tool bin/vqa -every "${EVAL_OFFSETS:-40}" "$clips"
go run ./scripts/offsets -tool bin/vqa -every 200 -joins "${EVAL_JOINS:-20}" -seed "$seed" -only /talking/ "$clips"
