"""HEIC photos: decoded upright, within bounds; broken ones are one typed error."""

import builtins
import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, features

from digitile.errors import PictureError
from digitile.pictures import PICTURE_SUFFIXES, load_pages, load_picture
from digitile.pictures.heif import is_heif
from tests.spoiled import changed

pillow_heif = pytest.importorskip("pillow_heif", reason="the extra heic is not installed")

SMOOTH = np.repeat(np.arange(0, 256, 4, dtype=np.uint8)[None], 48, axis=0)


def heic(image: Image.Image, **how: Any) -> bytes:
    file = io.BytesIO()
    pillow_heif.from_pillow(image).save(file, quality=95, **how)
    return file.getvalue()


PHOTO = heic(Image.fromarray(SMOOTH).convert("RGB"))


def test_a_photo() -> None:
    pixels = load_picture(PHOTO)
    assert pixels.shape == (48, 64, 3)
    assert np.abs(pixels.astype(int) - SMOOTH[:, :, None]).max() < 12
    (page,) = load_pages(PHOTO)
    assert (page.width, page.height) == (64, 48)
    assert {".heic", ".heif"} <= PICTURE_SUFFIXES


def test_it_is_upright() -> None:
    """Phones turn a photo by the file's own rotation, which Pillow's plug-in writes."""
    exif, file = Image.Exif(), io.BytesIO()
    exif[0x0112] = 6  # to be turned by 90° clockwise
    pillow_heif.register_heif_opener()
    Image.fromarray(SMOOTH).convert("RGB").save(file, "HEIF", exif=exif.tobytes(), quality=95)
    pixels = load_picture(file.getvalue()).astype(int)
    assert pixels.shape == (64, 48, 3)
    assert np.abs(pixels[:, :, 0] - np.rot90(SMOOTH, -1)).max() < 12


def test_bounds() -> None:
    with pytest.raises(PictureError, match="64×48 pixels, but at most 3000"):
        load_picture(PHOTO, max_pixels=3000)


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow does not decode AVIF")
def test_avif_is_left_to_pillow() -> None:
    file = io.BytesIO()
    Image.fromarray(SMOOTH).save(file, "AVIF")
    assert not is_heif(file.getvalue())
    assert is_heif(PHOTO)
    assert not is_heif(b"\0\0\0\x18ftypmif1\0\0\0\0avifmif1")
    assert is_heif(b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic")


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = builtins.__import__

    def without(name: str, *rest: Any, **named: Any) -> Any:
        if name == "pillow_heif":
            raise ModuleNotFoundError("No module named 'pillow_heif'", name=name)
        return usual(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(PictureError, match=r"pip install 'digitile\[heic\]'"):
        load_picture(PHOTO)


def decode_or_refuse(content: bytes) -> None:
    try:
        pixels = load_picture(content, max_pixels=100_000)
    except PictureError:
        return
    assert pixels.dtype == np.uint8


def test_every_truncation() -> None:
    for size in range(1, len(PHOTO), max(1, len(PHOTO) // 150)):
        decode_or_refuse(PHOTO[:size])


@settings(max_examples=150, deadline=None)
@given(changed(PHOTO))
def test_changed_bytes(content: bytes) -> None:
    decode_or_refuse(content)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=200))
def test_garbage(rest: bytes) -> None:
    decode_or_refuse(PHOTO[:24] + rest)
