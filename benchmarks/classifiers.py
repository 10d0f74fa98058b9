"""`ConvNetClassifier` beside scikit-learn's `MLPClassifier`, with default settings.

    python benchmarks/classifiers.py digits --seeds 3
    python benchmarks/classifiers.py mnist

Training and test pictures are those of the data set; of digits, a quarter is the test set, drawn
anew for each seed. Last comes a grid search over two settings on all digits.
"""

import time
from collections.abc import Iterator

import click
import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.neural_network import MLPClassifier

from digitile.data import load
from digitile.sklearn import ConvNetClassifier

Parts = list[NDArray[np.generic]]
"""Pictures to train on and to test on, their labels in the same order."""


def parts_of(data: str, seed: int) -> Parts:
    """Return a data set in scikit-learn's form, pixels from 0 to 1."""
    if data == "digits":
        x, y = load_digits(return_X_y=True)
        return list(train_test_split(x / 16, y, stratify=y, random_state=seed))
    splits = load(data)
    pictures = [own.images.reshape(len(own), -1) / 255 for own in (splits.train, splits.test)]
    return [*pictures, splits.train.labels, splits.test.labels]


def measured(classifier: ClassifierMixin, parts: Parts) -> tuple[float, float, float]:
    """Return accuracy in percent, and seconds to train and to predict."""
    x, x_test, y, y_test = parts
    started = time.perf_counter()
    classifier.fit(x, y)
    trained = time.perf_counter()
    accuracy = classifier.score(x_test, y_test)
    return 100 * accuracy, trained - started, time.perf_counter() - trained


def classifiers(seed: int) -> Iterator[ClassifierMixin]:
    """Yield those that are compared."""
    yield ConvNetClassifier(random_state=seed)
    yield MLPClassifier(random_state=seed)


@click.command()
@click.argument("data", type=click.Choice(["digits", "mnist"]))
@click.option("--seeds", type=click.IntRange(1), default=1, show_default=True)
def main(data: str, seeds: int) -> None:
    """Compare on a data set."""
    rows: dict[str, list[tuple[float, float, float]]] = {}
    for seed in range(seeds):
        parts = parts_of(data, seed)
        for classifier in classifiers(seed):
            own = measured(classifier, parts)
            rows.setdefault(type(classifier).__name__, []).append(own)
            click.echo(f"seed {seed}: {type(classifier).__name__} {own}", err=True)
    for name, own in rows.items():
        accuracy, trained, predicted = np.transpose(own)
        spread = f" ± {accuracy.std(ddof=1):.2f}" if seeds > 1 else ""
        click.echo(
            f"{name}: {accuracy.mean():.2f}{spread} %, trained in {np.median(trained):.1f} s, "
            f"answered in {np.median(predicted):.2f} s"
        )
    if data == "digits":
        x, y = load_digits(return_X_y=True)
        search = GridSearchCV(ConvNetClassifier(random_state=0), {"lr": [0.02, 0.05]})
        started = time.perf_counter()
        search.fit(x, y)
        seconds = time.perf_counter() - started
        click.echo(f"grid search: {search.best_params_} of two, in {seconds:.1f} s")


if __name__ == "__main__":
    main()
