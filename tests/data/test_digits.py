import numpy as np
from sklearn import datasets

from digitile.data import load_data


def test_all_digits_are_there_once() -> None:
    splits = load_data("digits")
    bunch = datasets.load_digits()
    whole = np.concatenate([splits.train.images, splits.test.images]).reshape(-1, 64)
    labels = np.concatenate([splits.train.labels, splits.test.labels])
    mine = sorted((int(label), bytes(row)) for label, row in zip(labels, whole, strict=True))
    published = (255 * bunch.data / 16 + 0.5).astype(np.uint8)
    theirs = sorted((int(n), bytes(row)) for n, row in zip(bunch.target, published, strict=True))
    assert [label for label, _ in mine] == [label for label, _ in theirs]
    ours, others = (np.array([list(row) for _, row in rows]) for rows in (mine, theirs))
    assert len(ours) == 1797
    assert np.abs(ours - others).max() <= 1  # 127.5 may go either way
    assert (whole.min(), whole.max()) == (0, 255)


def test_the_test_set_is_a_fifth_of_each_class() -> None:
    splits = load_data("digits")
    assert splits.train.shape == (1, 8, 8)
    assert splits.train.classes == tuple("0123456789")
    counts = np.bincount(datasets.load_digits().target)
    assert np.bincount(splits.test.labels).tolist() == [count // 5 for count in counts]


def test_the_same_each_time() -> None:
    first, second = load_data("digits"), load_data("digits")
    np.testing.assert_array_equal(first.test.images, second.test.images)
