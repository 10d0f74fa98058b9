"""Broken, hostile and strange pictures: an answer or a typed error, in bounded time."""

import io
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from digitile.errors import PictureError, ShapeError
from digitile.pictures import ENOUGH_PIXELS, MAX_PAGES, load_pages
from digitile.reader import Reader

EXAMPLE = Path(__file__).parents[2] / "examples" / "eight-small.png"
FORMATS = ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM"]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader.load()


def encoded(kind: str) -> bytes:
    content = io.BytesIO()
    with Image.open(EXAMPLE) as image:
        image.convert("RGB").resize((48, 48)).save(content, kind)
    return content.getvalue()


@pytest.mark.parametrize("kind", FORMATS)
def test_truncated_and_flipped(reader: Reader, kind: str) -> None:
    whole = encoded(kind)
    assert reader.read(whole).text == "8"
    rng = np.random.default_rng(len(kind))
    for _ in range(12):
        broken = bytearray(whole[: int(rng.integers(1, len(whole) + 1))])
        for place in rng.integers(0, len(broken), rng.integers(0, 6)):
            broken[place] ^= 1 << int(rng.integers(8))
        try:
            reading = reader.read(bytes(broken))
        except PictureError as error:
            assert str(error)  # noqa: PT017 - a reading is as good
        else:
            assert bool(reading.lines) == (reading.reason is None)


@pytest.mark.parametrize("size", [(1, 1), (1, 20_000), (20_000, 1), (2, 9000), (7, 7)])
@pytest.mark.parametrize("noise", [False, True])
def test_strange_shapes(reader: Reader, size: tuple[int, int], noise: bool) -> None:
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256 if noise else 1, (*size, 3), dtype=np.uint8)
    reading = reader.read(pixels)
    assert bool(reading.lines) == (reading.reason is None)


def test_arrays_that_are_no_pictures(reader: Reader) -> None:
    for shape, kind in [((5,), "u1"), ((4, 4, 2), "u1"), ((4, 4), "f4"), ((0, 4), "u1")]:
        with pytest.raises(ShapeError, match="picture"):
            reader.read(np.zeros(shape, kind))


def test_a_large_photo_is_scaled_down_early_and_boxes_are_of_the_original(reader: Reader) -> None:
    pixels = np.full((5000, 6000), 230, np.uint8)
    cv2.line(pixels, (2200, 1200), (2000, 3800), 20, 160)
    cv2.line(pixels, (1300, 1200), (2200, 1200), 20, 160)
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
        box = line.box
        np.testing.assert_allclose(
            (box.x, box.y, box.width, box.height), (1220, 1120, 1060, 2760), atol=40
        )


def test_much_ink_takes_bounded_time(reader: Reader) -> None:
    rng = np.random.default_rng(2)
    checks = np.kron(rng.integers(0, 2, (100, 120)), np.ones((12, 12))).astype(np.uint8) * 200
    start = time.process_time()
    reader.read(checks)
    assert time.process_time() - start < 20  # a few seconds, on a busy machine


def test_too_many_pages() -> None:
    pages = [Image.new("1", (2, 2)) for _ in range(MAX_PAGES + 1)]
    content = io.BytesIO()
    pages[0].save(content, "TIFF", save_all=True, append_images=pages[1:])
    with pytest.raises(PictureError, match="pages"):
        list(load_pages(content.getvalue()))
