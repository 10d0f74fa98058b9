"""Figures hold the results' numbers, and are the same each time."""

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from digitile.lab.drawing import Figure, save
from digitile.lab.experiment import Experiment
from digitile.lab.figures import draw
from tests.lab.samples import BARS, CURVES, EXPERIMENTS, FUNCTIONS, LAYERS, TWO, results_of


def figure_of(experiment: Experiment) -> Figure:
    figure = draw(experiment, results_of(experiment))
    assert figure is not None
    return figure


def test_a_curve_is_the_mean_as_far_as_all_runs_reach() -> None:
    results = results_of(CURVES)
    axes = figure_of(CURVES).axes
    assert [each.get_title(loc="left") for each in axes] == ["as printed", "batch size"]
    line = axes[0].lines[1]
    runs = [run.curves["smoothed"] for run in results.arms[1].runs]
    shortest = min(len(curve.x) for curve in runs)
    np.testing.assert_allclose(line.get_xdata(), runs[0].x[:shortest])
    np.testing.assert_allclose(
        line.get_ydata(), np.mean([curve.y[:shortest] for curve in runs], axis=0)
    )
    assert [text.get_text() for text in axes[0].get_legend().get_texts()] == ["arm a", "arm b"]
    assert axes[0].get_yscale() == "log"
    assert len(axes[1].lines) == 1  # an arm without runs is left out


def test_curves_against_epochs_in_percent() -> None:
    axes = figure_of(TWO).axes
    assert len(axes) == 4
    curve = results_of(TWO).arms[0].runs[0].curves["train_error"]
    x, y = axes[0].lines[0].get_data()
    assert x[0] == pytest.approx(curve.x[0] / 20)
    assert y[0] == pytest.approx(
        100 * np.mean([run.curves["train_error"].y[0] for run in results_of(TWO).arms[0].runs])
    )


def test_points_show_mean_deviation_and_claim() -> None:
    axes = figure_of(BARS).axes[0]
    values = 100 * np.array([run.values["test_error"] for run in results_of(BARS).arms[0].runs])
    (whisker,) = axes.collections[0].get_segments()
    assert whisker[:, 0].tolist() == pytest.approx(
        [values.mean() - values.std(ddof=1), values.mean() + values.std(ddof=1)]
    )
    assert axes.texts[0].get_text() == "2.60 ± 0.10 %"
    diamonds = [line for line in axes.lines if line.get_marker() == "D"]
    assert [line.get_xdata()[0] for line in diamonds] == [2.5]


def test_functions_and_their_slopes() -> None:
    f, df = figure_of(FUNCTIONS).axes
    x, y = f.lines[1].get_data()
    np.testing.assert_allclose(y, np.tanh(x) + 0.13 * np.asarray(x), atol=1e-6)
    x, y = df.lines[0].get_data()
    np.testing.assert_allclose(y, 1 - np.tanh(x) ** 2, atol=1e-6)


def test_each_layer_is_a_line() -> None:
    axes = figure_of(LAYERS).axes
    assert len(axes) == 3 * 2  # three arms; gradient and saturated
    assert [text.get_text() for text in axes[0].get_legend().get_texts()] == ["conv1", "conv2"]


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda each: each.name)
def test_the_same_results_give_the_same_bytes(experiment: Experiment) -> None:
    content = save(figure_of(experiment), "svg")
    assert content == save(figure_of(experiment), "svg")
    assert len(content) < 100_000
    root = ElementTree.fromstring(content)
    assert root.tag.endswith("svg")
    assert b"http://www.w3.org" in content
    assert b"<image" not in content


def test_nothing_measured_nothing_drawn() -> None:
    assert draw(CURVES, replace(results_of(CURVES), arms=[])) is None
