"""digitile show."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from digitile.model import bundled_model, load_model

Run = Callable[..., Any]


def test_a_recipe(run: Run) -> None:
    result = run("show", "wu2016-mnist")
    assert result.status == 0
    assert "150,770" in result.out
    assert "stop_loss" in result.out
    assert "99.14 %" in result.out


def test_a_recipe_as_json(run: Run) -> None:
    shown = run("show", "wu2016-mnist", "--json").json
    assert shown["parameters"] == 150_770
    assert shown["multiply_adds"] == 1_698_000
    assert [layer["parameters"] for layer in shown["layers"]] == [
        520,
        0,
        20_040,
        0,
        128_200,
        0,
        2_010,
    ]
    assert shown["layers"][0]["output"] == [20, 24, 24]
    assert shown["about"]["settings"]["batch_size"] == 50


def test_all_recipes(run: Run) -> None:
    assert run("show", "--json").json["sjtu2025/16-32"] == 18_378
    assert "li2017/10-16" in run("show").out


def test_changed_settings(run: Run) -> None:
    shown = run("show", "li2017", "--set", "network=1x28x28 - 10N - softmax", "--json").json
    assert shown["parameters"] == 7_850


def test_a_model(run: Run) -> None:
    result = run("show", bundled_model())
    assert result.status == 0
    network = load_model(bundled_model()).network
    assert str(network) in result.out
    assert "batch_size" in result.out
    assert run("show", bundled_model(), "--json").json["input"] == list(network.input_shape)


def test_the_bundled_model_by_name(run: Run, tmp_path: Path) -> None:
    """Also beside a folder of that name."""
    shown = run("show", bundled_model(), "--json").json
    for _ in range(2):
        named = run("show", "digits", "--json").json
        assert {**named, "name": ""} == {**shown, "name": ""}
        (tmp_path / "digits").mkdir(exist_ok=True)
    assert run("show", "digits", "--set", "lr=1").status == 2


def test_errors(run: Run) -> None:
    result = run("show", "wu2016-mnits")
    assert (result.status, result.out) == (2, "")
    assert "Did you mean wu2016-mnist?" in result.err
    assert run("show", "none.safetensors").status == 1
    assert run("show", "li2017", "--set", "network=1x28x28 - 40C50 - 10N - softmax").status == 2
    assert run("show", bundled_model(), "--set", "lr=1").status == 2
