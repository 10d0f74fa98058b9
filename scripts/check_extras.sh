#!/usr/bin/env bash
# Installs each extra alone, in a new virtual environment, and does with it what it is for.
# Usage: scripts/check_extras.sh WHEEL [EXTRA…]; downloads as much as pip's cache lacks.
# PYTHON=python3.13 tries another Python.
set -euo pipefail
wheel=$(realpath "$1")
shift
root=$(realpath "$(dirname "$0")/..")
photo=$root/examples/date-08031990.jpg
torch=$(grep -o 'torch==[0-9.]*' "$root/pyproject.toml")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

quick="--set epochs=1 --set train_pictures=100 --set test_pictures=50"

use() {
    case $1 in
    none)
        digitile read "$photo"
        digitile read --form "$root/examples/form/form.toml" "$root/examples/form/filled.jpg" --csv
        digitile read "$photo" --out read.jsonl
        ;;
    train)
        # shellcheck disable=SC2086
        digitile train sjtu2025 --engine reference $quick
        digitile evaluate sjtu2025-digits-seed0.safetensors --data digits --engine reference
        python -c "import digitile.sklearn, digitile.engines.tile.engine, pooch"
        ;;
    torch) python -c "import torch" ;;
    onnx)
        digitile export digits --onnx digits.onnx
        python -c "import pooch"  # with which export --page downloads ONNX Runtime Web
        ;;
    bench) python -c "from digitile.bench import peers; assert len(peers.installed()) == 3" ;;
    figures) digitile explain digits "$photo" --out explained.html ;;
    web) python - "$photo" <<'PYTHON' ;;
import subprocess, sys, time, urllib.request
server = subprocess.Popen(
    [sys.executable, "-m", "digitile", "serve", "--port", "0"], stdout=subprocess.PIPE, text=True
)
try:
    address = server.stdout.readline().split()[2]
    picture = open(sys.argv[1], "rb").read()
    answer = urllib.request.urlopen(f"{address.rstrip('/')}/api/v1/read", picture).read().decode()
    assert "08031990" in answer, answer
finally:
    server.terminate()
    server.wait()
PYTHON
    xla)
        # shellcheck disable=SC2086
        digitile train sjtu2025 --engine xla $quick
        ;;
    tensorboard | mlflow)
        # shellcheck disable=SC2086
        digitile train sjtu2025 --engine reference $quick --log "$1"
        test -d sjtu2025-digits-seed0.tensorboard || test -s mlflow.db
        ;;
    sweep) digitile sweep sjtu2025 --engine reference --set lr=0.1,0.2 --set seed=0 \
        --search tpe --trials 2 --set epochs=1 --set train_pictures=100 ;;
    pdf)
        python -c "import sys; from PIL import Image; Image.open(sys.argv[1]).save('scan.pdf')" "$photo"
        digitile read scan.pdf
        ;;
    heic)
        python - "$photo" <<'PYTHON'
import sys, pillow_heif
from PIL import Image
pillow_heif.from_pillow(Image.open(sys.argv[1])).save("photo.heic")
PYTHON
        digitile read photo.heic
        ;;
    docs) (cd "$root" && NO_MKDOCS_2_WARNING=1 python -m mkdocs build --strict --quiet \
        --site-dir "$folder/work-docs/site") ;;
    bulk) digitile read "$photo" --out read.parquet && test -s read.parquet ;;
    ray) digitile read "$photo" --out read.jsonl --ray local && test -s read.jsonl ;;
    *) echo "no check for the extra $1" >&2 && return 1 ;;
    esac
}

if [ $# -eq 0 ]; then
    # shellcheck disable=SC2046
    set -- none $(unzip -p "$wheel" '*/METADATA' | sed -n 's/^Provides-Extra: //p' | grep -v '^dev$')
fi
for extra in "$@"; do
    "${PYTHON:-python3}" -m venv "$extra"
    PATH="$folder/$extra/bin:$PATH"
    case $extra in torch | bench)  # the build for processors, as in the Makefile
        python -m pip install --quiet --disable-pip-version-check --retries 0 --no-deps \
            --index-url "${TORCH_INDEX:-https://download.pytorch.org/whl/cpu}" "$torch" || true ;;
    esac
    wanted=$wheel
    [ "$extra" = none ] || wanted="$wheel[$extra]"
    python -m pip install --quiet --disable-pip-version-check "$wanted"
    echo "== $extra: $(du -sm "$extra" | cut -f1) MB"
    mkdir "work-$extra"
    (cd "work-$extra" && use "$extra")
    rm -rf "$extra" "work-$extra"
done
