"""Trainings on pictures that are drawn as they go."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitile.engines import make_engine
from digitile.errors import SettingError, TrainingError
from digitile.model import Model, load_model
from digitile.nn.loss import select
from digitile.training import loop
from digitile.training import run as run_module
from digitile.training.blocks import Blocks, Draw
from digitile.training.chance import Purpose, generator
from digitile.training.loop import Trainer
from digitile.training.outcome import Outcome
from digitile.training.progress import Record
from digitile.training.run import prepare, run
from digitile.training.settings import Settings
from digitile.training.source import Pictures
from tests.training.page_worker import main
from tests.training.pages import CLASSES, SETTINGS, blocks, draw, job
from tests.training.seen import Seen

PLAIN = Settings(network=SETTINGS.network, epochs=3, batch_size=4, lr=0.02, scenes=8, init="msra")


class Here:
    """The blocks of `pages`, drawn in this process."""

    def __init__(self, settings: Settings, seed: int = 5) -> None:
        self.classes = CLASSES
        self.asked: list[int] = []
        self._settings, self._seed, self._drawn = settings, seed, (-1, draw(0, 0, 0))

    def __len__(self) -> int:
        return self._settings.scenes * self._settings.repeats

    @property
    def validation(self) -> Pictures:
        return draw(99, 0, self._settings.validation)

    def epoch(self, number: int) -> Pictures:
        if self._drawn[0] != number:
            self.asked.append(number)
            self._drawn = number, draw(self._seed, number, self._settings.scenes)
        return self._drawn[1]


def records_of(trainer: Trainer) -> list[Record]:
    return [record for records in trainer.run() for record in records]


def same(one: Pictures, other: Pictures) -> bool:
    return all(map(np.array_equal, (one.images, *one.target), (other.images, *other.target)))


# --- the loop ---


def test_each_epoch_is_trained_on_its_own_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "RUN_SECONDS", 0.0)
    source = Here(PLAIN)
    trainer = Trainer(PLAIN, source, "reference", 5)
    engine, theta = make_engine("reference", trainer.network), trainer.theta
    for iteration, (record,) in enumerate(trainer.run()):
        epoch, place = divmod(iteration, 2)
        images, target = draw(5, epoch, 8)
        chosen = generator(5, Purpose.ORDER, epoch).permutation(8)[4 * place : 4 * place + 4]
        x = trainer.preprocess(images[chosen])
        step = engine.gradient(theta, x, select(target, chosen), [None] * 5)
        assert record.loss == step.loss
        theta = theta - np.float32(0.02) * step.gradient
        np.testing.assert_allclose(trainer.theta, theta, rtol=1e-4, atol=1e-6)
    assert iteration == 5
    assert source.asked == [0, 1, 2]


def test_it_learns_and_validation_reads_what_is_kept_apart() -> None:
    settings = SETTINGS.override(["epochs=60"])
    trainer = Trainer(settings, Here(settings), "reference", 5)
    records = records_of(trainer)
    measured = [record for record in records if record.validation_accuracy is not None]
    assert len(records) == settings.epochs * 6
    assert [record.iteration for record in measured] == list(range(6, 6 * settings.epochs + 1, 6))
    assert measured[-1].validation_accuracy == 1 - trainer.progress.errors[-1] >= 0.9
    scores = trainer.model({}).scores(draw(99, 0, 30).images)
    classes = draw(99, 0, 30).target.classes
    there = classes < 2
    right = np.mean(scores[:, :3].argmax(axis=1)[there] == classes[there])
    assert measured[-1].validation_accuracy == pytest.approx(right)


def test_each_scene_is_shown_so_many_times(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = PLAIN.override(["repeats=3"])
    trainer = Trainer(settings, Here(settings), "reference", 5)
    shown: list[int] = []
    take = trainer._training.take
    monkeypatch.setattr(
        trainer._training, "take", lambda batches: shown.extend(batches.order.flat) or take(batches)
    )
    records = records_of(trainer)
    assert len(records) == settings.epochs * 6
    for epoch in range(3):
        counts = np.bincount(shown[24 * epoch : 24 * epoch + 24])
        assert counts.tolist() == [3] * 8
    means = [record.epoch_loss for record in records if record.epoch_loss is not None]
    losses = np.array([record.loss for record in records]).reshape(3, 6)
    np.testing.assert_allclose(means, losses.mean(axis=1))


@pytest.mark.parametrize("engine", ["reference", "xla"])
def test_how_many_steps_go_at_once_does_not_change_them(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine == "xla":
        pytest.importorskip("jax", reason="JAX is not installed")
    found = []
    for seconds in (0.0, 1e9):
        monkeypatch.setattr(loop, "RUN_SECONDS", seconds)
        trainer = Trainer(SETTINGS, Here(SETTINGS), engine, 5)
        found.append((records_of(trainer), trainer.theta.tobytes()))
    assert found[0] == found[1]


def test_pictures_to_fit_the_preprocessing_to_are_the_first_block() -> None:
    settings = PLAIN.override(["preprocess=center"])
    trainer = Trainer(settings, Here(settings), "reference", 5)
    np.testing.assert_allclose(trainer.preprocess.shift, draw(5, 0, 8).images.mean(axis=0))


# --- the processes ---


@pytest.fixture(scope="module")
def two() -> Iterator[Blocks]:
    with blocks(SETTINGS, processes=2) as source:
        yield source


def test_blocks_are_those_drawn_here(two: Blocks) -> None:
    assert len(two) == 40
    for number in (0, 1, 3, 2):  # also out of turn, as where a training goes on
        pictures = two.epoch(number)
        assert same(pictures, draw(5, number, 20))
        assert two.epoch(number) is pictures
    assert same(two.validation, draw(99, 0, 30))


def test_processes_do_not_change_a_training() -> None:
    trained = []
    for processes in (1, 3):
        with blocks(processes=processes) as source:
            trainer = Trainer(SETTINGS, source, "reference", 5)
            trained.append((records_of(trainer), trainer.theta.tobytes()))
    here = Trainer(SETTINGS, Here(SETTINGS), "reference", 5)
    assert trained == [(records_of(here), here.theta.tobytes())] * 2


def broken(how: str, mark: str) -> Draw:
    """Return a function that draws, but for what happens to block 1, the first time or always."""

    def it(block: int) -> Pictures:
        if block == 1 and (how != "dies once" or not Path(mark).exists()):
            Path(mark).touch()
            if how == "raises":
                raise TrainingError("no ink is left")
            if how == "waits":
                time.sleep(600)
            os.kill(os.getpid(), signal.SIGKILL)
        return draw(5, block, 2)

    return it


def breaking(how: str, folder: Path) -> Blocks:
    return Blocks(
        broken,
        (how, str(folder / "mark")),
        classes=CLASSES,
        size=2,
        repeats=1,
        epochs=9,
        held_out=lambda: draw(99, 0, 0),
        digest="",
        processes=1,
    )


def test_a_process_that_dies_is_replaced(tmp_path: Path) -> None:
    with breaking("dies once", tmp_path) as source:
        for number in range(3):
            assert same(source.epoch(number), draw(5, number, 2))
    assert (tmp_path / "mark").exists()


@pytest.mark.parametrize(
    ("how", "message"), [("dies", "block 1 was lost"), ("raises", "no ink is left")]
)
def test_a_block_that_cannot_be_drawn(tmp_path: Path, how: str, message: str) -> None:
    with breaking(how, tmp_path) as source:
        source.epoch(0)
        with pytest.raises(TrainingError, match=message):
            source.epoch(1)


def test_what_is_being_drawn_is_broken_off_at_the_end(tmp_path: Path) -> None:
    before = set(multiprocessing.active_children())
    with breaking("waits", tmp_path) as source:
        source.epoch(0)
        while not (tmp_path / "mark").exists():
            time.sleep(0.01)
        started = time.monotonic()
    assert time.monotonic() - started < 5
    assert set(multiprocessing.active_children()) <= before


# --- whole runs ---


def test_scenes_are_calibrated_at_the_end_and_keep_the_model_where_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings = replace(PLAIN, epochs=1, calibration=40)
    scenes = replace(job(tmp_path / "m.st"), data="scenes", settings=settings)
    asked: list[object] = []

    def calibrate(model: Model, folder: Path | None, count: int, **how: Any) -> Model:
        asked.append((folder, count, how["engine"]))
        how["on_progress"](1.0)
        if len(asked) == 2:
            raise TrainingError("too few lines")
        return replace(model, temperature=2.0)

    monkeypatch.setattr(run_module, "calibrate", calibrate)
    shares: list[float] = []
    for temperature in (2.0, 1.0):
        with blocks(settings) as source:
            trainer = prepare(scenes, source, overwrite=True)
            outcome = run(scenes, trainer, source, on_calibration=shares.append)
        assert outcome.model is not None
        assert outcome.model.temperature == temperature
        assert load_model(scenes.out).temperature == temperature
    assert asked == [(None, 40, "reference")] * 2
    assert shares == [1.0, 1.0]
    assert "without trust in lines: too few lines" in caplog.text
    with blocks(settings) as source:  # no scenes of digits: nothing to calibrate on
        pages = replace(scenes, data="pages")
        run(pages, prepare(pages, source, overwrite=True), source)
    assert len(asked) == 2


def go(out: Path, stop_at: int = -1, *, resume: bool = False) -> Outcome:
    seen = Seen()
    with blocks() as source:
        trainer = prepare(job(out), source, resume=resume, overwrite=False)
        return run(
            job(out),
            trainer,
            source,
            callbacks=[seen],
            checkpoint_seconds=1e9,
            should_stop=lambda: seen.iteration == stop_at,
        )


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole") / "model.safetensors"
    outcome = go(out)
    assert outcome.model is not None
    assert outcome.test is None
    return out


def test_a_whole_run(whole: Path) -> None:
    model = load_model(whole)
    assert model.classes == CLASSES
    assert model.about["data"] == {"name": "pages", "sha256": "pages"}
    scores = model.scores(draw(99, 0, 30).images)
    classes = draw(99, 0, 30).target.classes
    there = classes < 2
    right = np.mean(scores[:, :3].argmax(axis=1)[there] == classes[there])
    assert model.about["test"] == {"scenes": 30, "accuracy": pytest.approx(right)}


@pytest.mark.parametrize("stop_at", [1, 6, 9, 23])
def test_stopped_and_resumed_is_the_same_to_the_byte(
    whole: Path, tmp_path: Path, stop_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "RUN_SECONDS", 0.0)
    out = tmp_path / "model.safetensors"
    assert go(out, stop_at).model is None
    go(out, resume=True)
    assert out.read_bytes() == whole.read_bytes()
    assert job(out).history.read_bytes() == job(whole).history.read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="sends Ctrl-C to a group of processes")
def test_ctrl_c_reaches_every_process_and_loses_nothing(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "model.safetensors"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.training.page_worker", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a group, as a terminal makes
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "1\n"
    os.killpg(process.pid, signal.SIGINT)
    told, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, "")
    assert told.splitlines()[-1].startswith("interrupted at iteration")
    main(out, resume=True)
    assert out.read_bytes() == whole.read_bytes()


def test_another_digest_is_another_training(tmp_path: Path) -> None:
    out = tmp_path / "model.safetensors"
    go(out, 1)
    with blocks() as source:
        source.digest = lambda: "other fonts"  # type: ignore[method-assign]
        with pytest.raises(SettingError, match=r"data\.sha256 is 'pages' there"):
            prepare(job(out), source, resume=True, overwrite=False)
