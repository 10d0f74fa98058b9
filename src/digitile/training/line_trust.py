"""How far a reader's lines can be trusted: measured on drawn ones, and kept in the model.

Three things, one after the other, on writers, fonts and scripts that are kept apart:

1. T, for the probabilities of the network's classes, so that true texts are likeliest (Guo et al.
   2017, §4.2; the focal loss leaves them too low);
2. a logistic regression of whether a line is right, on how likely its text is, its length and the
   height of its digits (`digitile.model.LineTrust`; Platt 1999 has the first of these alone);
3. the table of error rates by confidence, of all lines that were read, those that are none as well.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitile.errors import TrainingError
from digitile.model import LineTrust, Model, tempered
from digitile.reader.align import align, best_aligned, lines_of
from digitile.reader.candidates import Candidates
from digitile.reader.gray import to_gray
from digitile.reader.trust import CERTAIN, line_confidence
from digitile.training.calibration import CONFIDENCES
from digitile.training.lines import Bench, LineResult, in_processes, read_drawn

LENGTHS = (1, 12)
"""Digits of the numbers that trust is measured on."""

SEED = 1
"""Of the pictures that trust is measured on; those of an evaluation are others."""

SHARE = 0.2
"""Pictures that T is fitted on, of those that trust is measured on."""

SLIP = 1e-5
"""A text that the candidates hardly allow is no less likely than this: such lines have lost a
digit, which no temperature brings back."""

FEWEST = 30
"""Lines that are right and lines that are wrong: with fewer of either, nothing can be fitted."""


def calibrated(
    model: Model,
    folder: Path,
    count: int,
    *,
    engine: str,
    processes: int,
    on_progress: Callable[[float], None],
) -> Model:
    """Return a model that sees pages, with its temperature, its trust in lines and error rates.

    Parameters
    ----------
    model : Model
    folder : Path
        Where data sets are kept.
    count : int
        Pictures to measure on.
    engine : str
    processes : int
        That draw and read; without influence on the result.
    on_progress : callable
        Called with the share of the work that is done.

    Raises
    ------
    DataError
        Where what scenes are drawn from is missing or broken.
    TrainingError
        Where fewer than `FEWEST` lines are right, or wrong.
    """
    bare = replace(model, temperature=1.0, line_trust=None, error_rates=())
    first = range(round(SHARE * count))
    known = in_processes(
        _Aligning,
        (bare, folder, engine, SEED, LENGTHS),
        first,
        processes,
        lambda share: on_progress(SHARE * share),
    )
    temperature = fit_temperature([line for lines in known for line in lines])
    own = replace(bare, temperature=temperature)
    results = read_drawn(
        own,
        folder,
        count,
        seed=SEED,
        lengths=LENGTHS,
        engine=engine,
        processes=processes,
        on_progress=lambda share: on_progress(SHARE + (1 - SHARE) * share),
    )
    read = [line for line in results if line.text is not None]
    own = replace(own, line_trust=fit_trust(read))
    return replace(own, error_rates=error_rates(own, read, sum(one.right for one in read)))


class Known(NamedTuple):
    """The candidates of a line, and the text that is written there."""

    line: Candidates
    text: str


class _Aligning(Bench):
    """Finds the candidates of drawn lines, in a process of its own."""

    def __call__(self, numbers: Sequence[int]) -> list[list[Known]]:
        return [self._known(number) for number in numbers]

    def _known(self, number: int) -> list[Known]:
        drawn = self.draw(number)
        texts = [] if drawn.scene is None else [line.text for line in drawn.scene.lines]
        if not texts:
            return []
        gray = to_gray(drawn.picture[:, :, None])
        lines = [seen.line for seen in lines_of(gray, self.sight)]
        found = [(best_aligned(lines, text), text) for text in texts]
        return [Known(lines[best[0]], text) for best, text in found if best is not None]


def fit_temperature(known: Sequence[Known]) -> float:
    """Return the T that makes the texts of lines likeliest.

    Parameters
    ----------
    known : sequence of Known
        Probabilities at T = 1.

    Returns
    -------
    float
        0.2 to 5, to three digits; 1 without lines.
    """
    from scipy.optimize import minimize_scalar

    def loss(log_t: float) -> float:
        losses = [_unlikely(one, float(np.exp(log_t))) for one in known]
        return float(np.mean(losses))

    if not known:
        return 1.0
    bounds = np.log(0.2), np.log(5)
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 5e-3})
    return float(f"{np.exp(found.x):.3g}")


def _unlikely(known: Known, temperature: float) -> float:
    """Return −ln of how likely a text is, `SLIP` at least."""
    p = tempered(known.line.p, temperature).astype(np.float64)
    found = align(known.line._replace(p=p), known.text)
    assert found is not None  # what can be aligned can be at any temperature
    return -float(np.log(SLIP + (1 - SLIP) * np.exp(found.log_p)))


def fit_trust(read: Sequence[LineResult]) -> LineTrust:
    """Return the regression of whether lines are right; confidences are probabilities of texts.

    Raises
    ------
    TrainingError
        Where fewer than `FEWEST` lines are right, or wrong.
    """
    from sklearn.linear_model import LogisticRegression

    right = np.array([one.right for one in read])
    if min(right.sum(), (~right).sum()) < FEWEST:
        raise TrainingError(
            f"{right.sum()} of the {len(right)} lines that were read are right, but trust wants "
            f"{FEWEST} that are and as many that are not. Measure on more pictures."
        )
    x = features(read)
    fitted = LogisticRegression(C=100.0, max_iter=1000).fit(x, right)
    bias, logit, length, size = (
        float(f"{value:.5g}") for value in (fitted.intercept_[0], *fitted.coef_[0])
    )
    digits, heights = (np.exp(x[:, place]) for place in (1, 2))
    return LineTrust(
        bias,
        logit,
        length,
        size,
        most_digits=round(float(np.percentile(digits, 99))),
        least_height=round(float(np.percentile(heights, 1)), 1),
        most_height=round(float(np.percentile(heights, 99)), 1),
    )


def features(read: Sequence[LineResult]) -> NDArray[np.float64]:
    """Return ln(p/(1 − p)), ln of the digits and ln of their height of each line, n×3."""
    p = np.clip([one.confidence for one in read], CERTAIN, 1 - CERTAIN)
    digits = np.log([one.digits for one in read])
    heights = np.log([max(one.height, 1.0) for one in read])
    return np.stack([np.log(p / (1 - p)), digits, heights], axis=1)


def error_rates(
    model: Model, read: Sequence[LineResult], all_right: int
) -> tuple[tuple[float, float, float], ...]:
    """Return the table of `Model.error_rates`, a row for each of `CONFIDENCES`.

    As in `digitile.training.calibration`, one error more is counted than was seen.
    """
    p = [line_confidence(model, one.confidence, one.digits, one.height) for one in read]
    confidences, right = np.array(p), np.array([one.right for one in read])
    rows = []
    for least in CONFIDENCES:
        accepted = confidences >= least
        kept = int(right[accepted].sum())
        wrong = int(accepted.sum()) - kept
        error = (wrong + 1) / (int(accepted.sum()) + 1)
        rows.append((least, round(error, 6), round(kept / max(1, all_right), 6)))
    return tuple(rows)
