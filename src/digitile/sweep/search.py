"""Settings that a search asks for: each from what the ones before it showed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from digitile.extras import extra
from digitile.sweep.grid import Axis, Choices, Overrides

with extra("sweep"):
    import optuna


@dataclass(frozen=True)
class Tpe:
    """A search by the tree-structured Parzen estimator (Bergstra et al. 2011), Optuna's."""

    trials: int = 20  # Settings, in all. The first ten are drawn at random.
    # settings asked for together, and tried side by side: part of what is searched, so that the
    # machine's size is not
    at_once: int = 4
    seed: int = 0  # of the search; the same seed, the same settings, by the same version of Optuna


def search(
    tpe: Tpe,
    axes: Sequence[Axis],
    evaluate: Callable[[list[Overrides]], list[float] | None],
) -> None:
    """Ask for settings and have them evaluated.

    Nothing is written down: a search that is repeated asks for the same settings, whose runs are
    kept, and so goes on where it was.

    Parameters
    ----------
    evaluate : callable
        Returns how good each of several settings is; None ends the search.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=tpe.seed)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    space = {axis.name: _distribution(axis) for axis in axes}
    for first in range(0, tpe.trials, tpe.at_once):
        asked = [study.ask(space) for _ in range(min(tpe.at_once, tpe.trials - first))]
        scores = evaluate([tuple(f"{k}={v}" for k, v in trial.params.items()) for trial in asked])
        if scores is None:
            return
        for trial, score in zip(asked, scores, strict=True):
            study.tell(trial, score)


def _distribution(axis: Axis) -> Any:
    if isinstance(axis, Choices):
        return optuna.distributions.CategoricalDistribution(axis.values)
    if axis.whole:
        return optuna.distributions.IntDistribution(int(axis.low), int(axis.high), log=axis.log)
    return optuna.distributions.FloatDistribution(axis.low, axis.high, log=axis.log)
