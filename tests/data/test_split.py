import hypothesis.strategies as st
import numpy as np
from hypothesis import given

from digitile.data.split import split_by_class


@given(st.lists(st.integers(0, 6), max_size=80))
def test_a_fifth_of_each_class(labels: list[int]) -> None:
    array = np.array(labels, np.int64)
    train, test = split_by_class(array)
    assert sorted([*train.tolist(), *test.tolist()]) == list(range(len(labels)))
    for label in set(labels):
        count = labels.count(label)
        expected = 0 if count == 1 else max(1, count // 5)
        assert (array[test] == label).sum() == expected
    assert (np.diff(train) > 0).all()
    assert (np.diff(test) > 0).all()


def test_a_class_does_not_depend_on_others() -> None:
    one = split_by_class(np.zeros(50, np.int64))[1]
    other = split_by_class(np.array([0] * 50 + [1] * 9))[1]
    np.testing.assert_array_equal(other[other < 50], one)


def test_the_choice_stays() -> None:
    # these are what the test set of everybody's folder of ten pictures is: they must not change
    assert split_by_class(np.zeros(10, np.int64))[1].tolist() == [5, 9]
