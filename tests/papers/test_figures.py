"""Figures hold the results' numbers, and are the same each time."""

import io
import re
from dataclasses import replace
from functools import cache
from xml.etree import ElementTree

import numpy as np
import pytest

from digitile.inspect.drawing import Figure, new_figure, save, style
from digitile.papers import catalog
from digitile.papers.experiment import Experiment
from digitile.papers.figures import CURVES as CURVES_DRAWN
from digitile.papers.figures import draw
from digitile.papers.numbers import describe
from tests.papers.samples import BARS, CURVES, FUNCTIONS, LAYERS, TWO, results_of, run_of


@cache
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


def test_diverged_runs_are_left_out_and_counted() -> None:
    results = results_of(CURVES)
    arm = results.arms[0]
    short = run_of(7, 0.1, 3)
    lost = replace(short, values={"diverged": 1.0})
    arms = [replace(arm, runs=[*arm.runs, lost]), replace(results.arms[1], runs=[lost])]
    figure = draw(CURVES, replace(results, arms=arms))
    assert figure is not None
    with_lost, only_lost = figure.axes[0].lines
    before = figure_of(CURVES).axes[0].lines[0]
    np.testing.assert_array_equal(with_lost.get_ydata(), before.get_ydata())
    assert with_lost.get_label() == "arm a (1 of 4 diverged)"
    np.testing.assert_allclose(only_lost.get_ydata(), short.curves["smoothed"].y)


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
    assert len(axes) == 3 * 2  # three arms; gradients and units at rest
    assert axes[1].get_ylabel() == "units at rest, %"
    saturated = results_of(LAYERS).arms[0].runs[0].curves["saturated/conv2"]
    assert axes[1].lines[1].get_xdata()[0] == saturated.x[0]
    assert [text.get_text() for text in axes[0].get_legend().get_texts()] == ["conv1", "conv2"]


@pytest.mark.parametrize("experiment", [CURVES, FUNCTIONS], ids=lambda each: each.name)
def test_the_same_results_give_the_same_bytes(experiment: Experiment) -> None:
    figure = draw(experiment, results_of(experiment))
    assert figure is not None
    content = save(figure, "svg")
    assert content == save(figure_of(experiment), "svg")
    assert len(content) < 50_000
    root = ElementTree.fromstring(content)
    assert root.tag.endswith("svg")
    assert b"http://www.w3.org" in content
    assert b"<image" not in content


def test_nothing_measured_nothing_drawn() -> None:
    assert draw(CURVES, replace(results_of(CURVES), arms=[])) is None


@pytest.mark.parametrize("experiment", catalog.EXPERIMENTS, ids=lambda each: each.name)
def test_the_catalog_asks_for_what_can_be_drawn(experiment: Experiment) -> None:
    for measure in experiment.figure.measure:
        if experiment.figure.kind == "curves":
            assert measure in CURVES_DRAWN
        elif experiment.figure.kind == "bars":
            describe(measure)


def test_a_shorter_svg_draws_the_same() -> None:
    with style():
        figure = new_figure(4, 3)
        axes = figure.subplots()
        axes.plot([0.0, 1.0, 2.0], [0.0, 1.0, 0.5], "o--", label="a", gid="a")
        axes.fill_between([0.0, 1.0], [0.0, 0.5], [1.0, 2.0])
        axes.legend()
    content = io.BytesIO()
    with style():
        figure.savefig(content, format="svg", metadata={"Date": None})
    whole = list(ElementTree.fromstring(content.getvalue()).iter())
    short = list(ElementTree.fromstring(save(figure, "svg")).iter())
    rules = dict(
        re.findall(
            r"[.]figure [.](\w+) [{] (.*) [}]", next(x.text for x in short if x.tag == STYLE)
        )
    )
    assert [element.tag for element in whole] == [element.tag for element in short]
    for long, brief in zip(whole, short, strict=True):
        if "d" in long.attrib:
            np.testing.assert_allclose(places_of(brief), places_of(long), atol=0.0501)
            for command in "CQ":
                assert long.attrib["d"].count(command) == brief.attrib["d"].count(command)
        if "style" in long.attrib:
            said = re.sub(r"(\d+[.]\d)\d\d+", r"\1", long.attrib["style"])
            assert rules[brief.attrib["class"]].replace(", Verdana, sans-serif", "") == said


STYLE = "{http://www.w3.org/2000/svg}style"


def places_of(element: ElementTree.Element) -> list[float]:
    return [float(word) for word in re.findall(r"-?[\d.]+", element.attrib["d"])]
