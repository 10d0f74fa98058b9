"""Picture files of every kind: what is whole is decoded, what is not is one typed error."""

import io
import os
import struct
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, features

from digitile.errors import PictureError, UsageError
from digitile.pictures import (
    MAX_BYTES,
    MAX_SCANS,
    MAX_SIDE,
    PICTURE_SUFFIXES,
    load_pages,
    load_picture,
    write_picture,
)

GRAY = np.random.default_rng(0).integers(0, 256, (9, 14), dtype=np.uint8)
RGB = np.random.default_rng(1).integers(0, 256, (9, 14, 3), dtype=np.uint8)


def encoded(image: Image.Image, kind: str, **how: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **how)
    return file.getvalue()


LOSSLESS = {"PNG": {}, "BMP": {}, "TIFF": {}, "PPM": {}, "WEBP": {"lossless": True}, "GIF": {}}
LOSSY = {"JPEG": {"quality": 95, "subsampling": 0}}
FILES = {
    kind: encoded(Image.fromarray(RGB), kind, **how)  # type: ignore[arg-type]
    for kind, how in {**LOSSLESS, **LOSSY}.items()
}


@pytest.mark.parametrize("kind", [k for k in LOSSLESS if k != "GIF"])
def test_lossless_formats_give_back_their_pixels(kind: str) -> None:
    np.testing.assert_array_equal(load_picture(FILES[kind]), RGB)


def test_jpeg_comes_close() -> None:
    smooth = np.repeat(np.arange(0, 240, 15, dtype=np.uint8)[None], 16, axis=0)
    pixels = load_picture(encoded(Image.fromarray(smooth), "JPEG", quality=95))
    assert pixels.shape == (16, 16, 1)
    assert np.abs(pixels[:, :, 0].astype(int) - smooth).max() < 12


def test_from_a_path(tmp_path: Path) -> None:
    (tmp_path / "wrong.txt").write_bytes(FILES["PNG"])  # the content counts, not the name
    np.testing.assert_array_equal(load_picture(tmp_path / "wrong.txt"), RGB)
    assert {".png", ".jpg", ".jpeg", ".tif", ".webp", ".bmp", ".gif"} <= PICTURE_SUFFIXES


def test_gray_one_bit_and_sixteen_bit() -> None:
    np.testing.assert_array_equal(
        load_picture(encoded(Image.fromarray(GRAY), "PNG")), GRAY[:, :, None]
    )
    bits = encoded(Image.fromarray(GRAY > 99), "PNG")
    np.testing.assert_array_equal(load_picture(bits)[:, :, 0], np.where(GRAY > 99, 255, 0))
    deep = GRAY.astype(np.uint16) * 256 + 77
    for kind in ("PNG", "TIFF"):
        pixels = load_picture(encoded(Image.fromarray(deep), kind))
        np.testing.assert_array_equal(pixels[:, :, 0], GRAY)


def test_floats_are_stretched() -> None:
    values = np.array([[-1.0, 0.0], [1.0, 3.0]], np.float32)
    pixels = load_picture(encoded(Image.fromarray(values), "TIFF"))
    assert pixels[:, :, 0].tolist() == [[0, 64], [128, 255]]


def test_palette_transparency_and_cmyk() -> None:
    palette = Image.new("P", (2, 1))
    palette.putpalette([255, 0, 0, 0, 0, 255])
    palette.putdata([0, 1])
    plain = load_picture(encoded(palette, "PNG"))
    assert plain.tolist() == [[[255, 0, 0], [0, 0, 255]]]
    clear = load_picture(encoded(palette, "PNG", transparency=1))
    assert clear.tolist() == [[[255, 0, 0, 255], [0, 0, 255, 0]]]
    gray_alpha = encoded(Image.fromarray(np.dstack([GRAY, GRAY]), "LA"), "PNG")
    assert load_picture(gray_alpha).shape == (9, 14, 4)
    cmyk = encoded(Image.new("CMYK", (3, 2), (0, 0, 0, 255)), "TIFF")
    assert load_picture(cmyk).max() == 0


def test_all_eight_exif_orientations_show_the_same_picture() -> None:
    upright = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.T,
        6: np.rot90(upright),
        7: upright[::-1, ::-1].T,
        8: np.rot90(upright, -1),
    }
    for orientation, pixels in stored.items():
        exif = Image.Exif()
        exif[0x0112] = orientation
        content = encoded(Image.fromarray(np.ascontiguousarray(pixels)), "PNG", exif=exif)
        np.testing.assert_array_equal(load_picture(content)[:, :, 0], upright)


def test_lab_and_wide_integers_become_gray() -> None:
    lightness = Image.fromarray(GRAY)
    lab = Image.merge("LAB", (lightness, lightness, lightness))
    np.testing.assert_array_equal(load_picture(encoded(lab, "TIFF"))[:, :, 0], GRAY)
    wide = Image.fromarray(np.array([[-70_000, 0], [70_000, 0]], np.int32))
    assert load_picture(encoded(wide, "TIFF"))[:, :, 0].tolist() == [[0, 128], [255, 128]]
    assert load_picture(b"P5 2 1 65535\n\x12\x34\xff\x00").tolist() == [[[0x12], [0xFF]]]


def test_floats_that_are_no_numbers() -> None:
    values = np.array([[np.nan, 2.0], [4.0, np.inf]], np.float32)
    pixels = load_picture(encoded(Image.fromarray(values), "TIFF"))
    assert pixels[:, :, 0].tolist() == [[0, 0], [255, 0]]
    nothing = np.full((2, 2), np.nan, np.float32)
    assert load_picture(encoded(Image.fromarray(nothing), "TIFF")).max() == 0


def test_a_broken_exif_block_counts_as_none() -> None:
    for block in (b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\x7f", b"Exif\0\0garbage"):
        content = encoded(Image.fromarray(RGB), "PNG", exif=block)
        np.testing.assert_array_equal(load_picture(content), RGB)


def test_a_phone_photo_of_two_pictures() -> None:
    first, second = Image.new("RGB", (8, 4), "red"), Image.new("RGB", (8, 4), "blue")
    content = encoded(first, "MPO", save_all=True, append_images=[second])
    red, _, blue = load_picture(content)[0, 0]
    assert red > 200 > 50 > blue


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow does not decode AVIF")
def test_avif() -> None:
    content = encoded(Image.new("L", (8, 4), 90), "AVIF")
    assert np.abs(load_picture(content).astype(int) - 90).max() < 8
    assert ".avif" in PICTURE_SUFFIXES
    for size in range(1, len(content), 7):
        decode_or_refuse(content[:size])


def test_the_first_frame_of_several() -> None:
    frames = [Image.new("L", (5, 4), level) for level in (10, 200)]
    for kind in ("TIFF", "GIF"):
        pixels = load_picture(encoded(frames[0], kind, save_all=True, append_images=frames[1:]))
        assert pixels.shape[:2] == (4, 5)
        assert pixels[0, 0, 0] == 10


def refused(content: bytes | Path, words: str, **how: Any) -> None:
    with pytest.raises(PictureError, match=words) as caught:
        load_picture(content, **how)
    assert "\n" not in str(caught.value)


def test_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    refused(tmp_path / "empty.png", "is empty")
    refused(tmp_path, "is a folder")
    refused(tmp_path / "none.png", "does not exist")
    refused(tmp_path / "two\nlines\0.png", "cannot be read")
    refused(b"", "is empty")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    refused(tmp_path / "pipe.png", "no regular file")
    refused(Path("/dev/null"), "no regular file")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"hello", "no known picture format"),
        (b'<?xml version="1.0"?><svg xmlns=""></svg>', "is an SVG drawing"),
        (b"\x89PNG\r\n\x1a\n", "PNG|picture"),
    ],
)
def test_what_is_no_picture(content: bytes, words: str) -> None:
    refused(content, words)


def png(width: int, height: int, body: bytes = b"") -> bytes:
    """Return a PNG whose header says what it likes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        checked = name + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def test_bombs_are_refused_before_they_are_unpacked() -> None:
    refused(png(30_000, 30_000), "pixels")
    refused(png(2**31 - 1, 2**31 - 1), "pixels|broken")
    refused(png(MAX_SIDE + 1, 1), "a side")
    refused(png(100, 100), "at most 9999 pixels", max_pixels=9999)
    assert load_picture(png(3, 1, b"\0\1\2\3")).tolist() == [[[1], [2], [3]]]


def test_a_jpeg_of_very_many_scans() -> None:
    whole = encoded(Image.fromarray(RGB), "JPEG", progressive=True)
    last = whole.rindex(b"\xff\xda")
    scan, end = whole[last:-2], whole[-2:]
    refused(whole[:last] + scan * (MAX_SCANS + 1) + end, f"more than {MAX_SCANS} scans")
    assert load_picture(whole[:last] + scan + end).shape == RGB.shape


def test_files_too_large_are_not_opened(tmp_path: Path) -> None:
    with (tmp_path / "large.png").open("wb") as file:
        file.truncate(MAX_BYTES + 1)  # sparse: takes no room
    refused(tmp_path / "large.png", "200000001 bytes")


def test_pillows_warnings_stay_inside_and_others_stay_on() -> None:
    """Pillow warns of 90 million pixels; threads that decode at once restore the filters."""
    before = list(warnings.filters)
    large = png(15_000, 6_100)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: refused(large, "15000×6100 pixels"), range(40)))
    assert warnings.filters == before


def decode_or_refuse(content: bytes) -> None:
    try:
        pixels: NDArray[np.uint8] = load_picture(content, max_pixels=1_000_000)
    except PictureError:
        return
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 3
    assert pixels.shape[2] in (1, 3, 4)


@pytest.mark.parametrize("kind", FILES)
def test_every_truncation(kind: str) -> None:
    for size in range(1, len(FILES[kind]), max(1, len(FILES[kind]) // 150)):
        decode_or_refuse(FILES[kind][:size])


@pytest.mark.parametrize("kind", FILES)
@settings(max_examples=120, deadline=None)
@given(st.data())
def test_flipped_bits(kind: str, data: st.DataObject) -> None:
    content = bytearray(FILES[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        bit = data.draw(st.integers(0, 8 * len(content) - 1))
        content[bit // 8] ^= 1 << bit % 8
    decode_or_refuse(bytes(content))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(FILES)), st.binary(max_size=200))
def test_garbage_behind_a_true_beginning(kind: str, rest: bytes) -> None:
    decode_or_refuse(FILES[kind][:12] + rest)


def test_written_and_read_by_a_path_that_is_text(tmp_path: Path) -> None:
    for pixels in (GRAY, RGB):
        path = str(tmp_path / "some.png")
        write_picture(path, pixels)
        np.testing.assert_array_equal(load_picture(path).squeeze(), pixels)
        np.testing.assert_array_equal(next(load_pages(path)).pixels.squeeze(), pixels)
    with pytest.raises(UsageError, match=r"Give a name ending in \.png"):
        write_picture(tmp_path / "some.xyz", GRAY)
    with pytest.raises(UsageError, match="cannot write"):
        write_picture(tmp_path / "none" / "some.png", GRAY)
    assert [path.name for path in tmp_path.iterdir()] == ["some.png"]
    with pytest.raises(PictureError, match=r"'none\.png' does not exist"):
        load_picture("none.png")
