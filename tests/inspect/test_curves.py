"""The figure holds the runs' own numbers."""

from xml.etree import ElementTree

import numpy as np
import pytest

from digitile.errors import DataError
from digitile.inspect.curves import draw_curves, without_seed
from digitile.inspect.drawing import save
from digitile.inspect.history import MetricCurve


def curve(name: str, y: list[float], start: int = 1) -> MetricCurve:
    return MetricCurve(name, np.arange(start, start + len(y)), np.array(y))


SEEDS = [curve("a-seed0", [3.0, 2.0, 1.0]), curve("a-seed1", [5.0, 2.0, 2.0])]


def test_each_run_is_a_line() -> None:
    axes = draw_curves(SEEDS, "loss").axes[0]
    assert [line.get_ydata().tolist() for line in axes.lines] == [[3, 2, 1], [5, 2, 2]]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a-seed0", "a-seed1"]


def test_seeds_make_a_band() -> None:
    axes = draw_curves([*SEEDS, curve("b", [1.0])], "loss", band=True).axes[0]
    assert [line.get_ydata().tolist() for line in axes.lines] == [[4, 2, 1.5], [1]]
    (band,) = axes.collections
    edges = band.get_paths()[0].vertices
    # standard deviations of (3, 5), (2, 2), (1, 2): √2, 0, √½
    assert edges[:, 1].max() == pytest.approx(4 + np.sqrt(2))
    assert edges[:, 1].min() == pytest.approx(1.5 - np.sqrt(0.5))


def test_a_band_needs_a_common_iteration() -> None:
    with pytest.raises(DataError, match="no iteration in common"):
        draw_curves([curve("a-seed0", [1.0]), curve("a-seed1", [1.0], 7)], "loss", band=True)


def test_the_same_curves_give_the_same_bytes() -> None:
    for kind in ("svg", "png"):
        assert save(draw_curves(SEEDS, "lr"), kind) == save(draw_curves(SEEDS, "lr"), kind)


def test_any_name_can_be_drawn() -> None:
    name = '_a$\\bad$ 数字<b> 0.12345 style="}"'
    svg = save(draw_curves([curve(name, [1.0, 2.0])], "loss"), "svg")
    words = [element.text for element in ElementTree.fromstring(svg).iter() if element.text]
    assert f" {name}" in words


def test_names_without_their_seed() -> None:
    assert without_seed("wu2016-mnist-mnist-seed12") == "wu2016-mnist-mnist"
    assert without_seed("seed3") == "seed3"


def test_a_logarithmic_axis_has_plain_numbers() -> None:
    figure = draw_curves([curve("a", [0.02, 0.5, 3.0])], "loss", log=True)
    svg = save(figure, "svg").decode()
    assert figure.axes[0].get_yscale() == "log"
    assert ">0.1<" in svg
    assert "10^" not in svg
