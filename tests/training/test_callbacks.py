"""Callbacks: when they are called, and how they end a training."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from digitile.engines import Team
from digitile.errors import TrainingError
from digitile.model import load_model
from digitile.nn.layer import Array
from digitile.training.callbacks import Callback, Callbacks
from digitile.training.loop import Trainer
from digitile.training.outcome import Outcome
from digitile.training.progress import Record
from digitile.training.run import Job, prepare, run
from tests.training.quadrants import SETTINGS, splits

PER_EPOCH, EPOCHS = 19, 4


def job(out: Path) -> Job:
    return Job("quadrants", (), SETTINGS, "quadrants", "reference", 5, out)


def go(it: Job, *callbacks: Callback, stop_at: int = -1, team: Team | None = None) -> Outcome:
    data = splits()
    trainer = prepare(it, data, overwrite=True, team=team)

    def should_stop() -> bool:
        return 0 < stop_at <= trainer.progress.iteration

    return run(it, trainer, data, callbacks=callbacks, should_stop=should_stop)


class Log(Callback):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.outcomes: list[Outcome | None] = []

    def on_start(self, trainer: Trainer) -> None:
        self.told.append(f"start {trainer.progress.iteration}")

    def on_step(self, record: Record) -> None:
        self.told.append(f"step {record.iteration}")

    def on_epoch(self, record: Record) -> None:
        self.told.append(f"epoch {record.epoch}")

    def on_end(self, outcome: Outcome | None) -> None:
        self.told.append("end")
        self.outcomes.append(outcome)


class Ending(Callback):
    """Ends a training at an iteration, which it divides, and keeps the network at each of these."""

    def __init__(self, iteration: int, every: int = 0) -> None:
        self.iteration, self._wanted = iteration, every
        self.thetas: dict[int, Array] = {}

    def on_start(self, trainer: Trainer) -> None:
        self.trainer, self.every = trainer, self._wanted

    def on_step(self, record: Record) -> str | None:
        if self.every and record.iteration % self.every == 0:
            self.thetas[record.iteration] = self.trainer.theta
        return "it is enough" if record.iteration == self.iteration else None


def test_each_step_and_epoch_is_told_in_turn(tmp_path: Path) -> None:
    log = Log()
    outcome = go(job(tmp_path / "model.safetensors"), log)
    expected = ["start 0"]
    for epoch in range(EPOCHS):
        expected += [f"step {epoch * PER_EPOCH + step + 1}" for step in range(PER_EPOCH)]
        expected.append(f"epoch {epoch + 1}")
    assert log.told == [*expected, "end"]
    assert log.outcomes == [outcome]


def test_a_callback_ends_a_training_whose_model_is_written(tmp_path: Path) -> None:
    it, ending = job(tmp_path / "model.safetensors"), Ending(30, every=10)
    outcome = go(it, Log(), ending)
    model = load_model(it.out)
    assert outcome.stopped == model.about["stopped"] == "it is enough"
    assert model.about["iterations"] == 30
    assert len(it.history.read_bytes().splitlines()) == 30
    assert not it.checkpoint.exists()
    assert model.theta.tobytes() == ending.thetas[30].tobytes()


def test_the_network_is_that_of_the_step_where_every_divides(tmp_path: Path) -> None:
    """Whoever else wants to be called when."""
    few, many = Ending(-1, every=19), Ending(-1, every=1)
    go(job(tmp_path / "few.safetensors"), few, Ending(-1, every=4), Log())
    go(job(tmp_path / "many.safetensors"), many)
    assert list(few.thetas) == [19, 38, 57, 76]
    for iteration, theta in few.thetas.items():
        assert theta.tobytes() == many.thetas[iteration].tobytes()


def test_the_first_reason_counts() -> None:
    class Because(Callback):
        def __init__(self, reason: str | None, of_epoch: str | None = None) -> None:
            self.reason, self.of_epoch = reason, of_epoch

        def on_step(self, record: Record) -> str | None:
            return self.reason

        def on_epoch(self, record: Record) -> str | None:
            return self.of_epoch

    step = Record(1, 1, 1.0, 1.0, 1.0, 1.0)
    last = dataclasses.replace(step, epoch_loss=1.0)
    both = Callbacks([Because(None, "a"), Because("b")])
    assert both.on_step(step) == both.on_step(last) == "b"
    assert Callbacks([Because(None, "a")]).on_step(step) is None
    assert Callbacks([Because(None, "a")]).on_step(last) == "a"


def test_the_end_of_an_interrupted_and_of_a_diverged_training(tmp_path: Path) -> None:
    log = Log()
    outcome = go(job(tmp_path / "model.safetensors"), log, Ending(-1, every=1), stop_at=10)
    assert log.outcomes == [outcome]
    assert outcome.model is None
    log = Log()
    wild = dataclasses.replace(SETTINGS, lr=1e9)
    with pytest.raises(TrainingError, match="diverged"):
        go(dataclasses.replace(job(tmp_path / "wild.safetensors"), settings=wild), log)
    assert log.outcomes == [None]


class Obeying(Team):
    """A process that is told by the one that leads to end after the first steps."""

    def __init__(self) -> None:
        self.said: list[Array] = []

    @property
    def leads(self) -> bool:
        return False

    def agreed(self, values: Array) -> Array:
        return np.array([False, True]) if values.shape == (2,) else values

    def agreed_bytes(self, text: bytes) -> bytes:
        return text or b"the first one says so"


def test_processes_end_together(tmp_path: Path) -> None:
    it = job(tmp_path / "model.safetensors")
    data, team = splits(), Obeying()
    trainer = Trainer(SETTINGS, prepare(it, data).source, "reference", 5, team=team)
    outcome = run(it, trainer, data)
    assert outcome.stopped == "the first one says so"
    assert trainer.progress.iteration < trainer.total


def test_the_example_of_the_docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")
    code = next(
        part.partition("```")[0] for part in text.split("```python\n") if "Callback" in part
    )
    names: dict[str, object] = {}
    exec(code, names)
    outcome = names["outcome"]
    assert isinstance(outcome, Outcome)
    assert outcome.stopped.startswith("validation")
