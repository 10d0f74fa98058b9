"""Trainings: started, watched, stopped, by a real client."""

import asyncio
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from digitile import recipes
from digitile.cli.serve import serve as command
from digitile.data import load_data
from digitile.data.digits import load_digits
from digitile.data.intake import network_input
from digitile.errors import DigitileError
from digitile.model import load_model
from digitile.nn.network import Network
from digitile.parallel.worker import Worker
from digitile.training.run import Job, prepare
from digitile.web import trainings
from digitile.web.lessons import Lesson, build_teacher
from digitile.web.schema import Wanted
from digitile.web.trainings import DIGITS_PICTURES, Trainings
from tests.web.conftest import Server
from tests.web.samples import BLANK, DOCUMENT, EIGHT, answer_schema, check


def start(client: httpx.Client, **wanted: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/trainings", json=wanted)
    assert answer.status_code == 201, answer.text
    check(answer.json(), answer_schema(DOCUMENT, "/api/v1/trainings", "post", 201), DOCUMENT)
    return answer.json()


def events(client: httpx.Client, key: str) -> Iterator[dict[str, Any]]:
    with client.stream("GET", f"/api/v1/trainings/{key}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    """Leaves no training behind."""
    with server.client() as it:
        yield it
        for one in it.get("/api/v1/trainings").json()["trainings"]:
            it.delete(f"/api/v1/trainings/{one['id']}")


def test_the_recipes_offer_what_is_on_disk(client: httpx.Client) -> None:
    answer = client.get("/api/v1/recipes").json()
    check(answer, answer_schema(DOCUMENT, "/api/v1/recipes", "get", 200), DOCUMENT)
    names = [one["name"] for one in answer["recipes"]]
    left_out = ("li2017", "reader")  # want 2,000 pictures, and scenes
    assert names == [one for one in recipes.names() if not one.startswith(left_out)]
    assert all(one["data"] == ["digits"] for one in answer["recipes"])


def test_a_whole_training_watched(client: httpx.Client, tmp_path: Path) -> None:
    key = start(client, recipe="sjtu2025", seed=3)["id"]
    points: list[dict[str, Any]] = []
    kernels = set()
    schema = {"$ref": "#/components/schemas/TrainingState"}
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
    assert client.get(f"/api/v1/trainings/{key}").json()["points"] == points

    file = tmp_path / "model.safetensors"
    file.write_bytes(client.get(f"/api/v1/trainings/{key}/model").content)
    model = load_model(file)
    about = model.about
    assert event["classes"] == list(model.classes)
    assert (event["parameters"], event["network"]) == (len(model.theta), str(model.network))
    told = client.post(f"/api/v1/trainings/{key}/classify", content=EIGHT).json()
    check(told, {"$ref": "#/components/schemas/Classified"}, DOCUMENT)
    assert told["iterations"] == about["iterations"] == event["total"]
    picture = np.array(Image.open(io.BytesIO(EIGHT)).convert("L"))[:, :, None]
    (scores,) = model.scores(network_input(picture, (1, 28, 28), model.classes)[None])
    assert [one["score"] for one in told["scores"]] == pytest.approx(scores, abs=1e-6)
    assert about["test"]["errors"] == event["result"]["wrong"]
    assert about["seed"] == 3


def test_one_at_a_time_and_stopped(client: httpx.Client) -> None:
    key = start(client, recipe="lenet5", data="digits")["id"]
    refused = client.post("/api/v1/trainings", json={"recipe": "sjtu2025"})
    assert refused.status_code == 409
    assert client.get(f"/api/v1/trainings/{key}/model").status_code == 404
    told = iter(events(client, key))
    while not next(told)["points"]:
        pass
    early = client.post(f"/api/v1/trainings/{key}/classify", content=EIGHT).json()["iterations"]
    while next(told)["points"][-1]["iteration"] <= early:
        pass
    later = client.post(f"/api/v1/trainings/{key}/classify", content=EIGHT).json()["iterations"]
    assert later > early
    blank = client.post(f"/api/v1/trainings/{key}/classify", content=BLANK)
    assert (blank.status_code, blank.json()["code"]) == (422, "picture_unreadable")
    stopped = client.delete(f"/api/v1/trainings/{key}").json()
    assert stopped["state"] == "stopped"
    assert [event["state"] for event in events(client, key)] == ["stopped"]
    assert client.delete(f"/api/v1/trainings/{key}").json()["state"] == "stopped"
    assert client.get("/api/v1/trainings").json()["trainings"][0]["id"] == key
    assert client.post(f"/api/v1/trainings/{key}/classify", content=EIGHT).status_code == 200
    again = start(client, recipe="sjtu2025")["id"]
    assert client.delete(f"/api/v1/trainings/{again}").json()["state"] == "stopped"


def test_every_recipe_has_pictures_enough() -> None:
    assert len(load_digits().train.labels) == DIGITS_PICTURES
    most = max(recipes.find(name)[1].train_pictures for name in recipes.names())
    assert most <= 50_000  # CIFAR-10's, the smaller of the others


def test_every_recipe_that_is_offered_starts(tmp_path: Path) -> None:
    """Up to its first step, on the reference engine: it compiles nothing."""
    for offered in Trainings(tmp_path, tmp_path).recipes():
        settings = recipes.find(offered.name)[1]
        assert offered.data == ["digits"]
        data = load_data("digits", tmp_path, shape=Network.parse(offered.network).input_shape)
        out = tmp_path / "model.safetensors"
        job = Job(offered.name, (), settings, "digits", "reference", 0, out)
        (record,) = next(prepare(job, data, overwrite=True).run())
        assert (record.iteration, np.isfinite(record.loss)) == (1, True), offered.name


def test_what_is_not_offered(client: httpx.Client) -> None:
    answer = client.post("/api/v1/trainings", json={"recipe": "li2017"})
    assert answer.status_code == 400
    assert "fetch mnist" in answer.json()["error"]


def test_a_training_that_fails_says_why(tmp_path: Path) -> None:
    lesson = Lesson("li2017", (), "digits", tmp_path, 0, tmp_path / "model.safetensors")
    worker = Worker(build_teacher, tries=1)
    try:
        with pytest.raises(DigitileError, match="2000"):
            worker.ask(lesson)
    finally:
        worker.close()


def test_the_command_is_documented() -> None:
    names = {option for parameter in command.params for option in parameter.opts}
    assert {"--host", "--port", "--max-size", "--timeout", "--concurrency", "--open"} <= names
    assert {"--allow-host", "--allow-origin", "--behind-proxy", "--token-file"} <= names


class _Forgetful:
    """A worker that writes what a training writes, and fails."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def ask(self, lesson: Lesson, *_: object) -> dict[str, Any]:
        for suffix in (".safetensors", ".history.jsonl", ".checkpoint.safetensors"):
            lesson.out.with_suffix(suffix).touch()
        return {"error": "it is over."}

    def close(self) -> None:
        """End nothing."""


def test_what_is_forgotten_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainings, "Worker", _Forgetful)

    async def train(count: int) -> list[str]:
        held = trainings.Trainings(tmp_path, tmp_path)
        for _ in range(count):
            one = await held.start(Wanted(recipe="sjtu2025", data="digits"))
            while one.state == "running":
                await asyncio.sleep(0.01)
        return [one.id for one in held.list()]

    kept = asyncio.run(train(trainings.KEPT + 3))
    assert len(kept) == trainings.KEPT
    assert {path.name.partition(".")[0] for path in tmp_path.iterdir()} == set(kept)
