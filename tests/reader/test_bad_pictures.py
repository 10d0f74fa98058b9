"""Broken, hostile and strange pictures: an answer or a typed error, in bounded time."""

import io
import os
import time
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, features

from digitile.errors import PictureError, ShapeError
from digitile.pictures import ENOUGH_PIXELS, MAX_PAGES, load_pages
from digitile.reader import Reader
from tests.reader.photos import drawn, holds, ink_boxes

SIDE = 30
BROKEN = 66
"""Broken copies of each file."""

READ = 40
"""One in so many goes through all of the reader; the others are decoded only."""

SECONDS, KILOBYTES = 5, 700_000
"""The most one picture may take of a processor's time, and all of them of memory."""

with Image.open(Path(__file__).parents[2] / "examples" / "eight-small.png") as _example:
    EIGHT = _example.convert("RGB").resize((SIDE, SIDE))
MORE = {"save_all": True, "append_images": [EIGHT.rotate(turn) for turn in (90, 180)]}
HOW: list[tuple[str, str, dict[str, Any]]] = [
    *(("PNG", mode, {}) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")),
    ("PNG", "RGB", MORE),
    *(("JPEG", mode, {}) for mode in ("L", "RGB", "CMYK")),
    ("JPEG", "RGB", {"progressive": True}),
    ("JPEG", "CMYK", {"icc_profile": bytes(range(200))}),
    *(("GIF", mode, how) for mode in ("L", "P") for how in ({}, MORE)),
    *(("BMP", mode, {}) for mode in ("1", "L", "P", "RGB", "RGBA")),
    *(("TIFF", mode, {}) for mode in ("1", "L", "I;16", "F", "CMYK", "LAB")),
    ("TIFF", "RGB", MORE),
    *(("TIFF", "RGB", {"compression": f"tiff_{name}"}) for name in ("lzw", "jpeg", "deflate")),
    ("TIFF", "1", {"compression": "group4"}),
    *(("WEBP", "RGBA", how) for how in ({}, {"lossless": True}, MORE)),
    *(("PPM", mode, {}) for mode in ("1", "L", "RGB", "I;16")),
    *([("AVIF", "RGB", {})] if features.check("avif") else []),
]


def encoded(kind: str, mode: str, how: dict[str, Any]) -> bytes:
    if mode == "I;16":
        image = Image.fromarray(np.asarray(EIGHT.convert("L")).astype(np.uint16) * 257)
    elif mode == "LAB":
        image = Image.merge("LAB", EIGHT.split())
    else:
        image = (EIGHT.convert("L") if mode == "F" else EIGHT).convert(
            mode, dither=Image.Dither.NONE
        )
    content = io.BytesIO()
    image.save(content, kind, **how)
    return content.getvalue()


def broken(whole: bytes, rng: np.random.Generator) -> bytes:
    """A file cut short, with bits flipped, or both; half of the flips are in its head."""
    end = int(rng.integers(1, len(whole) + 1)) if rng.random() < 0.5 else len(whole)
    content = bytearray(whole[:end])
    for _ in range(int(rng.integers(end == len(whole), 6))):
        place = int(rng.integers(min(end, 64) if rng.random() < 0.5 else end))
        content[place] ^= 1 << int(rng.integers(8))
    return bytes(content)


def answered(reader: Reader | None, content: bytes | Path) -> bool:
    """Whether there is a reading, or only pages without a reader; else the error is a typed one."""
    start = time.process_time()
    try:
        if reader is None:
            for page in load_pages(content, max_pixels=10_000_000):
                assert page.pixels.dtype == np.uint8
                assert page.pixels.size > 0
        else:
            for reading in reader.read_pages(content, max_pixels=10_000_000):
                assert bool(reading.lines) == (reading.reason is None)
    except PictureError as error:
        assert str(error)  # noqa: PT017 - a reading is as good
        assert "\n" not in str(error)  # noqa: PT017
        return False
    finally:
        assert time.process_time() - start < SECONDS
    return True


def test_the_files_are_whole() -> None:
    for how in HOW:
        assert answered(None, encoded(*how)), how


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "I;16"])
def test_kinds_of_pixels(reader: Reader, mode: str) -> None:
    assert reader.read(encoded("PNG", mode, {})).text == "8"


def read_thousands() -> tuple[dict[bool, int], int]:
    """Return how many were answered or refused, and the most memory it took, in kilobytes."""
    reader, count, answers = Reader.load(engine="tile"), 0, {True: 0, False: 0}
    for number, how in enumerate(HOW):
        whole, rng = encoded(*how), np.random.default_rng(number)
        for _ in range(BROKEN):
            count += 1
            answers[answered(reader if count % READ == 0 else None, broken(whole, rng))] += 1
    # not getrusage: its peak is handed on from the process that started this one
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return answers, int(status.split("VmHWM:")[1].split()[0])


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_thousands_of_broken_files(capfd: pytest.CaptureFixture[str]) -> None:
    assert BROKEN * len(HOW) >= 2000
    # a process of its own: this one's memory holds what other tests have left
    with get_context("spawn").Pool(1) as pool:
        answers, kilobytes = pool.apply(read_thousands)
    assert capfd.readouterr() == ("", "")  # libtiff, too, is silent
    assert min(answers.values()) > 300  # neither all refused nor all let through
    assert kilobytes < KILOBYTES


def test_files_that_are_not_what_they_are_called(reader: Reader, tmp_path: Path) -> None:
    content = encoded("PNG", "L", {})
    for name in (b"a.jpg", b"a.tiff", b"a.txt", b"\xff\xfe.png", b"line\nbreak.gif", b"-"):
        path = tmp_path / os.fsdecode(name)
        path.write_bytes(content)
        assert answered(None, path)
        path.write_bytes(content[:40])
        assert not answered(reader, path)
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "empty.png").touch()
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    for name in ("folder.png", "empty.png", "pipe.png", "loop.png", "none.png", "\0.png"):
        assert not answered(reader, tmp_path / name)


@pytest.mark.parametrize("size", [(1, 1), (1, 20_000), (20_000, 1), (2, 9000), (7, 7)])
@pytest.mark.parametrize("noise", [False, True])
def test_strange_shapes(reader: Reader, size: tuple[int, int], noise: bool) -> None:
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256 if noise else 1, (*size, 3), dtype=np.uint8)
    check_reading(reader, pixels)


def check_reading(reader: Reader, pixels: np.ndarray) -> None:
    """Read a picture: boxes lie on it, and where there are no lines, there is a reason."""
    reading = reader.read(pixels)
    assert bool(reading.lines) == (reading.reason is None)
    height, width = pixels.shape[:2]
    for line in reading.lines:
        for box in (line.box, *(digit.box for digit in line.digits)):
            assert 0 <= box.x <= box.x + box.width <= width
            assert 0 <= box.y <= box.y + box.height <= height


def _crafted() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:160, :220]
    tall = np.zeros((2000, 12), np.uint8)
    tall[::7] = 255
    return {
        "gradient": (x + y).astype(np.uint8)[:, :, None],
        "noise": rng.integers(0, 256, (160, 220, 1), dtype=np.uint8),
        "transparent": np.zeros((160, 220, 4), np.uint8),
        "half transparent": np.full((160, 220, 4), 128, np.uint8),
        "rings": (127 + 127 * np.sin(np.hypot(x - 110, y - 80) / 3)).astype(np.uint8)[:, :, None],
        "one bright pixel": np.pad(
            np.full((1, 1, 1), 255, np.uint8), ((80, 79), (90, 129), (0, 0))
        ),
        "a ladder": tall[:, :, None],
        "edges": np.kron(np.eye(8, dtype=np.uint8), np.full((20, 27), 255, np.uint8))[:, :, None],
    }


CRAFTED = _crafted()


@pytest.mark.parametrize("name", CRAFTED)
def test_crafted_pictures(reader: Reader, name: str) -> None:
    check_reading(reader, CRAFTED[name])


def test_arrays_that_are_no_pictures(reader: Reader) -> None:
    for shape, kind in [((5,), "u1"), ((4, 4, 2), "u1"), ((4, 4), "f4"), ((0, 4), "u1")]:
        with pytest.raises(ShapeError, match="picture"):
            reader.read(np.zeros(shape, kind))


def test_a_large_photo_is_scaled_down_early_and_boxes_are_of_the_original(reader: Reader) -> None:
    small = np.pad(drawn(7, 500, pen=0.08)[:, :, 0], ((0, 0), (0, 100)), "edge")
    pixels = np.asarray(cv2.resize(small, (6000, 5000), interpolation=cv2.INTER_CUBIC), np.uint8)
    (page,) = load_pages(pixels)
    assert page.pixels.shape[0] * page.pixels.shape[1] <= ENOUGH_PIXELS
    for kind in ("JPEG", "PNG"):
        content = io.BytesIO()
        Image.fromarray(pixels).save(content, kind)
        (page,) = load_pages(content.getvalue())
        assert page.pixels.shape[0] * page.pixels.shape[1] <= ENOUGH_PIXELS
        assert (page.width, page.height) == (6000, 5000)
        (line,) = reader.read(content.getvalue()).lines
        assert line.text == "7"
        (ink,) = ink_boxes(pixels[:, :, None], np.eye(3))
        assert holds(line.box, ink, slack=500)


def test_much_ink_takes_bounded_time(reader: Reader) -> None:
    rng = np.random.default_rng(2)
    checks = np.kron(rng.integers(0, 2, (60, 80)), np.ones((12, 12))).astype(np.uint8) * 200
    start = time.process_time()
    check_reading(reader, checks[:, :, None])
    assert time.process_time() - start < 20  # a few seconds, on a busy machine


def test_too_many_pages() -> None:
    pages = [Image.new("1", (2, 2)) for _ in range(MAX_PAGES + 1)]
    content = io.BytesIO()
    pages[0].save(content, "TIFF", save_all=True, append_images=pages[1:])
    with pytest.raises(PictureError, match="pages"):
        list(load_pages(content.getvalue()))
