"""Networks that are written on the training page, and trainings with settings of one's own."""

from pathlib import Path

import httpx
import pytest

from digitile import recipes
from digitile.data.digits import load_digits
from digitile.errors import DigitileError, NotationError, SettingError, ShapeError
from digitile.nn.network import Network
from digitile.training.prepare import prepare_pictures
from digitile.web.networks import MAX_TEXT, parse_bounded, show
from digitile.web.schema import Wanted
from digitile.web.trainings import Trainings
from tests.web.samples import DOCUMENT, answer_schema, check

LINE = "1x28x28 - 6C5 - ReLU - MP2 - 10N - softmax"


def test_shapes_and_parameters_are_told() -> None:
    shown = show(parse_bounded(LINE))
    each = [(one.layer, one.shape, one.parameters) for one in shown.layers]
    assert each == [
        ("6C5", "6×24×24", 6 * 26),
        ("ReLU", "6×24×24", 0),
        ("MP2", "6×12×12", 0),
        ("10N", "10", 10 * 865),
    ]
    assert (shown.input, shown.classes, shown.parameters) == ("1×28×28", 10, 8806)


@pytest.mark.parametrize(
    ("line", "error", "told"),
    [
        ("", NotationError, "input"),
        ("1x28x28 - 6C5 - nonsense - 10N - softmax", NotationError, "nonsense"),
        ("1x28x28 - 6C50 - 10N - softmax", ShapeError, "6C50"),
        ("1x28x28 - 40000N - 10N - softmax", SettingError, "parameters"),
        ("1x40x40 - 60C5 - 60C5 - 60C5 - 10N - softmax", SettingError, "multiply-adds"),
        ("1x900x900 - MP90 - 10N - softmax", SettingError, "40 pixels"),
        ("1x64x64 - 8C5s4 - 11C3 - focal(2)", SettingError, "pages"),
    ],
)
def test_what_is_not_trained_here(line: str, error: type[DigitileError], told: str) -> None:
    with pytest.raises(error, match=told):
        parse_bounded(line)


def test_a_line_is_checked_over_http(client: httpx.Client) -> None:
    answer = client.get("/api/v1/network", params={"network": LINE})
    assert answer.status_code == 200
    check(answer.json(), answer_schema(DOCUMENT, "/api/v1/network", "get", 200), DOCUMENT)
    for wrong in ("x" * (MAX_TEXT + 1), "1x28x28 - \0 - softmax", "-" * 2000):
        assert client.get("/api/v1/network", params={"network": wrong}).status_code == 400
    assert client.get("/api/v1/network").status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"lr": 0},
        {"lr": 1e9},
        {"lr": "0.1"},
        {"batch_size": 0},
        {"batch_size": 2.5},
        {"epochs": 10**9},
        {"network": "1x28x28 - 9N - softmax"},
        {"network": "2x28x28 - 10N - softmax"},
        {"network": LINE + ", lr=3"},
        {"momentum": 0.5},
    ],
)
def test_settings_that_do_not_fit_are_refused(
    client: httpx.Client, wrong: dict[str, object]
) -> None:
    answer = client.post("/api/v1/trainings", json={"recipe": "sjtu2025", **wrong})
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert client.get("/api/v1/trainings").json()["trainings"] == []


def test_only_what_differs_overrides() -> None:
    wanted = Wanted(recipe="sjtu2025", lr=0.05, network=LINE)
    assert wanted.overrides() == (f"network={LINE}", "lr=0.05")


def test_every_recipe_that_is_offered_can_start(tmp_path: Path) -> None:
    digits = load_digits().train
    for offered in Trainings(tmp_path, tmp_path).recipes():
        settings = recipes.find(offered.name)[1]
        network = parse_bounded(settings.network)
        settings.optimiser_for(network)
        assert "digits" in offered.data
        assert len(prepare_pictures(settings, digits, seed=0)) >= settings.batch_size
    for name in recipes.names():  # also those whose data is not on this machine
        settings = recipes.find(name)[1]
        if not settings.scenes:
            assert parse_bounded(settings.network) == Network.parse(settings.network)
