import numpy as np
import pytest

from digitile.data import Dataset, Splits, join
from digitile.data.dataset import MAX_BYTES, check_size
from digitile.errors import DataError

IMAGES = np.arange(2 * 3 * 4 * 5, dtype=np.uint8).reshape(2, 3, 4, 5)
LABELS = np.array([1, 0])


def test_a_data_set_knows_its_size() -> None:
    dataset = Dataset("some", IMAGES, LABELS, ("a", "b"))
    assert len(dataset) == 2
    assert dataset.shape == (3, 4, 5)


def test_take_keeps_the_order_and_copies() -> None:
    dataset = Dataset("some", IMAGES.copy(), LABELS.copy(), ("a", "b"))
    taken = dataset.take([1, 0, 1])
    assert taken.labels.tolist() == [0, 1, 0]
    np.testing.assert_array_equal(taken.images, IMAGES[[1, 0, 1]])
    dataset.images[:] = 0
    assert taken.images.any()
    assert (taken.name, taken.classes) == ("some", ("a", "b"))


def test_take_nothing() -> None:
    assert len(Dataset("some", IMAGES, LABELS, ("a", "b")).take([])) == 0


@pytest.mark.parametrize("index", [2, -3])
def test_take_outside(index: int) -> None:
    with pytest.raises(IndexError):
        Dataset("some", IMAGES, LABELS, ("a", "b")).take([index])


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (IMAGES.astype(np.float32), LABELS, "uint8, N×C×H×W, but are float32, 2×3×4×5"),
        (IMAGES[0], LABELS, "are uint8, 3×4×5"),
        (IMAGES[:, :, :0], LABELS, "are uint8, 2×3×0×5"),
        (IMAGES, LABELS[:1], "2 pictures need 2 int64 labels, but the labels are int64, 1"),
        (IMAGES, LABELS.astype(np.uint8), "labels are uint8"),
        (IMAGES, LABELS[:, None], "int64, 2×1"),
        (IMAGES, LABELS + 1, "0 to 1, one for each class, but go from 1 to 2"),
        (IMAGES, LABELS - 1, "go from -1 to 0"),
    ],
)
def test_what_does_not_fit(images: np.ndarray, labels: np.ndarray, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Dataset("some", images, labels, ("a", "b"))


def test_splits_agree() -> None:
    dataset = Dataset("some", IMAGES, LABELS, ("a", "b"))
    assert Splits(dataset, dataset.take([0])).test.labels.tolist() == [1]
    with pytest.raises(DataError, match=r"shape \(3, 4, 5\), but the test part \(3, 5, 4\)"):
        Splits(dataset, Dataset("some", IMAGES.swapaxes(2, 3), LABELS, ("a", "b")))
    with pytest.raises(DataError, match="classes"):
        Splits(dataset, Dataset("some", IMAGES, LABELS, ("a", "c")))


def test_parts_and_first_pictures() -> None:
    train, test = (
        Dataset("some", IMAGES[i : i + 1], LABELS[i : i + 1], ("a", "b")) for i in (0, 1)
    )
    splits = Splits(train, test)
    assert [splits.part(name).labels.tolist() for name in ("train", "test", "all")] == [
        *([1], [0], [1, 0])
    ]
    whole = splits.part("all")
    assert [whole.first(count).labels.tolist() for count in (1, 2, 9)] == [[1], [1, 0], [1, 0]]


def test_join() -> None:
    dataset = Dataset("some", IMAGES, LABELS, ("a", "b"))
    both = join(dataset, dataset.take([1]))
    assert both.labels.tolist() == [1, 0, 0]
    np.testing.assert_array_equal(both.images, IMAGES[[0, 1, 1]])
    with pytest.raises(DataError, match="classes"):
        join(dataset, Dataset("some", IMAGES, LABELS, ("a", "c")))


def test_the_bound_on_memory() -> None:
    check_size("some", MAX_BYTES // 6, (1, 2, 3))
    with pytest.raises(DataError, match="would fill"):
        check_size("some", MAX_BYTES // 6 + 1, (1, 2, 3))
    with pytest.raises(DataError, match="would fill"):  # 2⁶⁴ would be 0 in 64 bits
        check_size("some", 2**32, (1, 2**16, 2**16))
