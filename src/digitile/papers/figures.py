"""The papers' figures, drawn anew from results.

Arms are lines or points of their own colour; a band or a bar is ± the standard deviation over the
seeds, a small point one seed, a diamond the value that the paper claims.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from digitile.inspect.drawing import (
    Axes,
    Figure,
    Numbers,
    draw_band,
    line_style,
    log_axis,
    new_figure,
    plain,
    style,
)
from digitile.papers.experiment import Arm, ClaimedValue, Experiment, Panel
from digitile.papers.experiment import Figure as Shape
from digitile.papers.numbers import describe, statistic
from digitile.papers.results import ArmResult, Results, Run

CURVES = {
    "smoothed": ("loss, smoothed", 1),
    "epoch_loss": ("mean loss of the epoch", 1),
    "train_error": ("training error, %", 100),
    "validation_error": ("error on held-out pictures, %", 100),
}
"""What a curve's axis says, and what its values are multiplied by."""

RESTING = ("saturated", "dead")
"""What is watched of units through which hardly any error comes back."""


@dataclass(frozen=True)
class _Measured:
    """An arm that has runs, with its place in its panel."""

    index: int
    arm: Arm
    result: ArmResult


def draw(experiment: Experiment, results: Results) -> Figure | None:
    """Draw an experiment's figure from its results.

    Returns
    -------
    Figure or None
        None where nothing was measured.
    """
    panels = [(panel, list(_measured(panel, results))) for panel in experiment.panels]
    panels = [(panel, measured) for panel, measured in panels if measured]
    if not panels:
        return None
    with style():
        return _DRAWN_BY[experiment.figure.kind](experiment, panels)


_Panels = list[tuple[Panel, list[_Measured]]]


def _measured(panel: Panel, results: Results) -> Iterator[_Measured]:
    for index, arm in enumerate(panel.arms):
        result = results.arm(arm.name)
        if result is not None and result.runs:
            yield _Measured(index, arm, result)


def _grid(
    rows: int, columns: int, heights: list[float], *, one_scale: bool = False
) -> tuple[Figure, list[list[Axes]]]:
    figure = new_figure(7.0 if columns == 1 else 4.7 * columns, sum(heights))
    axes = figure.subplots(
        rows, columns, squeeze=False, height_ratios=heights, sharex="col" if one_scale else False
    )
    return figure, [list(row) for row in axes]


def _title(axes: Axes, panel: Panel, panels: _Panels) -> None:
    if len(panels) > 1:
        axes.set_title(plain(panel.title.en), loc="left")


def _curves(experiment: Experiment, panels: _Panels) -> Figure:
    """Draw a row for each panel and a column for each measure, or panels by twos where it is one.

    One measure leaves room for two panels in a row.
    """
    shape = experiment.figure
    columns = min(2, len(panels)) if len(shape.measure) == 1 else len(shape.measure)
    pairs = [(panel, measured, name) for panel, measured in panels for name in shape.measure]
    rows = -(-len(pairs) // columns)
    figure, grid = _grid(rows, columns, [3.4] * rows)
    cells = [axes for row in grid for axes in row]
    for (panel, measured, name), axes in zip(pairs, cells, strict=False):
        label, scale = CURVES[name]
        for each in measured:
            _curve(axes, each, name, scale, shape)
        if shape.log:
            log_axis(axes, "y")
        axes.set_xlabel({"samples": "pictures seen"}.get(shape.x, shape.x))
        axes.set_ylabel(label)
        _title(axes, panel, panels)
        if axes.lines and name == shape.measure[0]:
            axes.legend()
    for axes in cells[len(pairs) :]:
        axes.set_axis_off()
    return figure


def _curve(axes: Axes, each: _Measured, measure: str, scale: float, shape: Shape) -> None:
    """Draw one arm's mean and band as far as all its runs reach; diverged ones count if all are."""
    drawn = [run for run in each.result.runs if measure in run.curves and run.curves[measure].x]
    if not drawn:
        return
    alive = [run for run in drawn if not run.values.get("diverged")]
    runs = [run.curves[measure] for run in alive or drawn]
    lost = len(drawn) - len(alive)
    label = each.arm.label.en + (f" ({lost} of {len(drawn)} diverged)" if lost else "")
    first, last = max(curve.x[0] for curve in runs), min(curve.x[-1] for curve in runs)
    places = np.unique(np.concatenate([curve.x for curve in runs]))
    places = places[(places >= first) & (places <= last)]
    values = [scale * np.interp(places, curve.x, curve.y) for curve in runs]
    unit = {
        "epoch": 1 / max(each.result.per_epoch, 1),
        "samples": each.result.batch_size,
    }.get(shape.x, 1)
    marker = "." if len(places) < 40 else None
    draw_band(axes, places * unit, values, label, each.index, log=shape.log, marker=marker)


def _bars(experiment: Experiment, panels: _Panels) -> Figure:
    names = experiment.figure.measure
    heights = [0.9 + 0.36 * len(measured) for _, measured in panels]
    figure, grid = _grid(len(panels), len(names), heights, one_scale=True)
    for (panel, measured), row in zip(panels, grid, strict=True):
        for name, axes in zip(names, row, strict=True):
            for place, each in enumerate(measured):
                _point(axes, place, each, name, experiment)
            number = describe(name)
            axes.set_yticks(range(len(measured)), [plain(each.arm.label.en) for each in measured])
            axes.set_ylim(len(measured) - 0.5, -0.7)
            axes.set_xlabel(f"{number.label.en}, %" if number.percent else number.label.en)
            axes.tick_params(labelbottom=True)
            axes.margins(x=0.12)
            if experiment.figure.log:
                log_axis(axes, "x")
            _title(axes, panel, panels)
        for axes in row[1:]:
            axes.set_yticklabels([])
    return figure


def _point(axes: Axes, place: int, each: _Measured, name: str, experiment: Experiment) -> None:
    """Draw one arm's mean, deviation and seeds, and what the paper claims of it."""
    number, found = describe(name), statistic(each.result, name)
    scale = 100 if number.percent else 1
    colour = line_style(each.index)["color"]
    if found is not None:
        seeds = scale * np.array(list(found.values.values()))
        axes.plot(seeds, np.full(len(seeds), place), ".", color=colour, alpha=0.45, markersize=5)
        axes.errorbar(
            scale * found.mean, place, xerr=scale * found.std, fmt="o", color=colour, capsize=4
        )
        text = found.show(number)
        axes.annotate(
            text, (scale * found.mean, place), (0, 7), textcoords="offset points", ha="center"
        )
    for claim in experiment.claims:
        check = claim.check
        if isinstance(check, ClaimedValue) and (check.arm, check.number) == (each.arm.name, name):
            axes.plot(scale * check.value, place, "D", color="black", fillstyle="none")


def _functions(_experiment: Experiment, panels: _Panels) -> Figure:
    figure, grid = _grid(len(panels), 2, [3.4] * len(panels))
    for (panel, measured), row in zip(panels, grid, strict=True):
        for name, label, axes in zip(("f", "df"), ("f(x)", "f ′(x)"), row, strict=True):
            for each in measured:
                curve = each.result.runs[0].curves[name]
                axes.plot(
                    curve.x, curve.y, label=plain(each.arm.label.en), **line_style(each.index)
                )
            axes.axhline(0, color="#888888", linewidth=0.7)
            axes.axvline(0, color="#888888", linewidth=0.7)
            axes.set_xlabel("x")
            axes.set_ylabel(label)
            _title(axes, panel, panels)
        row[0].legend()
    return figure


def _layers(_experiment: Experiment, panels: _Panels) -> Figure:
    """Draw a row for each arm: gradients, and units at rest; a line for each layer."""
    arms = [(panel, each) for panel, measured in panels for each in measured]
    figure, grid = _grid(len(arms), 2, [2.2] * len(arms))
    for (panel, each), (left, right) in zip(arms, grid, strict=True):
        log_axis(left, "y")
        for index, layer in enumerate(_watched(each.result.runs[0], "gradient")):
            _layer(left, each.result, f"gradient/{layer}", layer, index, 1)
        left.set_ylabel("gradient norm ‖dw‖")
        title = each.arm.label.en if len(panels) == 1 else f"{panel.title.en}: {each.arm.label.en}"
        left.set_title(plain(title), loc="left")
        resting = [
            (kind, layer) for kind in RESTING for layer in _watched(each.result.runs[0], kind)
        ]
        for index, (kind, layer) in enumerate(resting):
            _layer(right, each.result, f"{kind}/{layer}", f"{layer}, {kind}", index, 100)
        right.set_ylim(-3, 103)
        right.set_ylabel("units at rest, %")
        for axes in (left, right):
            axes.set_xlabel("iteration")
            if axes.lines:
                axes.legend()
        if not resting:
            right.set_axis_off()
    return figure


def _watched(run: Run, kind: str) -> list[str]:
    return [name.partition("/")[2] for name in run.curves if name.startswith(f"{kind}/")]


def _layer(axes: Axes, result: ArmResult, name: str, label: str, index: int, scale: float) -> None:
    runs = [run.curves[name] for run in result.runs if name in run.curves]
    places: Numbers = np.array(sorted(set.intersection(*[set(curve.x) for curve in runs])))
    values = [scale * np.interp(places, curve.x, curve.y) for curve in runs]
    draw_band(axes, places, values, label, index, log=axes.get_yscale() == "log")


_DRAWN_BY: dict[str, Callable[[Experiment, _Panels], Figure]] = {
    "curves": _curves,
    "bars": _bars,
    "functions": _functions,
    "layers": _layers,
}
