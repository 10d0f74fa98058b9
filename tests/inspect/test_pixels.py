"""Colours mean what the legend says."""

import base64
import io

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from digitile.inspect import pixels


def decode(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png))


@given(st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=30))
def test_values_can_be_read_off(values: list[float]) -> None:
    row = np.array([values], np.float32)
    limit = pixels.limit_of(row)
    places = np.array(decode(pixels.signed_png(row, limit, 3)), int)
    assert places.shape == (3, 3 * len(values))
    read = (places[1, 1::3] - pixels.LEVELS) / pixels.LEVELS * limit
    np.testing.assert_allclose(read, values, atol=limit / pixels.LEVELS / 2 + 1e-6)


def test_red_is_above_zero_and_blue_below() -> None:
    image = decode(pixels.signed_png(np.array([[-2.0, 0.0, 2.0]]), 2.0, 1)).convert("RGB")
    blue, white, red = (image.getpixel((x, 0)) for x in range(3))
    assert blue[2] > blue[0] + 50
    assert min(white) > 240
    assert red[0] > red[2] + 50


def test_a_mosaic_holds_its_tiles() -> None:
    tiles = np.arange(24.0).reshape(2, 3, 2, 2)
    tiles[0, 1] = np.nan
    places = np.array(decode(pixels.mosaic_png(tiles, 23.0, 4)))
    side = 2 * 4 + pixels.GAP
    assert places.shape == (2 * side - pixels.GAP, 3 * side - pixels.GAP)
    assert (places[:8, side : side + 8] == pixels.ABSENT).all()
    assert (places[8:10] == pixels.ABSENT).all()
    last = places[side:, 2 * side :][::4, ::4]
    np.testing.assert_array_equal(last, pixels.shades(tiles[1, 2], 23.0))


def test_nothing_but_zeros() -> None:
    places = np.array(decode(pixels.signed_png(np.zeros((2, 2)), 0.0, 1)))
    assert (places == pixels.LEVELS).all()


def test_pictures_stay_as_they_are() -> None:
    colour = np.random.default_rng(0).integers(0, 256, (3, 4, 5)).astype(np.uint8)
    shown = np.array(decode(pixels.picture_png(colour, 2)))
    np.testing.assert_array_equal(shown[::2, ::2].transpose(2, 0, 1), colour)
    assert base64.b64decode(pixels.data_uri(b"abc").partition(",")[2]) == b"abc"
