"""Curves of any trainings."""

import re
from collections.abc import Sequence
from functools import reduce

import numpy as np

from digitile.errors import DataError
from digitile.inspect.drawing import Figure, draw_band, log_axis, new_figure, style
from digitile.inspect.history import METRICS, MetricCurve


def without_seed(name: str) -> str:
    """Return a run's name without its seed: what runs of one setting share."""
    return re.sub(r"[-_. ]?seed[-_]?\d+", "", name) or name


def draw_curves(
    curves: Sequence[MetricCurve], metric: str, *, log: bool = False, band: bool = False
) -> Figure:
    """Draw one metric of several trainings against their iterations.

    Raises `DataError` where runs of one band have no iteration in common.

    Parameters
    ----------
    metric : str
        A key of `METRICS`.
    log : bool
        Whether the metric's axis is logarithmic.
    band : bool
        Whether runs whose names differ in the seed only are drawn as mean ± standard deviation, at
        the iterations that all of them have.
    """
    groups: dict[str, list[MetricCurve]] = {}
    for number, curve in enumerate(curves):
        key = without_seed(curve.name) if band else f"{number}"
        groups.setdefault(key, []).append(curve)
    with style():
        figure = new_figure()
        axes = figure.subplots()
        for index, (name, group) in enumerate(groups.items()):
            x = reduce(np.intersect1d, [curve.x for curve in group])
            if not x.size:
                raise DataError(f"the runs {name!r} have no iteration in common: no mean.")
            runs = [curve.y[np.isin(curve.x, x)] for curve in group]
            label = f"{name} (mean ± sd of {len(group)})" if len(group) > 1 else group[0].name
            draw_band(axes, x, runs, label, index, log=log, marker="." if x.size < 40 else None)
        if log:
            log_axis(axes, "y")
        axes.set_xlabel("iteration")
        axes.set_ylabel(METRICS[metric])
        axes.legend()
    return figure
