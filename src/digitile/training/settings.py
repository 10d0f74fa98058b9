"""Everything a training is told, as data; every entry can be set by name from text."""

import dataclasses
import difflib
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from digitile.data.augment import Augment
from digitile.errors import SettingError
from digitile.nn.calls import call_text, parse_call
from digitile.nn.init import Init
from digitile.nn.network import Network
from digitile.nn.optimiser import RULES, Optimiser, make_optimiser, rates
from digitile.nn.preprocess import KINDS
from digitile.training.schedule import Schedule
from digitile.typed_json import convert


@dataclass(frozen=True)
class Settings:
    """How a network is trained.

    Attributes
    ----------
    network : str
        In the notation of `digitile.nn.notation`.
    epochs : int
        Times each training picture is seen, at most.
    batch_size : int
        Pictures averaged in one step.
    lr : float
        The first learning rate.
    schedule : str
        See `digitile.training.schedule.Schedule`.
    optimiser : str
        ``sgd``, which has `momentum`, or ``adamw``; see `digitile.nn.optimiser.make_optimiser`.
    momentum : float
        Of ``sgd``, 0 to below 1.
    weight_decay : float
        λ, on weights only.
    bias_lr : float
        Learning rate of biases relative to weights.
    layer_lr : tuple of float
        Learning rate of each layer with parameters relative to `lr`; empty for 1 everywhere.
    clip : float
        The largest norm of a step's gradient; 0 for no bound.
    average : float
        How much of the average of the parameters is kept at each step, 0 to below 1; the model has
        the average. 0 for none.
    init : str
        See `digitile.nn.init.Init`.
    bias : float
        Where biases start.
    preprocess : str
        See `digitile.nn.preprocess.Preprocess`.
    augment : str
        See `digitile.data.augment.Augment`.
    iterations : int
        Steps, at most; 0 for no bound but `epochs`.
    stop_loss : float
        Stop after an epoch whose mean loss is below this; 0 for never.
    validation : int
        Training pictures held out to watch progress; one in six where it is more than half.
    validate_every : int
        Iterations between validations; 0 for once an epoch.
    smoothing : float
        c of the smoothed loss rL ← c·rL + (1 − c)·L.
    calibration : int
        Times that each held-out picture is augmented, beside itself, to fit the model's
        temperature and error rates when training is over; 0 for neither. Of a training on scenes,
        pictures that are drawn for that, and for the trust in lines.
    train_pictures, test_pictures : int
        Pictures drawn at random from each part of the data set; 0 for all.
    scenes : int
        Scenes drawn anew for each epoch, in place of a data set; 0 for a data set. `validation`
        then counts scenes of what is kept apart.
    repeats : int
        Times that each scene is shown in its epoch.
    """

    network: str
    epochs: int
    batch_size: int
    lr: float
    schedule: str = "constant"
    optimiser: str = "sgd"
    momentum: float = 0.0
    weight_decay: float = 0.0
    bias_lr: float = 1.0
    layer_lr: tuple[float, ...] = ()
    clip: float = 0.0
    average: float = 0.0
    init: str = "xavier"
    bias: float = 0.0
    preprocess: str = "scale"
    augment: str = "none"
    iterations: int = 0
    stop_loss: float = 0.0
    validation: int = 0
    validate_every: int = 0
    smoothing: float = 0.99
    calibration: int = 0
    train_pictures: int = 0
    test_pictures: int = 0
    scenes: int = 0
    repeats: int = 1

    def __post_init__(self) -> None:
        """Check every value; `SettingError`, `NotationError` or `ShapeError` says which is off."""
        for name, canonical in _CANONICAL.items():
            object.__setattr__(self, name, canonical(getattr(self, name)))
        if self.preprocess not in KINDS:
            raise SettingError(f"preprocess is {self.preprocess!r}; use one of {', '.join(KINDS)}.")
        for name, (least, below) in _RANGES.items():
            value = getattr(self, name)
            if not (math.isfinite(value) and least <= value < below):
                bound = f" and below {below:g}" if below < math.inf else ""
                raise SettingError(f"{name} is {value:g}, but must be at least {least:g}{bound}.")
        if self.lr == 0 or not all(rate >= 0 and math.isfinite(rate) for rate in self.layer_lr):
            raise SettingError(f"lr is {self.lr:g}, layer_lr {self.layer_lr}: must be above 0.")

    def optimiser_for(self, network: Network) -> Optimiser:
        """Return the optimiser of a network.

        Raises
        ------
        SettingError
            Where the number of layer rates does not fit.
        """
        text = self.optimiser if self.optimiser != "sgd" else call_text("sgd", [self.momentum])
        scale, decay = rates(network, self.weight_decay, self.bias_lr, self.layer_lr)
        return make_optimiser(text, scale, decay, clip=self.clip, average=self.average)

    def override(self, assignments: Iterable[str]) -> "Settings":
        """Return these settings with some replaced.

        Parameters
        ----------
        assignments : iterable of str
            Each ``name=value``; lists as ``1,0.5``.

        Raises
        ------
        SettingError
            For an unknown name, with the nearest known one, or a value of the wrong type.
        """
        types = {f.name: f.type for f in dataclasses.fields(self)}
        changes: dict[str, Any] = {}
        for assignment in assignments:
            name, equals, text = assignment.partition("=")
            name = name.strip()
            if not equals:
                raise SettingError(f"{assignment!r} is not name=value, for example lr=0.02.")
            if name not in types:
                near = difflib.get_close_matches(name, types, n=1, cutoff=0.4)
                hint = f"Did you mean {near[0]}? " if near else ""
                raise SettingError(f"unknown setting {name!r}. {hint}Known: {', '.join(types)}.")
            changes[name] = _read(name, types[name], text.strip())
        return dataclasses.replace(self, **changes)

    @classmethod
    def from_json(cls, values: Any) -> "Settings":
        """Return the settings that `as_json` gave, also an older version's, which knew fewer.

        Raises
        ------
        UsageError
            For anything else.
        """
        known = [f.name for f in dataclasses.fields(cls)]
        if isinstance(values, dict) and (unknown := values.keys() - known):
            raise SettingError(
                f"unknown settings: {', '.join(sorted(map(str, unknown)))}. They may be a newer "
                f"digitile's: update it. Known: {', '.join(known)}."
            )
        fix = "Use a model that digitile train has written."
        return convert(values, cls, error=SettingError, where="settings", fix=fix)

    def as_json(self) -> dict[str, Any]:
        """Return all settings as JSON values."""
        return {**dataclasses.asdict(self), "layer_lr": list(self.layer_lr)}


def _optimiser(text: str) -> str:
    name, numbers = parse_call(text, RULES, "optimiser")
    if name == "sgd" and numbers:
        raise SettingError(f"optimiser is {text}: set optimiser=sgd and momentum={numbers[0]:g}.")
    make_optimiser(text, np.empty(0, np.float32), np.empty(0, np.float32))  # checks the numbers
    return call_text(name, numbers)


_CANONICAL: dict[str, Callable[[str], str]] = {
    "network": lambda text: str(Network.parse(text)),
    "schedule": lambda text: str(Schedule.parse(text)),
    "optimiser": _optimiser,
    "init": lambda text: str(Init.parse(text)),
    "augment": lambda text: str(Augment.parse(text)),
}
"""Notations, brought to their one way of being written."""

_RANGES: dict[str, tuple[float, float]] = {
    "epochs": (1, math.inf),
    "batch_size": (1, 65536),
    "lr": (0, math.inf),
    "momentum": (0, 1),
    "weight_decay": (0, math.inf),
    "bias_lr": (0, math.inf),
    "clip": (0, math.inf),
    "average": (0, 1),
    "bias": (-math.inf, math.inf),
    "iterations": (0, math.inf),
    "stop_loss": (0, math.inf),
    "validation": (0, math.inf),
    "validate_every": (0, math.inf),
    "smoothing": (0, 1),
    "calibration": (0, math.inf),
    "train_pictures": (0, math.inf),
    "test_pictures": (0, math.inf),
    "scenes": (0, math.inf),
    "repeats": (1, math.inf),
}
"""For each number, its least value and the value it stays below."""


def _read(name: str, type_: Any, text: str) -> Any:
    try:
        if type_ is str:
            return text
        if type_ is int:
            return int(text)
        if type_ is float:
            return float(text)
        return tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError:
        kind = {int: "a whole number", float: "a number"}.get(type_, "numbers with commas between")
        raise SettingError(f"{name}={text}: {name} takes {kind}.") from None
