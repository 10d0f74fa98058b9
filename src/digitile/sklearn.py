"""A scikit-learn classifier that is a network of ours, trained by our own loop.

A picture is one row of numbers, as in scikit-learn's data sets. The network's input is
(X − mean)/standard deviation, with one mean and one standard deviation of all training values:
pixels share a scale.
"""

from math import isqrt, prod
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from digitile.data.dataset import Dataset
from digitile.engines import Engine, check_engine, make_engine
from digitile.engines.reference import ReferenceEngine
from digitile.errors import DataError, SettingError, ShapeError
from digitile.extras import extra
from digitile.model import Model
from digitile.nn.init import Init
from digitile.nn.layer import Shape, shape_text
from digitile.nn.loss import SoftmaxCrossEntropy
from digitile.nn.network import Network
from digitile.nn.preprocess import Preprocess
from digitile.training.chance import Purpose, generator
from digitile.training.loop import Trainer
from digitile.training.prepare import prepare_pictures
from digitile.training.progress import Record
from digitile.training.settings import Settings

with extra("train"):
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data

PATIENCE = 10
"""Epochs without a better validation after which early stopping ends a training."""

SMALLEST = 8
"""The least side of a picture for which the default network has convolutions."""

TILE_PAYS = 1e11
"""Multiply-adds of a training for which the tile engine pays: an estimate.

The engine takes half a minute to compile, once on a machine. Whether it is compiled already is not
asked, so that the choice, and with it the result, is the same every time.
"""

FLAT = 1e-6
"""A feature that varies by less than this share of the standard deviation counts as constant."""

_KINDS: dict[str, tuple[type, str]] = {
    "epochs": (Integral, "a whole number"),
    "batch_size": (Integral, "a whole number"),
    "lr": (Real, "a number"),
    "momentum": (Real, "a number"),
    "weight_decay": (Real, "a number"),
    "validation_fraction": (Real, "a number"),
    "schedule": (str, "a text"),
    "optimiser": (str, "a text"),
    "init": (str, "a text"),
    "engine": (str, "a text"),
}


class ConvNetClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A convolutional network as a scikit-learn classifier.

    Parameters
    ----------
    network : str, optional
        In the notation of `digitile.nn.notation`, ending in a value for each class and
        ``softmax``. If not given, a small one that fits `shape` and the classes: two convolutions
        and two fully connected layers, or only the latter for pictures with a side below 8.
    epochs : int
        Times each training picture is seen, at most.
    batch_size, lr, momentum, weight_decay, schedule, optimiser, init
        See `digitile.training.settings.Settings`. The schedule ``plateau`` needs `early_stopping`.
    early_stopping : bool
        Hold some pictures out, stop when 10 epochs in a row have not improved the accuracy on
        them, and keep the parameters of the best epoch.
    validation_fraction : float
        The share of pictures held out for that, above 0 and at most 0.5.
    engine : str
        A name from `digitile.engines`, or ``auto``: ``tile`` for trainings so long that compiling
        it pays, else ``reference``.
    shape : (C, H, W), optional
        The shape of the picture in a row of X. If not given, that of `network`; without either,
        a gray square, or 1×1×n_features where n_features is no square.
    random_state : int, RandomState or None
        Of everything that is drawn at random. The same int gives the same bits.
    verbose : bool
        Print each epoch's loss.

    Attributes
    ----------
    classes_ : ndarray, classes
        The labels, sorted.
    n_features_in_ : int
        Numbers in a row of X.
    feature_names_in_ : ndarray of str, n_features_in_
        Where X has names.
    network_ : str
        The network, in the notation.
    theta_ : ndarray, float32, flat
        Its parameters, in arena order.
    mean_, scale_ : float
        The network's input is (X − mean_)/scale_.
    engine_ : str
        The engine that was used.
    n_iter_ : int
        Epochs trained.
    loss_curve_ : list of float
        The mean loss of each epoch.
    validation_scores_ : list of float or None
        With `early_stopping`, the accuracy on the pictures held out after each epoch.

    Notes
    -----
    Training reads pictures of 8 bits. So it rounds each feature to 256 levels between the least and
    the greatest value of that feature. Pictures of 8 bits keep their levels apart; an outlier makes
    those of its feature coarse. Prediction rounds nothing.
    """

    def __init__(  # noqa: PLR0913 - scikit-learn wants each setting as an argument
        self,
        network: str | None = None,
        *,
        epochs: int = 20,
        batch_size: int = 32,
        lr: float = 0.05,
        momentum: float = 0.9,
        weight_decay: float = 0.0001,
        schedule: str = "cosine",
        optimiser: str = "sgd",
        init: str = "xavier",
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        engine: str = "auto",
        shape: tuple[int, int, int] | None = None,
        random_state: int | np.random.RandomState | None = None,
        verbose: bool = False,
    ) -> None:
        self.network = network
        self.epochs = epochs
        self.batch_size = batch_size
        self.lr = lr
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.schedule = schedule
        self.optimiser = optimiser
        self.init = init
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.engine = engine
        self.shape = shape
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Train a new network.

        Parameters
        ----------
        X : array-like, N×n_features
            Pictures: one in each row, channel by channel, row by row. Any finite numbers.
        y : array-like, N
            Their labels: numbers or texts.

        Raises
        ------
        ValueError
            scikit-learn's, for arrays that are no such data.
        SettingError, NotationError, ShapeError
            For a parameter out of range, or a network or shape that does not fit X and y.
        DataError
            For numbers so large that their spread is beyond float64.
        TrainingError
            Where training diverges.
        """
        values, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        classes, labels = np.unique(y, return_inverse=True)
        network = self._parse_network(values.shape[1], len(classes))
        settings, engine = self._settings(network, len(values)), self._engine_name(network, values)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))

        mean, scale = _mean_and_scale(values)
        images, preprocess = as_pixels(values.reshape(-1, *network.input_shape), mean, scale)
        names = tuple(map(str, classes))
        pictures = Dataset("X", images, labels.astype(np.int64), names)
        parts = prepare_pictures(settings, pictures, seed)
        rng = generator(seed, Purpose.INIT)
        theta = Init.parse(settings.init).draw(network, settings.bias, rng)
        start = Model(network, theta, preprocess, names)
        self._train(Trainer(settings, parts, engine, seed, start=start))
        self.classes_, self.mean_, self.scale_ = classes, mean, scale
        self.network_, self.engine_ = str(network), engine
        return self

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return how likely each class is.

        Parameters
        ----------
        X : array-like, N×n_features
            As in `fit`.

        Returns
        -------
        ndarray, float64, N×classes
            In the order of `classes_`; each row sums to 1.

        Raises
        ------
        ValueError
            scikit-learn's, for arrays that are no such data.
        DataError
            For numbers so large that the network overflows.
        """
        check_is_fitted(self)
        values = validate_data(self, X, dtype=np.float64, reset=False)
        network = Network.parse(self.network_)
        with np.errstate(over="ignore", invalid="ignore"):
            x = ((values - self.mean_) / self.scale_).reshape(-1, *network.input_shape)
            scores = self._make_engine(network).scores(self.theta_, x).astype(np.float64)
        finite = np.isfinite(scores).all(axis=1)
        if not finite.all():
            row = int(finite.argmin())
            raise DataError(
                f"row {row} of X has values up to {np.abs(values[row]).max():g}, with which the "
                f"network overflows. Give values like those of training: their mean is "
                f"{self.mean_:g}, their standard deviation {self.scale_:g}."
            )
        return np.asarray(scores / scores.sum(axis=1, keepdims=True))

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the most likely label of each row; parameters and errors as `predict_proba`."""
        best = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[best])

    def _parse_network(self, features: int, classes: int) -> Network:
        if self.network is None:
            return default_network(shape_of(self.shape, features), classes)
        network = Network.parse(str(self.network))
        own = network.input_shape
        if prod(own) != features or self.shape not in (None, own):
            shape = "" if self.shape is None else f" and shape={self.shape}"
            raise ShapeError(
                f"the network reads {shape_text(own)}, {prod(own)} values, but X has {features} "
                f"features{shape}. Begin the network with the shape of the pictures in X."
            )
        if not isinstance(network.loss, SoftmaxCrossEntropy):
            raise SettingError(
                f"the network ends in {network.loss}, but probabilities come from softmax. End it "
                f"in {classes}N - softmax."
            )
        return network

    def _settings(self, network: Network, pictures: int) -> Settings:
        for name, (kind, words) in _KINDS.items():
            value = getattr(self, name)
            if not isinstance(value, kind):
                raise SettingError(f"{name} is {value!r}, but must be {words}.")
        fraction = self.validation_fraction
        if not 0 < fraction <= 0.5:
            raise SettingError(
                f"validation_fraction is {fraction}, but must be above 0 and at most 0.5."
            )
        return Settings(
            network=str(network),
            epochs=int(self.epochs),
            batch_size=int(self.batch_size),
            lr=float(self.lr),
            momentum=float(self.momentum),
            weight_decay=float(self.weight_decay),
            schedule=self.schedule,
            optimiser=self.optimiser,
            init=self.init,
            validation=max(1, int(fraction * pictures)) if self.early_stopping else 0,
        )

    def _engine_name(self, network: Network, values: NDArray[np.float64]) -> str:
        """Return the engine that trains."""
        if self.engine != "auto":
            check_engine(self.engine)
            return self.engine
        # The way back takes about twice as many as the way forward.
        work = 3 * sum(network.multiply_adds()) * len(values) * int(self.epochs)
        return "tile" if work > TILE_PAYS else "reference"

    def _make_engine(self, network: Network) -> Engine:
        """Return the engine that predicts."""
        if self.engine_ == "reference":
            # In float32, a row's last digits would depend on the rows beside it.
            return ReferenceEngine(network, np.float64)
        return make_engine(self.engine_, network)

    def _train(self, trainer: Trainer) -> None:
        """Train to the end, and keep what it showed."""
        losses: list[float] = []
        scores: list[float] = []
        best = None
        for records in trainer.run():
            last = records[-1]
            if last.epoch_loss is None:
                continue
            losses.append(last.epoch_loss)
            if last.validation_accuracy is not None:
                if last.validation_accuracy > max(scores, default=-1.0):
                    best = trainer.theta
                scores.append(last.validation_accuracy)
            if self.verbose:
                print(_progress_line(last))
            if scores and len(scores) - scores.index(max(scores)) > PATIENCE:
                break
        self.n_iter_, self.loss_curve_ = len(losses), losses
        self.validation_scores_ = scores or None
        self.theta_ = trainer.theta if best is None else best


def shape_of(shape: tuple[int, int, int] | None, features: int) -> Shape:
    """Return the shape of a picture of so many values: as given, or a guess.

    Raises
    ------
    ShapeError
        For a shape of another number of values.
    """
    if shape is None:
        side = isqrt(features)
        return (1, side, side) if side * side == features else (1, 1, features)
    own = tuple(shape)
    whole = all(isinstance(length, Integral) and length > 0 for length in own)
    if len(own) != 3 or not whole or prod(own) != features:
        raise ShapeError(
            f"shape is {shape}, but X has {features} features. Give (channels, height, width) of "
            f"one picture, whose product is {features}."
        )
    return own


def default_network(shape: Shape, classes: int) -> Network:
    """Return a small network for pictures of a shape."""
    parts = ["x".join(map(str, shape))]
    if min(shape[1:]) >= SMALLEST:
        parts += ["8C3same", "ReLU", "MP2", "16C3same", "ReLU", "MP2"]
    return Network.parse(" - ".join([*parts, "64N", "ReLU", f"{classes}N", "softmax"]))


def as_pixels(
    x: NDArray[np.float64], mean: float, scale: float
) -> tuple[NDArray[np.uint8], Preprocess]:
    """Return values as pixels of 8 bits, and what makes (x − mean)/scale of these.

    Each dimension has 256 levels between its least and greatest value, so that what is rounded off
    is at most 1/510 of that range.

    Parameters
    ----------
    x : ndarray, N×C×H×W
    mean, scale : float
        scale > 0.
    """
    low, spread = x.min(axis=0), np.ptp(x, axis=0)
    level = np.where(spread < FLAT * scale, scale, spread / 255)
    pixels = np.rint((x - low) / level).astype(np.uint8)
    shift = ((mean - low) / level).astype(np.float32)
    return pixels, Preprocess("standardize", shift, (level / scale).astype(np.float32))


def _mean_and_scale(x: NDArray[np.float64]) -> tuple[float, float]:
    """Return mean and standard deviation of all values; 1 for the latter where all are equal."""
    with np.errstate(over="ignore", invalid="ignore"):
        mean, scale = float(x.mean()), float(x.std())
    if not np.isfinite(mean + scale):
        raise DataError(
            f"X has values from {x.min():g} to {x.max():g}, too large for their standard "
            "deviation. Divide them by a constant."
        )
    return mean, scale or 1.0


def _progress_line(record: Record) -> str:
    accuracy = record.validation_accuracy
    behind = "" if accuracy is None else f", validation accuracy {accuracy:.4f}"
    return f"epoch {record.epoch}: loss {record.epoch_loss:.6f}{behind}"
