"""Trackers: TensorBoard and MLflow themselves read back what was shown."""

import dataclasses
import json
import logging
import math
from pathlib import Path
from typing import Any

import pytest

from digitile.errors import DataError, TrainingError
from digitile.inspect.trackers import make_tracker
from digitile.inspect.trackers.tracker import POINTS, Tracker
from digitile.training.outcome import Outcome
from digitile.training.progress import Record
from digitile.training.run import Job, prepare, run
from tests.training.quadrants import SETTINGS, splits

NAMES = ("loss", "smoothed", "lr", "accuracy", "validation_accuracy", "epoch_loss")
STEPS = 76


def job(folder: Path, name: str = "model", **changes: Any) -> Job:
    settings = dataclasses.replace(SETTINGS, **changes)
    return Job(
        "quadrants", (), settings, "quadrants", "reference", 5, folder / f"{name}.safetensors"
    )


def go(it: Job, tracker: Tracker, stop_at: int = STEPS + 1, *, resume: bool = False) -> Outcome:
    data = splits()
    trainer = prepare(it, data, resume=resume, overwrite=not resume)
    return run(
        it,
        trainer,
        data,
        callbacks=[tracker],
        should_stop=lambda: trainer.progress.iteration >= stop_at,
    )


def history(it: Job) -> dict[str, list[tuple[int, float]]]:
    """Return what the training has noted: of each value, iterations and values."""
    records = [json.loads(line) for line in it.history.read_text(encoding="utf-8").splitlines()]
    return {
        name: [(each["iteration"], each[name]) for each in records if name in each]
        for name in NAMES
    }


class Shown(Tracker):
    def __init__(self) -> None:
        self.iterations: list[int] = []

    def show(self, values: dict[str, float], iteration: int) -> None:
        self.iterations.append(iteration)


def test_of_a_long_training_some_steps_are_shown_and_what_was_measured() -> None:
    total = 10 * POINTS - 3
    trainer = type("Trainer", (), {"total": total})
    tracker = Shown()
    tracker.on_start(trainer)  # type: ignore[arg-type]
    plain = Record(1, 1, 1.0, 1.0, 0.1, 0.5)
    for iteration in range(1, total + 1):
        measured = 0.5 if iteration == 1234 else None
        tracker.on_step(
            dataclasses.replace(plain, iteration=iteration, validation_accuracy=measured)
        )
    assert tracker.iterations == sorted([*range(10, total + 1, 10), 1234])


def accumulated(folder: Path) -> Any:
    reader = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator",
        reason="TensorBoard is not installed",
    )
    events = reader.EventAccumulator(str(folder), size_guidance={"scalars": 0})
    events.Reload()
    return events


def scalars(folder: Path, name: str) -> list[tuple[int, float]]:
    return [(each.step, each.value) for each in accumulated(folder).Scalars(name)]


class TestTensorBoard:
    @pytest.fixture(autouse=True)
    def installed(self) -> None:
        pytest.importorskip("tensorboardX", reason="tensorboardX is not installed")

    def test_reads_what_was_noted(self, tmp_path: Path) -> None:
        it, folder = job(tmp_path), tmp_path / "model.tensorboard"
        outcome = go(it, make_tracker("tensorboard", it.out))
        assert outcome.test is not None
        events = accumulated(folder)
        tests = {"test_pictures": 60, "test_errors": outcome.test.errors}
        assert set(events.Tags()["scalars"]) == {*NAMES, *tests, "test_error_rate"}
        for name, noted in history(it).items():
            assert noted
            assert scalars(folder, name) == [(x, pytest.approx(y, rel=1e-6)) for x, y in noted]
        for name, value in tests.items():
            assert scalars(folder, name) == [(STEPS, value)]
        (text,) = events.Tensors("settings/text_summary")
        assert '"optimiser": "sgd"' in text.tensor_proto.string_val[0].decode()

    def test_goes_on_after_a_kill_and_starts_anew(self, tmp_path: Path) -> None:
        it, folder = job(tmp_path), tmp_path / "model.tensorboard"
        killed = make_tracker("tensorboard", it.out)
        go(it, killed, stop_at=30)
        reached = history(it)["loss"][-1][0]
        assert 30 <= reached < STEPS - 1
        tracker = make_tracker("tensorboard", it.out)
        tracker.on_start(prepare(it, splits(), resume=True))
        tracker.show({"loss": 99.0}, reached + 1)  # not in the checkpoint
        tracker.on_end(None)
        go(it, make_tracker("tensorboard", it.out), resume=True)
        expected = [(x, pytest.approx(y, rel=1e-6)) for x, y in history(it)["loss"]]
        assert scalars(folder, "loss") == expected
        assert len(expected) == STEPS
        go(it, make_tracker("tensorboard", it.out))
        assert len(list(folder.iterdir())) == 1


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
class TestMLflow:
    @pytest.fixture(autouse=True)
    def installed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        reason = "MLflow is not installed (pip install 'digitile[mlflow]')"
        for library in ("mlflow", "sqlalchemy", "alembic"):
            pytest.importorskip(library, reason=reason)
        monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)

    @pytest.fixture(scope="class")
    def empty(self, tmp_path_factory: pytest.TempPathFactory) -> bytes:
        """A database without runs, which takes MLflow seconds to make."""
        from mlflow.tracking import MlflowClient

        path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
        MlflowClient(tracking_uri=f"sqlite:///{path}").search_experiments()
        return path.read_bytes()

    def runs(self, folder: Path) -> tuple[Any, list[Any]]:
        from mlflow.tracking import MlflowClient

        client = MlflowClient(tracking_uri=f"sqlite:///{folder}/mlflow.db")
        experiment = client.get_experiment_by_name("digitile")
        return client, list(client.search_runs([experiment.experiment_id]))

    def test_reads_what_was_noted(self, tmp_path: Path, empty: bytes) -> None:
        folder = tmp_path / "o'brien's"
        folder.mkdir()
        (folder / "mlflow.db").write_bytes(empty)
        it = job(folder)
        go(job(folder, "other"), make_tracker("mlflow", job(folder, "other").out), stop_at=10)
        go(it, make_tracker("mlflow", it.out), stop_at=30)
        outcome = go(it, make_tracker("mlflow", it.out), resume=True)
        assert outcome.test is not None
        client, found = self.runs(folder)
        last, first = found
        assert (last.info.run_name, last.info.status) == ("model", "FINISHED")
        assert (first.info.run_name, first.info.status) == ("other", "KILLED")
        assert last.data.params["optimiser"] == "sgd"
        assert last.data.params["seed"] == "5"
        assert last.data.metrics["test_errors"] == outcome.test.errors
        for name, noted in history(it).items():
            shown = client.get_metric_history(last.info.run_id, name)
            assert [(each.step, each.value) for each in shown] == noted

    def test_says_that_a_training_has_failed(self, tmp_path: Path, empty: bytes) -> None:
        (tmp_path / "mlflow.db").write_bytes(empty)
        it = job(tmp_path, lr=1e9)
        with pytest.raises(TrainingError, match="diverged"):
            go(it, make_tracker("mlflow", it.out))
        _, (failed,) = self.runs(tmp_path)
        assert failed.info.status == "FAILED"

    def test_a_broken_database_is_said_in_one_line(self, tmp_path: Path) -> None:
        (tmp_path / "mlflow.db").write_bytes(b"garbage" * 1000)
        it = job(tmp_path)
        with pytest.raises(DataError, match=r"not a database\. Remove the file") as caught:
            go(it, make_tracker("mlflow", it.out))
        assert "\n" not in str(caught.value)

    def test_a_database_that_is_lost_does_not_end_the_training(
        self, tmp_path: Path, empty: bytes, caplog: pytest.LogCaptureFixture
    ) -> None:
        (tmp_path / "mlflow.db").write_bytes(empty)
        it = job(tmp_path)
        tracker = make_tracker("mlflow", it.out)
        tracker.on_start(prepare(it, splits()))
        (tmp_path / "mlflow.db").write_bytes(b"garbage" * 1000)
        with caplog.at_level(logging.WARNING):
            tracker.show({"loss": math.pi}, 1)
            tracker.on_end(None)
        assert "no more is shown in MLflow" in caplog.text
