"""Ink maps do not depend on light, contrast or which of ink and paper is darker."""

import numpy as np
import pytest
from numpy.typing import NDArray

from digitile.reader.ink import InkMap, find_ink, stroke_width

SHAPE = (120, 160)
MASK = np.zeros(SHAPE, bool)
MASK[20:100, 60:70] = MASK[20:30, 60:120] = MASK[90:100, 60:120] = True
Y, X = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(float)


def gray(ink: float = 40, paper: float = 220) -> NDArray[np.uint8]:
    return np.where(MASK, ink, paper).astype(np.uint8)


def lit(light: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.rint(gray() * light).astype(np.uint8)


def found(picture: NDArray[np.uint8]) -> InkMap:
    result = find_ink(picture)
    assert result is not None
    return result


def test_even_light() -> None:
    result = found(gray())
    assert result.ink.dtype == np.float32
    np.testing.assert_array_equal(result.ink, MASK)
    assert result.noise == 0
    assert result.stroke == pytest.approx(10, abs=1.5)


@pytest.mark.parametrize(("ink", "paper"), [(215, 240), (10, 45), (240, 20), (120, 60), (255, 0)])
def test_any_contrast_and_polarity(ink: int, paper: int) -> None:
    np.testing.assert_allclose(found(gray(ink, paper)).ink, MASK, atol=1e-6)


@pytest.mark.parametrize(
    "light",
    [
        0.3 + 0.7 * X / SHAPE[1],
        1 - 0.6 * ((X / 160 - 0.5) ** 2 + (Y / 120 - 0.5) ** 2) * 2,
        0.5 + 0.5 / (1 + np.exp((X + 0.5 * Y - 120) / 2)),
    ],
    ids=["from one side", "darker corners", "sharp shadow"],
)
def test_uneven_light(light: NDArray[np.float64]) -> None:
    ink = found(lit(light)).ink
    assert ink[MASK].min() > 0.75
    inner = np.zeros(SHAPE, bool)
    inner[15:-15, 15:-15] = True  # shade that begins at the border may be left there
    assert ink[inner & ~MASK].max() < 0.2


def test_inverting_changes_nothing() -> None:
    noise = np.random.default_rng(2).normal(0, 5, SHAPE)
    picture = np.clip(np.rint(gray(60, 200) + noise), 0, 255).astype(np.uint8)
    one, other = found(picture), found(255 - picture)
    np.testing.assert_array_equal(one.ink, other.ink)
    assert one.stroke == other.stroke


def test_noise_is_measured() -> None:
    """Means of 9 pixels vary by a third as much; paper is 220 and ink 180 below it."""
    noise = np.random.default_rng(3).normal(0, 18, SHAPE)
    picture = np.clip(np.rint(gray() + noise), 0, 255).astype(np.uint8)
    assert found(picture).noise == pytest.approx(18 / 3 / 180, rel=0.4)


def test_tightly_cut_out() -> None:
    cross = np.zeros((80, 60), bool)
    cross[:, 25:35] = cross[30:40] = True
    for ink, paper in ((40, 220), (220, 40)):
        np.testing.assert_allclose(
            found(np.where(cross, ink, paper).astype(np.uint8)).ink, cross, atol=1e-6
        )


@pytest.mark.parametrize("side", [1, 2, 3, 8, 28, 100, 500])
def test_blank_pictures_have_no_ink(side: int) -> None:
    for level in (0, 1, 128, 255):
        assert find_ink(np.full((side, side), level, np.uint8)) is None
        assert find_ink(np.full((side, 3 * side), level, np.uint8)) is None


@pytest.mark.parametrize("side", [16, 28, 64, 200])
def test_noise_has_no_ink(side: int) -> None:
    rng = np.random.default_rng(side)
    for _ in range(10):
        assert find_ink(rng.integers(0, 256, (side, side), dtype=np.uint8)) is None


@pytest.mark.parametrize("width", [1, 2, 3, 5, 9, 20])
def test_stroke_width_of_a_bar(width: int) -> None:
    mask = np.zeros((100, 50), bool)
    mask[5:95, 10 : 10 + width] = True
    assert stroke_width(mask) == pytest.approx(width, rel=0.1, abs=1)
    assert stroke_width(mask.T.copy()) == stroke_width(mask)


def test_stroke_width_of_nothing() -> None:
    assert stroke_width(np.zeros((4, 4), bool)) == 1


@pytest.mark.parametrize("sigma", [1.0, 4.0, 25.0])
@pytest.mark.parametrize("brightness", [30, 128, 210])
def test_grain_is_no_ink(sigma: float, brightness: int) -> None:
    rng = np.random.default_rng(0)
    y, x = np.mgrid[-20:20:300j, -20:20:420j]
    paper = brightness + x - y + rng.normal(0, sigma, (300, 420))
    assert find_ink(np.clip(paper, 0, 255).astype(np.uint8)) is None


def test_a_hairline_on_clean_paper_is_ink() -> None:
    paper = np.full((200, 300), 240, np.uint8)
    paper[40:160, 150] = 20
    found = find_ink(paper)
    assert found is not None
    assert found.ink[100, 150] > 0.9
