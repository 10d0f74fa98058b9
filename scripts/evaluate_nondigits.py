"""Measure how the reader answers pages without digits: drawn here, from a seed.

python scripts/evaluate_nondigits.py [--model FILE] [--pages N] [--data FOLDER]

Where FOLDER holds MNIST, its test digits, each on a sheet of its own, give the confidence that
keeps 98 % of them: what has less is not accepted. Without it, the reader's default is measured.
"""

import argparse
import string
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from digitile.data import load
from digitile.reader import Reader
from digitile.reader.trust import LIKELIER

SEED = 5
KEPT = 0.98

LETTERS = sorted(set(string.ascii_letters) - set("OoQDIilZzSsBbqgGY"))
"""Letters of which no digit is a twin."""

HANDS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)
WORDS = (
    "the quick brown fox jumps over a lazy dog while reading handwritten letters from paper forms "
    "Name Address Signature Please return this form today Amount Received Total"
)

Rng = np.random.Generator
Page = np.ndarray


def paper(rng: Rng, height: int, width: int) -> Page:
    """Return bright paper, h×w, with grain and uneven light."""
    y, x = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j]
    grain = rng.normal(0, rng.uniform(1, 6), (height, width))
    return rng.uniform(170, 245) + grain + rng.uniform(-40, 40) * x + rng.uniform(-40, 40) * y


def written(rng: Rng, ink: Page) -> Page:
    """Return paper with ink, h×w, 0 … 1, on it."""
    return paper(rng, *ink.shape) * (1 - rng.uniform(0.5, 0.9) * ink)


def blank(rng: Rng) -> Page:
    """Return an empty sheet."""
    return paper(rng, *rng.integers(60, 800, 2))


def noise(rng: Rng) -> Page:
    """Return noise, even or normal."""
    height, width = rng.integers(60, 400, 2)
    if rng.random() < 0.5:
        return rng.uniform(0, 255, (height, width))
    return 128 + rng.normal(0, rng.uniform(5, 60), (height, width))


def texture(rng: Rng) -> Page:
    """Return waves, bumps, clouds or a chessboard."""
    height, width = rng.integers(100, 500, 2)
    y, x = np.mgrid[:height, :width]
    angle, period = rng.uniform(0, np.pi), rng.uniform(4, 40)
    kind = rng.integers(4)
    if kind == 0:
        page = np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / period)
    elif kind == 1:
        page = np.sin(2 * np.pi * x / period) * np.sin(2 * np.pi * y / period)
    elif kind == 2:
        page = cv2.GaussianBlur(rng.normal(0, 1, (height, width)), (0, 0), rng.uniform(1, 8))
        page /= page.std()
    else:
        page = np.where((x // period + y // period) % 2 < 1, -1.0, 1.0)
    return 128 + 55 * page + rng.normal(0, 4, (height, width))


def printed(rng: Rng) -> Page:
    """Return one to eight lines of words in print."""
    size, lines = int(rng.integers(18, 48)), int(rng.integers(1, 9))
    font = ImageFont.load_default(size)
    texts = [" ".join(rng.choice(WORDS.split(), rng.integers(1, 6))) for _ in range(lines)]
    width = int(max(font.getlength(text) for text in texts)) + 40
    canvas = Image.new("L", (width, int(1.6 * size * lines) + 30))
    for number, text in enumerate(texts):
        place = 15, 12 + 1.6 * size * number
        ImageDraw.Draw(canvas).text(place, text, fill=255, font=font)
    return written(rng, np.asarray(canvas) / 255)


def _lettered(rng: Rng, text: str, scale: float) -> Page:
    height, width = int(60 * scale) + 40, int(26 * scale * len(text)) + 60
    ink = np.zeros((height, width), np.uint8)
    font, thick = HANDS[rng.integers(len(HANDS))], int(rng.integers(2, 5))
    cv2.putText(ink, text, (20, int(35 * scale) + 20), font, scale, 255, thick, cv2.LINE_AA)
    bend = cv2.GaussianBlur(rng.normal(0, 1, (height, width)), (0, 0), 10)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    bent = cv2.remap(ink, (x + 3 * bend / bend.std()).astype(np.float32), y, cv2.INTER_LINEAR)
    return written(rng, bent / 255)


def letter(rng: Rng) -> Page:
    """Return one letter as a plotter's pen draws it, bent."""
    return _lettered(rng, str(rng.choice(LETTERS)), 2.0)


def letters(rng: Rng) -> Page:
    """Return three to eight of them in a line."""
    return _lettered(rng, "".join(rng.choice(LETTERS, rng.integers(3, 9))), rng.uniform(1, 2))


KINDS: tuple[Callable[[Rng], Page], ...] = (blank, noise, texture, printed, letter, letters)


def as_picture(page: Page) -> np.ndarray:
    return np.clip(page, 0, 255).astype(np.uint8)[:, :, None]


def main() -> None:
    """Print the shares of pages on which nothing was accepted."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--data", type=Path)
    given = parser.parse_args()
    reader = Reader.load(given.model)
    least = LIKELIER
    if given.data is not None:
        least = confidence_that_keeps(reader, given.data, 5 * given.pages)
        print(f"{KEPT:.0%} of single digits are read right with a confidence of {least:.3f}\n")
    for number, draw in enumerate(KINDS):
        rng = np.random.default_rng((SEED, number))
        refused = 0
        for _ in range(given.pages):
            lines = reader.read(as_picture(draw(rng))).lines
            refused += all(line.confidence < least for line in lines)
        print(f"{draw.__name__:10} nothing accepted on {refused / given.pages:.1%}", flush=True)


def confidence_that_keeps(reader: Reader, data: Path, count: int) -> float:
    """Return the confidence that KEPT of MNIST's test digits reach, each on a sheet, and right."""
    digits = load("mnist", data).test.take(range(count))
    rng = np.random.default_rng((SEED, len(KINDS)))
    confidences = []
    for image, label in zip(digits.images[:, 0], digits.labels, strict=True):
        large = cv2.resize(image, (112, 112), interpolation=cv2.INTER_CUBIC)
        lines = reader.read(as_picture(written(rng, np.pad(large, 20) / 255))).lines
        right = len(lines) == 1 and lines[0].text == str(label)
        confidences.append(lines[0].confidence if right else 0.0)
    return float(np.quantile(confidences, 1 - KEPT, method="lower"))


if __name__ == "__main__":
    main()
