"""Trainings: started, watched, stopped, by a real client."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from digitile import recipes
from digitile.cli.serve import serve as command
from digitile.data.digits import load_digits
from digitile.errors import DigitileError
from digitile.model import load_model
from digitile.parallel.worker import Worker
from digitile.web.lessons import Lesson, build_teacher
from digitile.web.limits import Limits
from digitile.web.openapi import document
from digitile.web.trainings import DIGITS_PICTURES
from tests.web.conftest import Server
from tests.web.samples import answer_schema, check

DOCUMENT = document(Limits())


def start(client: httpx.Client, **wanted: Any) -> dict[str, Any]:
    answer = client.post("/api/trainings", json=wanted)
    assert answer.status_code == 201, answer.text
    check(answer.json(), answer_schema(DOCUMENT, "/api/trainings", "post", 201), DOCUMENT)
    return answer.json()


def events(client: httpx.Client, key: str) -> Iterator[dict[str, Any]]:
    with client.stream("GET", f"/api/trainings/{key}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    """Leaves no training behind."""
    with server.client() as it:
        yield it
        for one in it.get("/api/trainings").json()["trainings"]:
            it.delete(f"/api/trainings/{one['id']}")


def test_the_recipes_offer_what_is_on_disk(client: httpx.Client) -> None:
    answer = client.get("/api/recipes").json()
    check(answer, answer_schema(DOCUMENT, "/api/recipes", "get", 200), DOCUMENT)
    names = [one["name"] for one in answer["recipes"]]
    left_out = ("li2017", "reader")  # want 2,000 pictures, and scenes
    assert names == [one for one in recipes.names() if not one.startswith(left_out)]
    assert all(one["data"] == ["digits"] for one in answer["recipes"])


def test_a_whole_training_watched(client: httpx.Client, tmp_path: Path) -> None:
    key = start(client, recipe="sjtu2025", seed=3)["id"]
    points: list[dict[str, Any]] = []
    kernels = set()
    schema = {"$ref": "#/components/schemas/Training"}
    for event in events(client, key):
        check(event, schema, DOCUMENT)
        assert event["since"] == len(points)
        points += event["points"]
        kernels.add(event["kernels"])
    assert event["state"] == "done"
    assert event["error"] is None
    assert len(kernels - {None}) > 3
    places = [point["iteration"] for point in points]
    assert places == sorted(set(places))
    assert places[-1] <= event["total"]
    assert points[-1]["loss"] < points[0]["loss"] / 2
    assert event["result"]["accuracy"] > 0.9
    assert client.get(f"/api/trainings/{key}").json()["points"] == points

    file = tmp_path / "model.safetensors"
    file.write_bytes(client.get(f"/api/trainings/{key}/model").content)
    about = load_model(file).about
    assert about["test"]["errors"] == event["result"]["wrong"]
    assert about["seed"] == 3


def test_one_at_a_time_and_stopped(client: httpx.Client) -> None:
    key = start(client, recipe="lenet5", data="digits")["id"]
    refused = client.post("/api/trainings", json={"recipe": "sjtu2025"})
    assert refused.status_code == 409
    assert client.get(f"/api/trainings/{key}/model").status_code == 404
    stopped = client.delete(f"/api/trainings/{key}").json()
    assert stopped["state"] == "stopped"
    assert [event["state"] for event in events(client, key)] == ["stopped"]
    assert client.delete(f"/api/trainings/{key}").json()["state"] == "stopped"
    assert client.get("/api/trainings").json()["trainings"][0]["id"] == key
    again = start(client, recipe="sjtu2025")["id"]
    assert client.delete(f"/api/trainings/{again}").json()["state"] == "stopped"


def test_every_recipe_has_pictures_enough() -> None:
    assert len(load_digits().train.labels) == DIGITS_PICTURES
    most = max(recipes.find(name)[1].train_pictures for name in recipes.names())
    assert most <= 50_000  # CIFAR-10's, the smaller of the others


def test_what_is_not_offered(client: httpx.Client) -> None:
    answer = client.post("/api/trainings", json={"recipe": "li2017"})
    assert answer.status_code == 400
    assert "fetch mnist" in answer.json()["error"]


def test_a_training_that_fails_says_why(tmp_path: Path) -> None:
    lesson = Lesson("li2017", "digits", tmp_path, 0, tmp_path / "model.safetensors")
    worker = Worker(build_teacher, tries=1)
    try:
        with pytest.raises(DigitileError, match="2000"):
            worker.ask(lesson)
    finally:
        worker.close()


def test_the_command_is_documented() -> None:
    names = {option for parameter in command.params for option in parameter.opts}
    assert {"--host", "--port", "--max-size", "--timeout", "--concurrency", "--open"} <= names
