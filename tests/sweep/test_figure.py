"""A sweep's picture: what is drawn where."""

import pytest

from digitile.sweep.figure import draw_sweep
from digitile.sweep.grid import read_grid
from digitile.sweep.sweep import Swept, Tried
from tests.sweep.test_sweep import REQUEST, diverged, run


def test_points_of_each_setting() -> None:
    grid = read_grid(["lr=0.01,0.1,1", "schedule=constant,half-life(3)", "epochs=2"])
    tried = [
        Tried(point, 100, [run(0, 0.1 * k), run(1, 0.1 * k + 0.02)], [])
        for k, point in enumerate(grid.points())
    ]
    tried[5] = Tried(tried[5].overrides, 100, [diverged(0)], [])
    swept = Swept(REQUEST, grid, "digits", tried, True)
    figure = draw_sweep(swept)
    assert figure is not None
    rate, schedule = figure.axes
    assert rate.get_xscale() == "log"
    assert [axes.get_xlabel() for axes in (rate, schedule)] == ["lr", "schedule"]
    assert [tick.get_text() for tick in schedule.get_xticklabels()] == ["constant", "half-life(3)"]
    places = [tuple(each.lines[0].get_xydata()[0]) for each in rate.containers]
    assert places == [
        pytest.approx((lr, 100 - 10 * k - 1)) for k, lr in enumerate((0.01, 0.01, 0.1, 0.1, 1))
    ]
    assert swept.chosen is tried[0]
    marks = [each.lines[0].get_marker() for each in rate.containers]
    assert marks == ["D", "o", "o", "o", "o"]


def test_nothing_to_draw() -> None:
    grid = read_grid(["lr=0.01"])
    tried = [Tried(("lr=0.01",), 100, [run(0, 0.1)], [])]
    assert draw_sweep(Swept(REQUEST, grid, "digits", tried, True)) is None
    grid = read_grid(["lr=1,2"])
    assert draw_sweep(Swept(REQUEST, grid, "digits", [], False)) is None
