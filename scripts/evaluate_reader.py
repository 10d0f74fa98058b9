"""Measure the reader on a folder of labelled pictures, and show where it fails.

python scripts/evaluate_reader.py FOLDER [--model FILE]

FOLDER holds labels.csv, with the columns file (a path below FOLDER) and text (the digits on it).
"""

import argparse
import csv
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from digitile.pictures import load_picture
from digitile.reader import Reader, Reading


@dataclass(frozen=True)
class Case:
    """A picture: what is written on it, what was read, and what of its negative."""

    file: str
    truth: str
    reading: Reading
    negative: str

    @property
    def text(self) -> str:
        """What was read, lines parted by spaces."""
        return self.reading.text.replace("\n", " ")

    @property
    def stage(self) -> str:
        """Where it went wrong: the stage whose answer is the first that cannot be right."""
        lines = self.reading.lines
        if not lines:
            return "nothing found"
        if len(lines) > 1:
            return "lines"
        return "digits parted" if len(self.text) != len(self.truth) else "digits recognised"


def main() -> None:
    """Print the figures and the failures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path)
    given = parser.parse_args()
    reader = Reader.load(given.model)
    with (given.folder / "labels.csv").open(newline="") as file:
        labels = [(row["file"], row["text"].strip()) for row in csv.DictReader(file)]
    cases, seconds = [], 0.0
    for name, truth in labels:
        start = time.perf_counter()
        reading = reader.read(given.folder / name)
        seconds += time.perf_counter() - start
        negative = reader.read(_negative(load_picture(given.folder / name)))
        cases.append(Case(name, truth, reading, negative.text.replace("\n", " ")))
    _print_figures(cases)
    print(f"{len(cases) / seconds:.1f} pictures a second, one after the other\n")
    for case in cases:
        if case.text != case.truth:
            told = [f"{line.confidence:.2f}" for line in case.reading.lines]
            print(
                f"{case.file}: {case.truth} read as {case.text or case.reading.reason!r}", end=" "
            )
            print(f"({case.stage}; {', '.join(told)})")


def _negative(picture: np.ndarray) -> np.ndarray:
    changed = 255 - picture
    changed[:, :, 3:] = picture[:, :, 3:]  # transparency stays
    return changed


def _print_figures(cases: list[Case]) -> None:
    strings = [c for c in cases if len(c.truth) > 1]
    singles = [c for c in cases if len(c.truth) == 1]
    for name, some in (("strings", strings), ("singles", singles)):
        right = sum(c.text == c.truth for c in some)
        print(f"{name}: {right} of {len(some)} right ({100 * right / max(len(some), 1):.1f} %)")
    digits = sum(len(c.truth) for c in strings)
    wrong = sum(distance(c.text, c.truth) for c in strings)
    print(f"digits of strings: {100 * (1 - wrong / max(digits, 1)):.2f} % right by edit distance")
    same = sum(c.text == c.negative for c in cases)
    print(f"the negative read alike: {100 * same / max(len(cases), 1):.1f} %")
    accepted = [c for c in cases if c.reading.lines and all(x.accepted for x in c.reading.lines)]
    right = sum(c.text == c.truth for c in accepted)
    print(f"accepted: {len(accepted)}, of these right: {right}")
    failed = [c.stage for c in cases if c.text != c.truth]
    for stage in sorted(set(failed)):
        print(f"failures, {stage}: {failed.count(stage)}")


def distance(one: str, other: str) -> int:
    """Return how many digits must be added, left out or changed (Levenshtein 1966)."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


if __name__ == "__main__":
    main()
