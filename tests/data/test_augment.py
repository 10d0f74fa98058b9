import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from scipy import ndimage

from digitile.data import Augment, Drawn
from digitile.errors import NotationError, ShapeError


def drawn(flip: bool = False, angle: float = 0, right: int = 0, down: int = 0, n: int = 1) -> Drawn:
    return Drawn(np.full(n, flip), np.full(n, float(angle)), np.full(n, right), np.full(n, down))


EVERYTHING = Augment(3, True, 180)
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
    ],
)
def test_reading(text: str, augment: Augment) -> None:
    assert Augment.parse(text) == augment


@given(st.integers(0, 1000), st.booleans(), st.floats(0, 180))
def test_round_trip(shift: int, flip: bool, rotate: float) -> None:
    augment = Augment(shift, flip, rotate)
    assert Augment.parse(str(augment)) == augment


def test_writing() -> None:
    assert str(Augment(2, True, 10.0)) == "shift(2) flip rotate(10)"
    assert str(Augment()) == "none"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot read ''"),
        ("zoom(2)", r"cannot read 'zoom\(2\)'. Write for example 'shift\(2\) flip rotate\(10\)'"),
        ("shift", "cannot read 'shift'"),
        ("shift()", "'' is not a number"),
        ("shift(2", "cannot read"),
        ("shift(2,3)", "'2,3' is not a number"),
        ("shift(two)", "'two' is not a number"),
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
    ],
)
def test_what_cannot_be_read(text: str, message: str) -> None:
    with pytest.raises(NotationError, match=message):
        Augment.parse(text)


@given(st.text(alphabet="shiftlproae() 0123456789.,-\n", max_size=30))
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


def test_each_picture_has_its_own_numbers() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (5, 3, 8, 6), dtype=np.uint8)
    augment = Augment(2, True, 15)
    numbers = augment.draw(np.random.default_rng(1), 5)
    together = augment.apply(pictures, numbers)
    assert together.dtype == np.uint8
    for i in range(5):
        one = Drawn(
            *(
                part[i : i + 1]
                for part in (numbers.flip, numbers.angle, numbers.right, numbers.down)
            )
        )
        np.testing.assert_array_equal(augment.apply(pictures[i : i + 1], one)[0], together[i])


def test_what_is_drawn() -> None:
    numbers = Augment(2, True, 10).draw(np.random.default_rng(0), 4000)
    for moved in (numbers.right, numbers.down):
        assert np.unique(moved).tolist() == [-2, -1, 0, 1, 2]
        counts = np.unique_counts(moved).counts
        assert (np.abs(counts - 800) < 5 * np.sqrt(800)).all()
    assert abs(numbers.flip.sum() - 2000) < 5 * np.sqrt(1000)
    assert -10 <= numbers.angle.min() < -9.9
    assert 9.9 < numbers.angle.max() <= 10
    assert abs(np.corrcoef(numbers.right, numbers.down)[0, 1]) < 0.1


def test_nothing_is_drawn_for_what_is_not_done() -> None:
    numbers = Augment().draw(np.random.default_rng(0), 9)
    assert not any(part.any() for part in vars(numbers).values())
    assert not Augment(flip=True).draw(np.random.default_rng(0), 50).angle.any()


def test_the_same_seed_gives_the_same() -> None:
    first, second = (Augment(3, True, 9).draw(np.random.default_rng(4), 7) for _ in range(2))
    for name, values in vars(first).items():
        np.testing.assert_array_equal(values, getattr(second, name))


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
