"""The corruptions: each does what its name says, by its seed, to each picture on its own."""

import numpy as np
import pytest

from digitile.data import fit_to
from digitile.data.corruptions import CORRUPTIONS, corrupt
from digitile.data.digits import load_digits
from digitile.errors import ShapeError

DIGITS = fit_to(load_digits().train, (1, 28, 28)).images[:60]


def corrupted(name: str, pictures: np.ndarray = DIGITS, seed: int = 0) -> np.ndarray:
    return corrupt(pictures, name, np.random.default_rng(seed))


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_every_corruption(name: str) -> None:
    copy = DIGITS.copy()
    one, again = corrupted(name), corrupted(name)
    np.testing.assert_array_equal(DIGITS, copy)
    assert one.dtype == np.uint8
    assert one.shape == DIGITS.shape
    np.testing.assert_array_equal(one, again)
    assert (one != DIGITS).any(axis=(1, 2, 3)).all()
    settled = ("scale", "brightness", "stripe", "canny edges")
    assert (corrupted(name, seed=1) != one).any() == (name not in settled)


def test_what_moves_pixels() -> None:
    dot = np.zeros((200, 1, 28, 28), np.uint8)
    dot[:, 0, 4, 20] = 240
    places = {name: corrupted(name, dot)[:, 0] for name in ("translate", "rotate", "shear")}
    found = {
        name: {tuple(np.argwhere(p == p.max())[0].tolist()) for p in pictures}
        for name, pictures in places.items()
    }
    assert found["translate"] == {(1, 17), (1, 23), (7, 17), (7, 23)}
    # (x, y) = (6.5, −9.5) from the middle: turned by ±23°, or x moved by ∓0.4·9.5
    assert found["rotate"] == {(7, 23), (2, 16)}
    assert found["shear"] == {(4, 16), (4, 24)}
    bar = np.zeros((1, 1, 28, 28), np.uint8)
    bar[0, 0, 4:24] = 200
    assert (corrupted("scale", bar)[0, 0, :, 14] > 100).sum() == 14


def test_brightness_stripe_and_lines() -> None:
    bright = np.minimum(255, DIGITS + 127.5)
    np.testing.assert_allclose(corrupted("brightness"), bright, atol=0.5)
    striped = corrupted("stripe")
    np.testing.assert_array_equal(striped[..., 7:21], DIGITS[..., 7:21])
    np.testing.assert_array_equal(striped[..., :7], 255 - DIGITS[..., :7])
    black = np.zeros((40, 1, 28, 28), np.uint8)
    dots = corrupted("dotted line", black)[:, 0].any(axis=1)
    np.testing.assert_array_equal(dots[:, :27], np.tile(np.arange(27) // 2 % 2 == 1, (40, 1)))
    zigzag = corrupted("zigzag", black)[:, 0].any(axis=1)
    assert zigzag[:, 3:23].all(axis=1).mean() > 0.6  # others leave the picture below


def test_noise() -> None:
    gray = np.full((100, 1, 28, 28), 128, np.uint8)
    assert abs((corrupted("impulse noise", gray) != 128).mean() - 0.17) < 0.01
    photons = corrupted("shot noise", gray) / 85  # 1.5 on average, four and more are white
    poisson = np.exp(-1.505) * np.array([1, 1.505, 1.505**2 / 2])
    np.testing.assert_allclose([(photons == k).mean() for k in range(3)], poisson, atol=0.01)
    assert not corrupted("shot noise", np.zeros_like(gray)).any()


def test_blurs_keep_ink_fog_adds_it_and_spatter_hides_it() -> None:
    ink = float(DIGITS.sum())
    assert abs(corrupted("glass blur").sum() / ink - 1) < 0.05
    assert 0.85 < corrupted("motion blur").sum() / ink <= 1.01  # some leaves the picture
    fog = corrupted("fog")
    assert fog.mean() > 40
    alike = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(fog, DIGITS, strict=True)]
    assert np.median(alike) > 0.5
    white = np.full((50, 1, 28, 28), 255, np.uint8)
    hidden = (corrupted("spatter", white) < 255).mean()
    assert 0.1 < hidden < 0.5


def test_edges_of_a_square() -> None:
    square = np.zeros((1, 1, 28, 28), np.uint8)
    square[0, 0, 8:20, 8:20] = 255
    edges = corrupted("canny edges", square)[0, 0]
    assert set(np.unique(edges)) == {0, 255}
    assert not edges[11:17, 11:17].any()
    assert not edges[:6].any()
    assert (edges[14] > 0).sum() == 2


@pytest.mark.parametrize("shape", [(3, 32, 32), (1, 27, 40), (1, 28, 65)])
def test_what_cannot_be_corrupted(shape: tuple[int, int, int]) -> None:
    with pytest.raises(ShapeError, match="cannot be corrupted"):
        corrupted("scale", np.zeros((2, *shape), np.uint8))


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_the_largest_pictures(name: str) -> None:
    assert corrupted(name, np.full((2, 1, 64, 64), 99, np.uint8)).shape == (2, 1, 64, 64)
