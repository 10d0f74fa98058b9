"""The scikit-learn classifier: scikit-learn's own checks, and what it learns."""

import pickle
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from digitile.errors import DataError, DigitileError, SettingError, ShapeError, TrainingError
from digitile.sklearn import ConvNetClassifier, as_pixels, default_network, shape_of

NETWORK = "1x8x8 - 8C3 - ReLU - MP2 - 10N - softmax"


@cache
def digits() -> tuple[NDArray[Any], ...]:
    X, y = load_digits(return_X_y=True)
    return tuple(train_test_split(X, y, test_size=400, random_state=0, stratify=y))


@cache
def trained() -> ConvNetClassifier:
    X, _, y, _ = digits()
    return ConvNetClassifier(NETWORK, epochs=8, random_state=0).fit(X, y)


@parametrize_with_checks([ConvNetClassifier()])
def test_scikit_learns_own_checks(estimator: ConvNetClassifier, check: Any) -> None:
    check(estimator)


def test_reads_digits_and_survives_pickling() -> None:
    _, X, _, y = digits()
    classifier = trained()
    assert classifier.score(X, y) >= 0.95
    assert classifier.classes_.tolist() == list(range(10))
    assert classifier.n_iter_ == len(classifier.loss_curve_) == 8
    assert classifier.loss_curve_[-1] < 0.2 * classifier.loss_curve_[0]
    assert classifier.validation_scores_ is None
    assert classifier.engine_ == "reference"
    chances = classifier.predict_proba(X)
    np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-12)
    again = pickle.loads(pickle.dumps(classifier))  # noqa: S301
    assert again.predict_proba(X).tobytes() == chances.tobytes()


def test_labels_of_any_kind_same_bits_and_clone() -> None:
    X, rest, y, _ = digits()
    X, y = X[:200], y[:200]
    words = np.array(["nought", *"abcdefghi"])[y]
    one = ConvNetClassifier(NETWORK, epochs=2, random_state=3).fit(X, words)
    other = clone(one)
    with pytest.raises(AttributeError):
        other.theta_  # noqa: B018
    other.fit(X.tolist(), words.tolist())
    assert one.theta_.tobytes() == other.theta_.tobytes()
    assert one.loss_curve_ == other.loss_curve_
    assert one.predict(rest).tolist() == other.predict(rest).tolist()
    assert set(one.predict(rest)) <= set(words)
    third = clone(one).set_params(random_state=4).fit(X, words)
    assert third.theta_.tobytes() != one.theta_.tobytes()


def test_grid_search_in_a_pipeline() -> None:
    X, rest, y, truth = digits()
    line = make_pipeline(StandardScaler(), ConvNetClassifier(NETWORK, epochs=8, random_state=0))
    search = GridSearchCV(line, {"convnetclassifier__lr": [1e-6, 0.05]}, cv=2)
    search.fit(X[:400], y[:400])
    assert search.best_params_ == {"convnetclassifier__lr": 0.05}
    assert search.score(rest, truth) >= 0.85


def test_units_and_offset_do_not_matter() -> None:
    X, rest, y, _ = digits()
    one, other = (ConvNetClassifier(NETWORK, epochs=2, random_state=0) for _ in range(2))
    one.fit(X[:200], y[:200])
    other.fit(1e-9 * X[:200] + 3, y[:200])
    np.testing.assert_allclose(
        other.predict_proba(1e-9 * rest + 3), one.predict_proba(rest), atol=1e-3
    )


def test_pixels_are_the_values_but_for_a_half_level() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(5, 2, (50, 1, 3, 4)) * rng.uniform(0.01, 100, (1, 3, 4))
    x[:, 0, 0, 0] = 7  # one that is constant
    mean, scale = float(x.mean()), float(x.std())
    pixels, preprocess = as_pixels(x, mean, scale)
    assert pixels.dtype == np.uint8
    assert pixels[:, 0, 1:].min(axis=0).max() == 0
    assert pixels[:, 0, 1:].max(axis=0).min() == 255
    half_level = np.ptp(x, axis=0) / 510 / scale
    error = np.abs(preprocess(pixels) - (x - mean) / scale)
    assert (error <= half_level + 1e-5).all()


def test_early_stopping_keeps_the_best_epoch() -> None:
    X, y = load_iris(return_X_y=True)
    classifier = ConvNetClassifier(
        epochs=200, early_stopping=True, validation_fraction=0.2, schedule="constant",
        random_state=0,
    ).fit(X, y)  # fmt: skip
    scores = classifier.validation_scores_
    assert len(scores) == classifier.n_iter_ < 200
    assert len(scores) == scores.index(max(scores)) + 11  # the best epoch and ten more
    shorter = clone(classifier).set_params(epochs=scores.index(max(scores)) + 1).fit(X, y)
    assert shorter.theta_.tobytes() == classifier.theta_.tobytes()


def test_verbose_prints_each_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    X, y = load_iris(return_X_y=True)
    classifier = ConvNetClassifier(epochs=2, verbose=True, early_stopping=True).fit(X, y)
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"epoch 1: loss {classifier.loss_curve_[0]:.6f}, validation")
    assert second.startswith("epoch 2")


@pytest.mark.parametrize(
    ("shape", "features", "expected"),
    [
        (None, 64, (1, 8, 8)),
        (None, 20, (1, 1, 20)),
        ((3, 4, 5), 60, (3, 4, 5)),
    ],
)
def test_shapes(shape: Any, features: int, expected: tuple[int, int, int]) -> None:
    assert shape_of(shape, features) == expected


def test_default_networks() -> None:
    assert str(default_network((1, 2, 9), 3)) == "1x2x9 - 64N - ReLU - 3N - softmax"
    convolutional = default_network((3, 9, 8), 10)
    assert convolutional.shapes[3] == (8, 4, 4)
    assert convolutional.classes == 10


def test_which_engine_pays() -> None:
    classifier, mnist = ConvNetClassifier(), default_network((1, 28, 28), 10)
    assert classifier._engine_name(mnist, np.empty((60000, 0))) == "tile"
    assert classifier._engine_name(default_network((1, 8, 8), 10), np.empty((1797, 0))) != "tile"


def test_the_tile_engine_trains_the_same_network() -> None:
    X, rest, y, _ = digits()
    one, other = (
        ConvNetClassifier(NETWORK, epochs=2, engine=engine, random_state=0).fit(X[:200], y[:200])
        for engine in ("reference", "tile")
    )
    np.testing.assert_allclose(other.loss_curve_, one.loss_curve_, rtol=1e-3)
    np.testing.assert_allclose(other.predict_proba(rest), one.predict_proba(rest), atol=1e-3)


@pytest.mark.parametrize(
    ("parameters", "error", "says"),
    [
        ({"network": "1x9x9 - 10N - softmax"}, ShapeError, "81 values, but X has 64 features"),
        ({"network": NETWORK, "shape": (1, 4, 16)}, ShapeError, r"shape=\(1, 4, 16\)"),
        ({"network": "1x8x8 - 3N - softmax"}, SettingError, "10 classes, but the network ends"),
        ({"network": "1x8x8 - 10N - sigmoid - squared"}, SettingError, "10N - softmax"),
        ({"network": 3}, DigitileError, "a network starts with its input"),
        ({"shape": (1, 9, 9)}, ShapeError, "product is 64"),
        ({"shape": (64,)}, ShapeError, "product is 64"),
        ({"shape": (-1, -8, 8)}, ShapeError, "product is 64"),
        ({"epochs": 1.5}, SettingError, "epochs is 1.5, but must be a whole number"),
        ({"epochs": 0}, SettingError, "at least 1"),
        ({"lr": "fast"}, SettingError, "lr is 'fast'"),
        ({"lr": float("nan")}, SettingError, "lr is nan"),
        ({"schedule": None}, SettingError, "schedule is None"),
        ({"validation_fraction": 1.0}, SettingError, "above 0 and at most 0.5"),
        ({"engine": "steam"}, SettingError, "unknown engine"),
        ({"lr": 1e9}, TrainingError, "diverged"),
    ],
)
def test_what_does_not_fit_is_said(
    parameters: dict[str, Any], error: type[Exception], says: str
) -> None:
    X, _, y, _ = digits()
    with pytest.raises(error, match=says):
        ConvNetClassifier(**parameters).fit(X[:50], y[:50])


def test_values_that_are_too_large() -> None:
    X, rest, y, _ = digits()
    with pytest.raises(DataError, match="too large"):
        ConvNetClassifier().fit(1e307 * X, y)
    classifier = ConvNetClassifier(NETWORK, epochs=1).fit(1e-9 * X[:50], y[:50])
    with pytest.raises(DataError, match=r"row 1 of X has values up to 1e\+308, .* overflows"):
        classifier.predict(np.stack([1e-9 * rest[0], np.full(64, 1e308)]))


def test_a_failed_fit_leaves_the_network_that_was() -> None:
    X, rest, y, _ = digits()
    classifier = ConvNetClassifier(NETWORK, epochs=1, random_state=0).fit(X[:100], y[:100])
    before = classifier.predict(rest)
    with pytest.raises(TrainingError):
        classifier.set_params(lr=1e9).fit(X[:100], y[:100])
    assert classifier.predict(rest).tolist() == before.tolist()
