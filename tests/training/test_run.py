"""Trainings that are stopped, killed and resumed end in the same bytes."""

import json
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitile.engines import Team
from digitile.errors import ModelFileError, SettingError, UsageError
from digitile.model import load_model, read_file, write_file
from digitile.training import loop
from digitile.training.outcome import Outcome
from digitile.training.run import Job, prepare, run
from digitile.training.settings import Settings
from tests.training.quadrants import SETTINGS, splits
from tests.training.seen import Seen
from tests.training.worker import main

KILLS = 20


@pytest.fixture(autouse=True)
def step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "RUN_SECONDS", 0.0)


def job(out: Path, settings: Settings = SETTINGS, seed: int = 5, engine: str = "reference") -> Job:
    return Job("quadrants", (), settings, "quadrants", engine, seed, out)


def go(it: Job, stop_at: int = -1, **how: Any) -> Outcome:
    """Train, and stop after the iteration `stop_at`."""
    data, seen = splits(), Seen()
    trainer = prepare(it, data, **{"resume": False, "overwrite": False, **how})
    return run(
        it,
        trainer,
        data,
        callbacks=[seen],
        checkpoint_seconds=1e9,
        should_stop=lambda: seen.iteration == stop_at,
    )


def test_a_whole_run(tmp_path: Path) -> None:
    out = tmp_path / "model.safetensors"
    outcome = go(job(out))
    assert outcome.model is not None
    assert outcome.test is not None
    model = load_model(out)
    assert model.theta.tobytes() == outcome.model.theta.tobytes()
    assert model.about["test"] == {
        "pictures": 60, "errors": outcome.test.errors, "error_rate": outcome.test.error_rate,
    }  # fmt: skip
    assert (
        model.about["command"]
        == "digitile train quadrants --data quadrants --engine reference --seed 5"
    )
    records = [json.loads(line) for line in job(out).history.read_text().splitlines()]
    assert [record["iteration"] for record in records] == list(range(1, 4 * 19 + 1))
    assert {path.name for path in tmp_path.iterdir()} == {
        "model.safetensors",
        "model.history.jsonl",
    }


def test_a_start_from_a_model(tmp_path: Path) -> None:
    """With a rate of next to nothing, the parameters stay those of the first training."""
    first = job(tmp_path / "first.safetensors")
    go(first)
    still = replace(SETTINGS, lr=1e-30)
    second = replace(job(tmp_path / "second.safetensors", still, seed=6), start=first.out)
    model = go(second).model
    assert model is not None
    np.testing.assert_array_equal(model.theta, load_model(first.out).theta)
    assert model.about["command"].endswith(f"--start {first.out}")
    assert model.about["start"] == {"sha256": sha256(first.out.read_bytes()).hexdigest()}
    wide = SETTINGS.network.replace("3C3", "4C3")
    wider = replace(second, out=tmp_path / "x.safetensors", settings=replace(still, network=wide))
    with pytest.raises(SettingError, match="has the network"):
        go(wider)


@pytest.mark.parametrize("stop_at", [1, 18, 19, 20, 45, 76])
def test_stopped_and_resumed_is_the_same_to_the_byte(tmp_path: Path, stop_at: int) -> None:
    whole, parts = job(tmp_path / "whole.safetensors"), job(tmp_path / "parts.safetensors")
    go(whole)
    outcome = go(parts, stop_at)
    assert outcome.model is None
    assert load_model(parts.checkpoint).about["unfinished"] is True
    with parts.history.open("a") as history:
        history.write('{"iteration": 99, "cut sho')  # as a kill after the checkpoint would leave it
    go(parts, resume=True)
    assert parts.out.read_bytes() == whole.out.read_bytes()
    assert parts.history.read_bytes() == whole.history.read_bytes()
    assert not parts.checkpoint.exists()


def test_adamw_averaged_and_clipped_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    """Whatever the optimiser remembers is in the checkpoint: stopped every 7 iterations."""
    changes = ["optimiser=adamw", "lr=0.01", "clip=0.5", "average=0.9"]
    settings = SETTINGS.override([*changes, "schedule=cosine(0.001,0.1)"])
    whole, parts = (job(tmp_path / f"{name}.safetensors", settings) for name in ("whole", "parts"))
    go(whole)
    for stop_at in range(7, 76, 7):
        assert go(parts, stop_at, resume=stop_at > 7).model is None
        tensors, header = read_file(parts.checkpoint)
        names = {name for name in tensors if name.startswith("state.")}
        assert names == {f"state.{name}" for name in ("theta", "mean", "square", "average")}
        assert header["steps"] == stop_at
    model = load_model(parts.checkpoint)
    go(parts, resume=True)
    assert parts.out.read_bytes() == whole.out.read_bytes()
    assert parts.history.read_bytes() == whole.history.read_bytes()
    # a checkpoint is a model file, too, of the parameters to predict with
    averaged = model.network.arena.named(tensors["state.average"])
    for name, array in model.network.arena.named(model.theta).items():
        np.testing.assert_array_equal(array, averaged[name])


class Heard(Team):
    """A process that is told what another one said."""

    def __init__(self, said: list[np.ndarray]) -> None:
        self.said = said

    @property
    def leads(self) -> bool:
        return False

    def agreed(self, values: np.ndarray) -> np.ndarray:
        told = self.said.pop(0)
        assert (told.shape, told.dtype) == (values.shape, values.dtype)
        return told


class Saying(Team):
    """The process that leads, and what it said."""

    def __init__(self) -> None:
        self.said: list[np.ndarray] = []

    def agreed(self, values: np.ndarray) -> np.ndarray:
        self.said.append(values.copy())
        return values


def test_processes_begin_with_the_whole_state_of_the_one_that_leads(tmp_path: Path) -> None:
    settings = SETTINGS.override(["optimiser=adamw", "average=0.5"])
    it, data, first = job(tmp_path / "model.safetensors", settings), splits(), Saying()
    go(it, stop_at=30)
    leader = prepare(it, data, resume=True, overwrite=False, team=first)
    other = prepare(it, data, resume=True, overwrite=False, team=Heard(first.said))
    mine, its = leader.state, other.state
    assert mine.steps == its.steps == 30
    assert mine.theta.tobytes() == its.theta.tobytes()
    assert set(mine.memory) == set(its.memory) == {"mean", "square", "average"}
    for name, array in mine.memory.items():
        assert array.tobytes() == its.memory[name].tobytes()
    assert leader.progress == other.progress
    foreign = job(it.out, settings.override(["lr=0.3"]))
    prepare(it, data, resume=True, overwrite=False, team=(first := Saying()))
    with pytest.raises(SettingError, match="the processes were not told the same"):
        prepare(foreign, data, resume=True, overwrite=False, team=Heard(first.said))


def test_killed_twenty_times_and_resumed_is_the_same_to_the_byte(tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole.safetensors", tmp_path / "parts.safetensors"
    main(whole, resume=False)
    checkpoint, rng, killed = job(parts).checkpoint, random.Random(7), 0
    iterations = []
    while killed < KILLS:
        command = [sys.executable, "-m", "tests.training.worker", str(parts)]
        process = subprocess.Popen([*command, "resume"] if checkpoint.exists() else command)
        before = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
        while process.poll() is None and (
            not checkpoint.exists() or checkpoint.stat().st_mtime_ns == before
        ):
            time.sleep(0.001)  # until this run has written a checkpoint of its own
        time.sleep(rng.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, "the training ended before it could be killed"
        killed += 1
        assert load_model(checkpoint).about["unfinished"] is True
        iterations.append(len(job(parts).history.read_bytes().splitlines()))
    assert iterations[-1] > iterations[0]
    main(parts, resume=True)
    assert parts.read_bytes() == whole.read_bytes()


def test_nothing_is_lost_by_accident(tmp_path: Path) -> None:
    it = job(tmp_path / "model.safetensors")
    with pytest.raises(UsageError, match="nothing to resume"):
        go(it, resume=True)
    go(it, 30)
    with pytest.raises(UsageError, match="--resume to go on"):
        go(it)
    with pytest.raises(SettingError, match="give one of them"):
        go(it, resume=True, overwrite=True)
    with pytest.raises(SettingError, match=r"settings.lr is 0.1 there and 0.2 here"):
        go(job(it.out, SETTINGS.override(["lr=0.2"])), resume=True)
    with pytest.raises(SettingError, match="seed is 5 there and 6 here"):
        go(job(it.out, seed=6), resume=True)
    go(it, overwrite=True)
    with pytest.raises(UsageError, match="is finished"):
        go(it, resume=True)
    with pytest.raises(UsageError, match="does not exist"):
        go(job(tmp_path / "no" / "model.safetensors"))
    with pytest.raises(UsageError, match="is a folder"):
        go(job(tmp_path))


@pytest.mark.parametrize("broken", ["state.theta", "state.velocity", "steps", "progress"])
def test_a_checkpoint_that_lacks_something(tmp_path: Path, broken: str) -> None:
    it = job(tmp_path / "model.safetensors")
    go(it, 10)
    tensors, header = read_file(it.checkpoint)
    if broken in header:
        del header[broken]
    else:
        tensors[broken] = tensors[broken][:-1]
    write_file(it.checkpoint, tensors, header)
    with pytest.raises(ModelFileError, match="no training state that this digitile can go on with"):
        go(it, resume=True)


def test_a_finished_model_or_garbage_is_no_checkpoint(tmp_path: Path) -> None:
    it = job(tmp_path / "model.safetensors")
    go(it)
    it.out.rename(it.checkpoint)
    with pytest.raises(SettingError, match="another training"):
        go(it, resume=True)
    it.checkpoint.write_bytes(b"\x00" * 500)
    with pytest.raises(ModelFileError):
        go(it, resume=True)
