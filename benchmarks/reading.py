"""Time digitile read: its start, a large page, and a folder of pictures.

    python benchmarks/reading.py [--pictures N] [--rounds N] [--processes N] [--engine ENGINE]

from the repository's root. A start is a new process that reads one picture, its files cached by the
system; each command runs once before the clock does, which compiles what has to be compiled. The
page is A4, 12 megapixels, and read again and again by one reader. Medians of `--rounds`.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from digitile.cli.console import table

EXAMPLES = Path("examples")
PICTURE = EXAMPLES / "postal-code-430072.jpg"
PAGE = 4120, 2912
"""Height and width of an A4 page: as many pixels as are read without scaling down."""

ROWS = 40


class Run(NamedTuple):
    """A command's wall time in seconds, and the memory of its largest process in MiB."""

    seconds: float
    memory: float


def run(*words: object) -> Run:
    """Run digitile as a new process.

    Until here nothing large is imported: a process starts with its parent's peak of memory.
    """
    command = [sys.executable, "-m", "digitile", *map(str, words)]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{said.decode()}")
    return Run(seconds, usage.ru_maxrss / 1024)


def median_of(runs: list[Run]) -> Run:
    """Return the median time and the median memory."""
    return Run(median(one.seconds for one in runs), median(one.memory for one in runs))


def fill(folder: Path, count: int) -> None:
    """Copy the example photos until there are so many."""
    examples = sorted(EXAMPLES.glob("*.jpg"))
    for number in range(count):
        shutil.copy(examples[number % len(examples)], folder / f"{number:06}.jpg")


def commands(work: Path, given: argparse.Namespace) -> list[tuple[str, int, Run]]:
    """Return name, pictures and median of the start and of each way to read a folder."""
    folder = work / "pictures"
    folder.mkdir()
    fill(folder, given.pictures)
    many, shard = ("--processes", given.processes), max(1, given.pictures // (4 * given.processes))
    ways: list[tuple[str, int, tuple[object, ...]]] = [
        ("start, one picture", 1, (PICTURE,)),
        ("a folder, 1 process", given.pictures, (folder, "--processes", 1)),
        (f"a folder, {given.processes} processes", given.pictures, (folder, *many)),
        (f"--out, {given.processes} processes", given.pictures, (folder, *many, "--shard", shard)),
    ]
    found = []
    for name, count, words in ways:
        runs = []
        for number in range(given.rounds + 1):
            # a file that is there already would be gone on with
            out = ("--out", work / f"{number}.jsonl") if "--out" in name else ()
            runs.append(run("read", *words, *out))
        found.append((name, count, median_of(runs[1:])))
    return found


def page_seconds(engine: str, rounds: int) -> float:
    """Return the time that a warm reader takes for a page full of numbers."""
    import cv2
    import numpy as np

    from digitile.reader import Reader

    rng = np.random.default_rng(0)
    page = np.full(PAGE, 235, np.uint8)
    pitch = PAGE[0] // ROWS
    for row in range(ROWS):
        text = " ".join(str(number) for number in rng.integers(1000, 10**6, 7))
        cv2.putText(page, text, (pitch, (row + 1) * pitch - 30), 0, 2, 40, 5, cv2.LINE_AA)
    reader, times = Reader.load(engine=engine), []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        reader.read(page)
        times.append(time.perf_counter() - start)
    return median(times[1:])


def main() -> None:
    """Print a row for each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--engine", default="tile", help="of the page's reader")
    given = parser.parse_args()
    if min(given.pictures, given.rounds, given.processes) < 1:
        parser.error("give 1 or more of each")
    with TemporaryDirectory() as work:
        found = commands(Path(work), given)
    rows = [
        (name, f"{own.seconds:.2f} s", f"{count / own.seconds:.1f}", f"{own.memory:.0f} MiB")
        for name, count, own in found
    ]
    seconds = page_seconds(given.engine, given.rounds)
    megapixels = PAGE[0] * PAGE[1] / 1e6
    rows.append((f"a page of {megapixels:.1f} megapixels, warm", f"{seconds:.2f} s", "", ""))
    print(table(("", "time", "pictures a second", "largest process"), rows))


if __name__ == "__main__":
    main()
