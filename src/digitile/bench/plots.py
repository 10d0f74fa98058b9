"""Pictures of what was measured, by matplotlib: bars, lines over an axis, the roofline."""

from collections.abc import Sequence
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from digitile.bench.measure import Axis, Timing
from digitile.errors import UsageError
from digitile.extras import require

FORMATS = (".png", ".svg")
TASKS = {"train": "training", "infer": "prediction", "latency": "one picture"}
COLOURS = {
    "tile": "#c1272d",
    "torch": "#1f77b4",
    "torch channels_last": "#5aa0d0",
    "torch compile": "#0b3c5d",
    "torch compile channels_last": "#9cc3e0",
    "jax jit": "#2e8b57",
    "onnxruntime": "#8a8a8a",
}


def check(path: str | PathLike[str]) -> None:
    """Raise `UsageError` unless a picture can be drawn into this file; asked before measuring."""
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        raise UsageError(f"cannot draw {path}: give a file that ends in .svg or .png.")
    if not path.parent.is_dir():
        raise UsageError(f"cannot write {path}: there is no folder {path.parent}. Make it first.")
    require("figures", "matplotlib")


def draw(
    rows: Sequence[Timing], axis: Axis | None, peak: float, bandwidth: float, suffix: str
) -> bytes:
    """Return a picture of the rows.

    Parameters
    ----------
    axis : {"batch", "threads", "width"} or None
        What the rows go over, for lines; None for bars, task by task, above the roofline.
    peak : float
        GFLOP/s.
    bandwidth : float
        GB/s.
    suffix : str
        One of `FORMATS`.
    """
    from matplotlib.figure import Figure

    names = list(dict.fromkeys(row.recipe for row in rows))
    tasks = [] if axis else list(dict.fromkeys(row.task for row in rows))
    columns, heights = max(1, len(names)), [3.6] if axis else [*[2.2] * len(tasks), 4.0]
    size = (max(6.4, 2.8 * columns), sum(heights) + 0.6)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.add_gridspec(len(heights), columns, height_ratios=heights)
    for column, name in enumerate(names):
        own = [row for row in rows if row.recipe == name]
        if axis:
            _lines(figure.add_subplot(grid[0, column]), own, axis)
        for row in own if not axis else []:
            _bars(figure.add_subplot(grid[tasks.index(row.task), column]), row)
    if not axis:
        _roofline(figure.add_subplot(grid[-1, :]), rows, peak, bandwidth)
    _legend(figure, rows)
    file = BytesIO()
    figure.savefig(file, format=suffix.lower()[1:], dpi=150)
    return file.getvalue()


def _bars(axes: Any, row: Timing) -> None:
    """Draw images a second of each engine, lengths from least to most as its error bar."""
    for at, (name, rates) in enumerate(row.images_per_second.items()):
        spread = [[rates.median - rates.min], [rates.max - rates.median]]
        axes.barh(-at, rates.median, color=COLOURS[name], xerr=spread, error_kw={"lw": 0.8})
        ratio = f"  {row.ratio:.2f}×" if name == "tile" and row.ratio is not None else ""
        axes.text(rates.max, -at, f" {rates.median:,.0f}{ratio}", va="center", fontsize=7)
    axes.set_title(f"{row.recipe}, {TASKS[row.task]}, batch {row.batch}", fontsize=8)
    axes.set_yticks([])
    axes.set_ylim(0.6 - max(4, len(row.images_per_second)), 0.6)
    axes.set_xlim(0, 1.5 * max(rates.max for rates in row.images_per_second.values()))
    axes.locator_params(axis="x", nbins=4)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.tick_params(labelsize=6)
    axes.set_xlabel("images/s", fontsize=7)


def _lines(axes: Any, rows: Sequence[Timing], axis: Axis) -> None:
    """Draw images a second over the axis, and the band from least to most."""
    for name in dict.fromkeys(name for row in rows for name in row.images_per_second):
        own = [row for row in rows if name in row.images_per_second]
        x = [getattr(row, axis) for row in own]
        rates = [row.images_per_second[name] for row in own]
        axes.plot(x, [r.median for r in rates], "o-", ms=3, color=COLOURS[name])
        band = ([r.min for r in rates], [r.max for r in rates])
        axes.fill_between(x, *band, color=COLOURS[name], alpha=0.2, lw=0)
    fixed = {"batch": f"{rows[0].threads} threads"}.get(axis, f"batch {rows[0].batch}")
    axes.set_title(f"{rows[0].recipe}, training, {fixed}", fontsize=8)
    x = sorted({getattr(row, axis) for row in rows})
    axes.set_xscale("log", base=2)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.tick_params(labelsize=6)
    axes.set_xticks(x, [f"{'×' if axis == 'width' else ''}{value}" for value in x])
    axes.set_xlabel({"batch": "pictures in a batch"}.get(axis, axis), fontsize=7)
    axes.set_ylabel("images/s", fontsize=7)


def _roofline(axes: Any, rows: Sequence[Timing], peak: float, bandwidth: float) -> None:
    """Draw GFLOP/s over FLOP per byte under what registers and memory allow."""
    shown = [row for row in rows if row.task in ("train", "infer")]
    ridge = peak / bandwidth
    reach = [ridge, *(row.flops_per_byte for row in shown)]
    x = np.geomspace(min(reach) / 4, max(reach) * 4, 200)
    axes.plot(x, np.minimum(peak, bandwidth * x), color="black", lw=1)
    axes.text(x[-1], peak, f"FMA peak {peak:,.0f} GFLOP/s", va="bottom", ha="right", fontsize=7)
    axes.text(x[0], bandwidth * x[0], f"  memory {bandwidth:,.0f} GB/s", va="top", fontsize=7)
    for row in shown:
        filled = COLOURS["tile"] if row.task == "train" else "none"
        axes.plot(row.flops_per_byte, row.gflops, "o", mfc=filled, mec=COLOURS["tile"])
        label = f"  {row.recipe}, {TASKS[row.task]}, batch {row.batch}"
        axes.text(row.flops_per_byte, row.gflops, label, va="center", fontsize=6)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log", base=2)
    axes.xaxis.set_major_formatter("{x:,g}")
    axes.yaxis.set_major_formatter("{x:,g}")
    axes.tick_params(labelsize=6)
    axes.set_xlabel("FLOP per byte that has to move, each value once", fontsize=7)
    axes.set_ylabel("effective GFLOP/s of the tile engine", fontsize=7)


def _legend(figure: Any, rows: Sequence[Timing]) -> None:
    from matplotlib.patches import Patch

    names = dict.fromkeys(name for row in rows for name in row.images_per_second)
    if len(names) > 1:
        handles = [Patch(color=COLOURS[name], label=name) for name in names]
        figure.legend(handles=handles, loc="outside lower center", ncols=4, fontsize=7)
