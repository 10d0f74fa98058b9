"""How far a reader's lines can be trusted: measured on drawn ones, and kept in the model.

Three things, one after the other, on writers, fonts and scripts that are kept apart:

1. T, for the probabilities of the network's classes, and how much less likely "no digit" is in a
   line than on a page at large, so that true texts are likeliest (Guo et al. 2017, §4.2; Saerens,
   Latinne and Decaestecker 2002);
2. a logistic regression of whether a line is right, on its `Evidence` (`digitile.model.LineTrust`;
   Platt 1999 has how likely it is alone);
3. the table of error rates by confidence, of all lines that were read, those that are none as well.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from digitile.data import default_folder
from digitile.engines import check_engine
from digitile.errors import TrainingError
from digitile.extras import require
from digitile.model import LineTrust, Model, tempered
from digitile.parallel.worker import Link, ignore
from digitile.processors import processors
from digitile.reader.candidates import Candidates
from digitile.reader.gray import to_gray
from digitile.reader.sight import check_model
from digitile.reader.trust import features, line_confidence
from digitile.training.align import align, best_aligned, lines_of
from digitile.training.calibration import error_rates
from digitile.training.lines import Bench, LineResult, drawable, in_processes, kind_of, read_drawn

LENGTHS = (1, 12)
"""Digits of the numbers that trust is measured on."""

SEED = 1
"""Of the pictures that trust is measured on; those of an evaluation are others."""

SHARE = 0.2
"""Pictures that T is fitted on, of those that trust is measured on."""

SLIP = 1e-5
"""A text that the candidates hardly allow is no less likely than this: such lines have lost a
digit, which no temperature brings back."""

UNTRAINED = LineTrust(0, 0, 1, 0, 0, 0, 0, 0, most_digits=1, least_height=1.0, most_height=1.0)
"""Before the regression: a line is as likely right as its text is likely."""

FEWEST = 30
"""Lines that are right and lines that are wrong: with fewer of either, nothing can be fitted."""


def calibrate(
    model: Model,
    folder: str | PathLike[str] | None = None,
    count: int = 3000,
    *,
    engine: str = "tile",
    processes: int | None = None,
    on_progress: Callable[[float], None] = ignore,
) -> Model:
    """Return a model that sees pages, with its temperature, its trust in lines and error rates.

    Raises `UsageError` for a model that does not see pages, and where the extra ``train`` is not
    installed; `DataError` where what scenes are drawn from is missing or broken; `TrainingError`
    where fewer than `FEWEST` lines are right, or wrong.

    Parameters
    ----------
    folder : path-like, optional
        Where data sets are kept; `default_folder` if not given.
    count : int
        Pictures to measure on; the model's ``about["trust"]`` says how many.
    processes : int, optional
        That draw and read, by default one for each processor; without influence on the result.
    on_progress : callable
        Called with the share of the work that is done.
    """
    check_model(model)
    check_engine(engine)
    require("train", "scipy", "sklearn")
    folder = default_folder() if folder is None else Path(folder)
    processes = processes or processors()
    about = {**model.about, "trust": {"pictures": count}}
    bare = replace(model, about=about, temperature=1.0, line_trust=None, error_rates=())
    # CIFAR-10 is for evaluations alone: trust must not depend on whether it is there
    numbers = [number for number in drawable(folder, count) if kind_of(number) != "cifar"]
    first = numbers[: round(SHARE * len(numbers))]
    known = in_processes(
        _Aligning,
        (bare, folder, engine, SEED, LENGTHS),
        first,
        processes,
        lambda share: on_progress(SHARE * share),
    )
    temperature, missed = fit_temperature([line for lines in known for line in lines])
    first_trust = msgspec.structs.replace(UNTRAINED, missed=missed)
    own = replace(bare, temperature=temperature, line_trust=first_trust)
    results = read_drawn(
        own,
        folder,
        numbers,
        seed=SEED,
        lengths=LENGTHS,
        engine=engine,
        processes=processes,
        on_progress=lambda share: on_progress(SHARE + (1 - SHARE) * share),
    )
    read = [line for line in results if line.text is not None]
    own = replace(own, line_trust=fit_trust(read, missed))
    p = [line_confidence(own, one.evidence) for one in read if one.evidence is not None]
    right = np.array([one.right for one in read])
    return replace(own, error_rates=error_rates(np.array(p), right))


class Known(NamedTuple):
    """The candidates of a line, and the text that is written there."""

    line: Candidates
    text: str


class _Aligning(Bench):
    """Finds the candidates of drawn lines, in a process of its own."""

    def __call__(self, number: int, _link: Link) -> list[Known]:
        drawn = self.draw(number)
        texts = [] if drawn.scene is None else [line.text for line in drawn.scene.lines]
        if not texts:
            return []
        gray = to_gray(drawn.picture[:, :, None])
        lines = [seen.line for seen in lines_of(gray, self.sight)]
        found = [(best_aligned(lines, text), text) for text in texts]
        return [Known(lines[best[0]], text) for best, text in found if best is not None]


def fit_temperature(known: Sequence[Known]) -> tuple[float, float]:
    """Return the T and `LineTrust.missed` that make the texts of lines likeliest.

    Parameters
    ----------
    known : sequence of Known
        Probabilities at T = 1.

    Returns
    -------
    float
        0.2 to 5, to three digits; 1 without lines.
    float
        −5 to 5; 0 without lines.
    """
    from scipy.optimize import minimize

    def loss(given: NDArray[np.float64]) -> float:
        return float(np.mean([_unlikely(one, float(np.exp(given[0])), given[1]) for one in known]))

    if not known:
        return 1.0, 0.0
    bounds = [(np.log(0.2), np.log(5)), (-5, 5)]
    start = [np.array(point, np.float64) for point in ((0, 0), (0.3, 0), (0, 0.5))]
    options = {"initial_simplex": start, "xatol": 0.01, "fatol": 1e-4}
    found = minimize(loss, start[0], method="Nelder-Mead", bounds=bounds, options=options).x
    return float(f"{np.exp(found[0]):.3g}"), float(f"{found[1]:.3g}")


def _unlikely(known: Known, temperature: float, missed: float) -> float:
    """Return −ln of how likely a text is, `SLIP` at least."""
    p = tempered(known.line.p, temperature).astype(np.float64)
    found = align(known.line._replace(p=p).expected(missed), known.text)
    assert found is not None  # what can be aligned can be at any temperature
    return -float(np.log(SLIP + (1 - SLIP) * np.exp(found.log_p)))


def fit_trust(read: Sequence[LineResult], missed: float) -> LineTrust:
    """Return the regression of whether lines are right.

    Raises `TrainingError` where fewer than `FEWEST` lines are right, or wrong.
    """
    from sklearn.linear_model import LogisticRegression

    right = np.array([one.right for one in read])
    if min(right.sum(), (~right).sum()) < FEWEST:
        raise TrainingError(
            f"{right.sum()} of the {len(right)} lines that were read are right, but trust wants "
            f"{FEWEST} that are and as many that are not. Measure on more pictures."
        )
    x = np.array([features(one.evidence) for one in read if one.evidence is not None])
    fitted = LogisticRegression(C=100.0, max_iter=1000).fit(x, right)
    bias, *weights = (float(f"{value:.5g}") for value in (*fitted.intercept_, *fitted.coef_[0]))
    text, weakest, length, size, alone, left = weights
    digits = [one.digits for one in read]
    heights = [one.height for one in read]
    return LineTrust(
        missed,
        bias,
        text,
        weakest,
        length,
        size,
        alone,
        left,
        most_digits=round(float(np.percentile(digits, 99))),
        least_height=round(float(np.percentile(heights, 1)), 1),
        most_height=round(float(np.percentile(heights, 99)), 1),
    )
