"""PDFs: pages are drawn as they are; broken, hostile and locked ones are one typed error."""

import builtins
import io
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from digitile.errors import PictureError
from digitile.pictures import ENOUGH_PIXELS, MAX_PAGES, MAX_SIDE, load_pages, load_picture
from tests.spoiled import changed

pytest.importorskip("pypdfium2", reason="the extra pdf is not installed")

BLOCKS = np.kron(np.arange(16, dtype=np.uint8).reshape(4, 4) * 16, np.ones((30, 30), np.uint8))


def pdf(drawings: Sequence[bytes], box: str = "0 0 72 144", trailer: str = "") -> bytes:
    """Write a PDF by hand: pages of one inch by two, each with a stream that draws."""
    kids = " ".join(f"{3 + 2 * index} 0 R" for index in range(len(drawings)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {len(drawings)}/Kids[{kids}]>>".encode(),
    ]
    for index, drawing in enumerate(drawings):
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[{box}]/Contents {4 + 2 * index} 0 R>>".encode()
        )
        objects.append(b"<</Length %d>>stream\n%b\nendstream" % (len(drawing), drawing))
    content, places = b"%PDF-1.4\n", []
    for number, own in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj%b\nendobj\n" % (number, own)
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    count = len(objects) + 1
    return (
        content
        + (
            f"xref\n0 {count}\n0000000000 65535 f \n{table}"
            f"trailer<</Size {count}/Root 1 0 R{trailer}>>\nstartxref\n{len(content)}\n%%EOF\n"
        ).encode()
    )


RED_BELOW = b"1 0 0 rg 0 0 72 72 re f"
BLUE_ABOVE = b"0 0 1 rg 0 72 72 72 re f"
TWO = pdf([RED_BELOW, BLUE_ABOVE])


def test_pages_are_drawn_with_300_dots_an_inch() -> None:
    first, second = load_pages(TWO)
    assert first.pixels.shape == second.pixels.shape == (600, 300, 3)
    assert (first.width, first.height) == (300, 600)
    assert first.pixels[[10, 590], 150].tolist() == [[255, 255, 255], [255, 0, 0]]
    assert second.pixels[[10, 590], 150].tolist() == [[0, 0, 255], [255, 255, 255]]
    np.testing.assert_array_equal(load_picture(TWO), first.pixels)


def test_a_scan_in_a_pdf() -> None:
    """Pillow writes the PDF; its pixels come back, if less sharp at their edges."""
    file = io.BytesIO()
    Image.fromarray(BLOCKS).save(file, "PDF", resolution=300)
    (page,) = load_pages(file.getvalue())
    assert page.pixels.shape[:2] == BLOCKS.shape
    inner = np.kron(np.ones((4, 4)), np.pad(np.ones((20, 20)), 5)) > 0
    apart = np.abs(page.pixels[:, :, 0].astype(int) - BLOCKS)[inner]
    assert apart.max() < 16


@pytest.mark.parametrize(
    "box", ["0 0 14400 14400", "0 0 1000000 10", "0 0 0.01 0.01", "0 0 1e38 1e38", "0 0 nan -5"]
)
def test_pages_of_any_size_are_bounded(box: str) -> None:
    try:
        (page,) = load_pages(pdf([RED_BELOW], box))
    except PictureError:
        return
    height, width = page.pixels.shape[:2]
    assert height * width <= 1.01 * ENOUGH_PIXELS
    assert max(height, width) <= MAX_SIDE


def test_fewer_pixels_where_they_are_asked_for() -> None:
    (page,) = load_pages(pdf([RED_BELOW]), max_pixels=5000)
    assert page.pixels.shape[0] * page.pixels.shape[1] <= 5200


def test_too_many_pages() -> None:
    with pytest.raises(PictureError, match=f"201 pages, but at most {MAX_PAGES} are read"):
        list(load_pages(pdf([b""] * (MAX_PAGES + 1))))
    assert len(list(load_pages(pdf([b""] * 3)))) == 3


LOCKED = f"/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<{'11' * 32}>/U<{'22' * 32}>>>"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.7 ...", "is a PDF that is broken or cut short"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 9, "is a PDF that is broken or cut short"),
        (pdf([]), "is a PDF"),
        (pdf([RED_BELOW], trailer=LOCKED), "needs a password"),
    ],
)
def test_what_cannot_be_drawn(content: bytes, words: str) -> None:
    with pytest.raises(PictureError, match=words) as caught:
        load_picture(content)
    assert "\n" not in str(caught.value)


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = builtins.__import__

    def without(name: str, *rest: Any, **named: Any) -> Any:
        if name == "pypdfium2":
            raise ModuleNotFoundError("No module named 'pypdfium2'", name=name)
        return usual(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(PictureError, match=r"pip install 'digitile\[pdf\]'"):
        load_picture(TWO)


def test_threads_draw_at_the_same_time() -> None:
    with ThreadPoolExecutor(4) as pool:
        pages = list(pool.map(lambda _: next(load_pages(TWO)).pixels, range(12)))
    assert all((page == pages[0]).all() for page in pages)


def test_a_picture_that_unpacks_to_gigabytes() -> None:
    head = b"q 72 0 0 144 0 0 cm BI /W 30000 /H 30000 /BPC 8 /CS /G /F /Fl ID "
    packed = zlib.compress(bytes(1_000_000))
    with pytest.raises(PictureError, match="30000×30000 pixels, but at most 150000000 are unpack"):
        load_picture(pdf([head + packed + b" EI Q"]))


def decode_or_refuse(content: bytes) -> None:
    try:
        pixels = load_picture(content, max_pixels=10_000)
    except PictureError:
        return
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 3


def test_every_truncation() -> None:
    for size in range(5, len(TWO), 7):
        decode_or_refuse(TWO[:size])


@settings(max_examples=150, deadline=None)
@given(changed(TWO))
def test_changed_bytes(content: bytes) -> None:
    decode_or_refuse(content)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=200))
def test_garbage(rest: bytes) -> None:
    decode_or_refuse(b"%PDF-1.4\n" + rest)
