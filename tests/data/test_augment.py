import dataclasses

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from scipy import ndimage

from digitile.data import Augment, Drawn
from digitile.data.augment import smooth_fields
from digitile.data.digits import load_digits
from digitile.errors import NotationError, ShapeError


def drawn(flip: bool = False, angle: float = 0, right: int = 0, down: int = 0, n: int = 1) -> Drawn:
    one, none = np.ones(n), np.zeros(n)
    flips, angles = np.full(n, flip), np.full(n, float(angle))
    return Drawn(flips, angles, np.full(n, right), np.full(n, down), one, one, none)


EVERYTHING = Augment(3, True, 180, 1, 1)
WORDS = [
    "shift(3) rotate(20) scale(0.4) shear(0.3) elastic(1.2,4)",
    *("shift(2)", "rotate(20)", "scale(0.4)", "shear(0.3)", "elastic(1.2,4)"),
]
PICTURE = np.arange(1, 17, dtype=np.uint8).reshape(1, 1, 4, 4)


@pytest.mark.parametrize(
    ("text", "augment"),
    [
        ("none", Augment()),
        (" None ", Augment()),
        ("shift(2) flip rotate(10)", Augment(2, True, 10)),
        ("  rotate( 7.5 )\tSHIFT(1) ", Augment(1, False, 7.5)),
        ("flip", Augment(flip=True)),
        ("shift  (2.0)\n flip", Augment(2, True)),
        ("shift(0) rotate(0)", Augment()),
        ("rotate(1e-3)", Augment(rotate=0.001)),
        ("scale(0.2) shear(1)", Augment(scale=0.2, shear=1)),
        ("elastic(1.5, 4)", Augment(elastic=(1.5, 4))),
        ("elastic(0,7)", Augment()),
    ],
)
def test_reading(text: str, augment: Augment) -> None:
    assert Augment.parse(text) == augment


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(0, 1000),
    st.booleans(),
    st.floats(0, 180),
    st.floats(0, 2),
    st.tuples(st.floats(0, 100), st.floats(1, 100)),
)
def test_round_trip(
    shift: int, flip: bool, rotate: float, scale: float, elastic: tuple[float, float]
) -> None:
    augment = Augment(shift, flip, rotate, scale, scale / 2, elastic)
    assert Augment.parse(str(augment)) == augment


def test_writing() -> None:
    assert str(Augment(2, True, 10.0)) == "shift(2) flip rotate(10)"
    assert str(Augment(scale=0.5, elastic=(1, 4))) == "scale(0.5) elastic(1,4)"
    assert str(Augment()) == "none"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot read ''"),
        (
            "zoom(2)",
            r"cannot read 'zoom\(2\)'. Write for example 'shift\(2\) flip rotate\(10\)', or",
        ),
        ("shift", "cannot read 'shift'"),
        ("shift()", "'' is not numbers for shift"),
        ("shift(2", "cannot read"),
        ("shift(2,3)", "shift takes 1 numbers, not 2"),
        ("shift(two)", "'two' is not numbers for shift"),
        ("flip(1)", "cannot read"),
        ("shift(2)flip", "cannot read"),
        ("none flip", "cannot read 'none flip'"),
        ("flip flip", "cannot read 'flip', a second flip"),
        ("shift(1.5)", "0 to 1000 whole pixels"),
        ("shift(-1)", "0 to 1000 whole pixels"),
        ("shift(1001)", "0 to 1000 whole pixels"),
        ("shift(inf)", "whole pixels"),
        ("shift(nan)", "whole pixels"),
        ("rotate(181)", "0 to 180 degrees"),
        ("rotate(-1)", "0 to 180 degrees"),
        ("rotate(nan)", "0 to 180 degrees"),
        ("scale(3)", "give 0 to 2"),
        ("shear(nan)", "give 0 to 2"),
        ("elastic(1)", "takes 2 numbers, not 1"),
        ("elastic(101,4)", "0 to 100 and 1 to 100 pixels"),
        ("elastic(1,0)", "0 to 100 and 1 to 100 pixels"),
        ("shift(1) shift(2)", "a second shift"),
    ],
)
def test_what_cannot_be_read(text: str, message: str) -> None:
    with pytest.raises(NotationError, match=message):
        Augment.parse(text)


@given(st.text(alphabet="shiftlproaecnu() 0123456789.,-\n", max_size=30))
def test_garbage(text: str) -> None:
    try:
        augment = Augment.parse(text)
    except NotationError:
        return
    assert Augment.parse(str(augment)) == augment


def test_right_and_down() -> None:
    moved = EVERYTHING.apply(PICTURE, drawn(right=1, down=2))
    assert moved.tolist() == [[[[0, 0, 0, 0], [0, 0, 0, 0], [0, 1, 2, 3], [0, 5, 6, 7]]]]
    moved = EVERYTHING.apply(PICTURE, drawn(right=-3, down=-1))
    assert moved.tolist() == [[[[8, 0, 0, 0], [12, 0, 0, 0], [16, 0, 0, 0], [0, 0, 0, 0]]]]


def test_flip_comes_before_the_shift() -> None:
    moved = EVERYTHING.apply(PICTURE, drawn(flip=True, right=1))
    assert moved[0, 0, 0].tolist() == [0, 4, 3, 2]


@pytest.mark.parametrize("turns", [-2, -1, 1, 2])
def test_right_angles_are_exact(turns: int) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (2, 3, 9, 9), dtype=np.uint8)
    turned = EVERYTHING.apply(picture, drawn(angle=90 * turns, n=2))
    np.testing.assert_array_equal(turned, np.rot90(picture, turns, axes=(2, 3)))


def test_flip_comes_before_the_turn() -> None:
    turned = EVERYTHING.apply(PICTURE, drawn(flip=True, angle=90))
    np.testing.assert_array_equal(turned[0, 0], np.rot90(PICTURE[0, 0, :, ::-1]))


@settings(deadline=None)
@given(
    st.booleans(),
    st.floats(-180, 180),
    st.integers(-3, 3),
    st.integers(-3, 3),
    st.integers(6, 14),
    st.integers(6, 14),
)
def test_against_scipy(
    flip: bool, angle: float, right: int, down: int, height: int, width: int
) -> None:
    """The same map as scipy's, which counts rows first and asks where each new pixel is from."""
    picture = np.random.default_rng(0).integers(0, 256, (height, width), dtype=np.uint8)
    numbers = drawn(flip, angle, right, down)
    ours = EVERYTHING.apply(picture[None, None], numbers)[0, 0]
    there = np.vstack([numbers.matrices(height, width)[0], [0, 0, 1]])
    back = np.linalg.inv(there)[[1, 0, 2]][:, [1, 0, 2]]
    padded = np.pad(picture.astype(float), 1)  # outside is 0, and so is half-way to it
    one = np.array([[1, 0, 1], [0, 1, 1], [0, 0, 1.0]])
    theirs = ndimage.affine_transform(
        padded,
        (one @ back @ np.linalg.inv(one)),
        order=1,
        mode="constant",
        output_shape=padded.shape,
    )[1:-1, 1:-1]
    assert (
        np.abs(ours - theirs).max() <= 8.5
    )  # OpenCV 4 counts in 1/32 of a pixel: 2 · 255/64, rounded


def test_stretch_and_shear() -> None:
    """A vertical bar twice as wide; then one that leans: up is right, by 1 column in 2 rows."""
    bar = np.zeros((1, 1, 9, 9), np.uint8)
    bar[0, 0, :, 4] = 200
    numbers = drawn()
    wide = dataclasses.replace(numbers, wide=np.array([2.0]))
    row = EVERYTHING.apply(bar, wide)[0, 0, 4].tolist()
    assert row == [0, 0, 0, 100, 200, 100, 0, 0, 0]
    leaning = EVERYTHING.apply(bar, dataclasses.replace(numbers, shear=np.array([-0.5])))[0, 0]
    assert leaning.argmax(axis=1)[[0, 2, 4, 6, 8]].tolist() == [6, 5, 4, 3, 2]


def test_a_bend_says_where_each_value_is_from() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (3, 2, 6, 7), dtype=np.uint8)
    bend = np.zeros((3, 2, 6, 7), np.float32)
    bend[1, 0], bend[2, 1] = 2, -1
    bent = EVERYTHING.apply(picture, dataclasses.replace(drawn(n=3), bend=bend))
    np.testing.assert_array_equal(bent[0], picture[0])
    np.testing.assert_array_equal(bent[1, :, :, :5], picture[1, :, :, 2:])
    assert not bent[1, :, :, 5:].any()
    np.testing.assert_array_equal(bent[2, :, 1:], picture[2, :, :-1])
    assert not bent[2, :, 0].any()


def test_each_picture_has_its_own_numbers() -> None:
    """Also where OpenCV takes them in several calls."""
    pictures = np.random.default_rng(0).integers(0, 256, (5, 3, 8, 6), dtype=np.uint8)
    augment = Augment(2, True, 15, 0.3, 0.2, (1, 2))
    numbers = augment.draw(np.random.default_rng(1), 5, 8, 6)
    together = augment.apply(pictures, numbers)
    assert together.dtype == np.uint8
    for i in range(5):
        one = Drawn(*(part[i : i + 1] for part in vars(numbers).values()))
        np.testing.assert_array_equal(augment.apply(pictures[i : i + 1], one)[0], together[i])
    many = pictures[np.arange(4000) % 5]
    numbers = Drawn(*(part[np.arange(4000) % 5] for part in vars(numbers).values()))
    np.testing.assert_array_equal(augment.apply(many, numbers)[-5:], together)


def test_what_is_drawn() -> None:
    numbers = Augment(2, True, 10, 0.4, 0.3).draw(np.random.default_rng(0), 4000, 8, 8)
    for moved in (numbers.right, numbers.down):
        assert np.unique(moved).tolist() == [-2, -1, 0, 1, 2]
        counts = np.unique_counts(moved).counts
        assert (np.abs(counts - 800) < 5 * np.sqrt(800)).all()
    assert abs(numbers.flip.sum() - 2000) < 5 * np.sqrt(1000)
    assert -10 <= numbers.angle.min() < -9.9
    assert 9.9 < numbers.angle.max() <= 10
    assert abs(np.corrcoef(numbers.right, numbers.down)[0, 1]) < 0.1
    assert 0.25 < np.abs(numbers.shear).max() <= 0.3
    for stretch in (numbers.wide, numbers.high):
        assert np.exp(-0.4) <= stretch.min() < 0.75
        assert 1.33 < stretch.max() <= np.exp(0.4)
    assert 0.3 < np.corrcoef(numbers.wide, numbers.high)[0, 1] < 0.7


def test_nothing_is_drawn_for_what_is_not_done() -> None:
    numbers = Augment().draw(np.random.default_rng(0), 9, 4, 4)
    assert (numbers.matrices(4, 4) == [[1, 0, 0], [0, 1, 0]]).all()
    assert numbers.bend is None
    assert not Augment(flip=True).draw(np.random.default_rng(0), 50, 4, 4).angle.any()


def test_smooth_fields() -> None:
    """Deviation 1 everywhere, and alike as white noise after a Gaussian is: e^(−d²/4σ²)."""
    fields = smooth_fields(np.random.default_rng(0), 4000, 20, 9, 3)
    assert fields.shape == (4000, 20, 9)
    np.testing.assert_allclose(fields.std(axis=0), 1, atol=0.06)
    alike = [np.mean(fields[:, 10, 4] * fields[:, 10 + d, 4]) for d in range(9)]
    np.testing.assert_allclose(alike, np.exp(-(np.arange(9) ** 2) / 36), atol=0.06)


def test_none_leaves_pictures_alone() -> None:
    assert Augment().apply(PICTURE, drawn()) is PICTURE


def test_originals_are_kept() -> None:
    copy = PICTURE.copy()
    EVERYTHING.apply(PICTURE, drawn(angle=30))
    np.testing.assert_array_equal(PICTURE, copy)


def test_no_pictures() -> None:
    assert EVERYTHING.apply(PICTURE[:0], drawn(n=0)).shape == (0, 1, 4, 4)


def test_out_of_sight() -> None:
    with pytest.raises(ShapeError, match=r"shift\(4\) .* 4×4 out of sight. Use at most 3"):
        Augment(4).apply(PICTURE, drawn())


DIGITS = load_digits().train.images[:40].repeat(3, axis=2).repeat(3, axis=3)  # 24×24


@pytest.mark.parametrize("text", WORDS)
def test_every_word(text: str) -> None:
    """Same seed, same pictures; other seed, others; the originals are kept."""
    copy = DIGITS.copy()
    augment = Augment.parse(text)
    first, again, other = (augment(DIGITS, np.random.default_rng(s)) for s in (1, 1, 2))
    np.testing.assert_array_equal(DIGITS, copy)
    assert first.dtype == np.uint8
    assert first.shape == DIGITS.shape
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert (first != DIGITS).any()
    # most of a picture stays what it was: the two go together
    alike = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(first, DIGITS, strict=True)]
    assert np.median(alike) > 0.5
    assert augment(DIGITS[:0], np.random.default_rng(0)).shape == (0, 1, 24, 24)
    colour = DIGITS[:3].repeat(3, axis=1)
    assert augment(colour, np.random.default_rng(0)).shape == colour.shape
