"""A network goes on with photos: what it is shown, what it is measured on, and what is said."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digitile.data.examples import Example, digest_of
from digitile.errors import DataError, ModelFileError
from digitile.model import Model
from digitile.nn.init import Init
from digitile.nn.network import Network
from digitile.nn.preprocess import Preprocess
from digitile.scenes import CLASSES, Materials, Scenes
from digitile.scenes.glyphs import Rng
from digitile.training import adapt as module
from digitile.training.adapt import Adapted, _folds, _gentler, adapt
from digitile.training.lessons import TextLesson
from digitile.training.settings import Settings
from tests.scenes.scene_materials import mnist, unipen

NETWORK = "1x128x192 - 4C3s2same - ReLU - 19C3s2same - focal(1.5)+box(0.1)"
EXAMPLES = [Example(f"{text}.png", b"", text) for text in ("2074", "61", "385", "902", "47")]


def lesson(text: str) -> TextLesson:
    """A row of black blocks on white."""
    gray = np.full((128, 200), 220, np.uint8)
    left = 30.0 + 24 * np.arange(len(text))
    boxes = np.stack([left, 0 * left + 50, left + 16, 0 * left + 78], axis=1)
    for x in left.astype(int):
        gray[50:78, x : x + 16] = 30
    return TextLesson(text, gray, boxes, boxes[:0], whole=True)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REHEARSED", 8)
    monkeypatch.setattr(module, "KEPT_APART", 4)
    monkeypatch.setattr(module, "FOLDS", 2)
    monkeypatch.setattr(module, "EPOCHS", 1)
    pen = unipen()
    some = Materials(mnist(40), pen.digits, pen.signs, pen.words, [], kept_apart=False)
    monkeypatch.setattr(module.Materials, "load", lambda *_, **__: some)


@pytest.fixture(scope="module")
def model() -> Model:
    network = Network.parse(NETWORK)
    theta = Init.parse("msra").draw(network, 0.0, np.random.default_rng(0))
    preprocess = Preprocess.fit("scale", np.empty((0, 1, 1, 1), np.uint8))
    about = {"settings": _page().as_json(), "seed": 0}
    return Model(network, theta, preprocess, CLASSES, about)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """So small a network sees nothing: lessons stand for what a larger one would find."""
    monkeypatch.setattr(module, "lesson_of", lambda one, _: lesson(one.text))
    monkeypatch.setattr(module, "is_right", lambda one, _: len(one.text) == 2)


def _page() -> Settings:
    from digitile import recipes

    return recipes.find("reader")[1]


def go(model: Model, examples: Sequence[Example], seed: int = 0) -> Adapted:
    return adapt(model, examples, Path(), engine="reference", seed=seed, on_progress=float)


def test_each_is_read_by_a_network_that_did_not_learn_it(
    model: Model, seen: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    learnt: list[set[str]] = []
    asked: list[set[str]] = []
    drawn, read = module.scenes_of, module._read

    def note_scenes(lessons: Sequence[TextLesson], count: int, rng: Rng) -> Scenes:
        learnt.append({lesson.text for lesson in lessons})
        return drawn(lessons, count, rng)

    def note_read(lessons: Sequence[TextLesson], sight: object) -> object:
        asked.append({lesson.text for lesson in lessons})
        return read(lessons, sight)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "scenes_of", note_scenes)
    monkeypatch.setattr(module, "_read", note_read)
    shares: list[float] = []
    kept = model.theta.copy()
    result = adapt(model, EXAMPLES, Path(), engine="reference", seed=1, on_progress=shares.append)
    every = learnt[-1]
    assert every == {example.text for example in EXAMPLES}
    assert result.before.tolist() == [False, True, False, False, True]
    assert asked[0] == every
    for one, other in zip(learnt[:-1], asked[1:], strict=True):
        assert one | other == every
        assert not one & other
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert (model.theta == kept).all()
    moved = np.abs(result.model.theta - kept)
    assert 0 < moved.max() < 0.1
    assert result.after.tolist() == result.before.tolist()
    assert result.old_places > 0


def test_the_model_says_how_it_was_adapted(
    model: Model, seen: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = iter([[True, False, False, True, False], [True, False, True], [True, True]])
    monkeypatch.setattr(module, "_read", lambda *_: np.array(next(reads)))
    monkeypatch.setattr(module, "_folds", lambda *_: [np.array([0, 1, 2]), np.array([3, 4])])
    first = adapt(model, EXAMPLES, "", engine="reference", seed=3)
    (entry,) = first.model.about["adapted"]
    assert first.model.about["settings"] == model.about["settings"]
    assert (entry["engine"], entry["seed"], entry["helps"]) == ("reference", 3, True)
    own, old = entry["examples"], entry["old"]
    assert (own["texts"], own["learnt"], own["sha256"]) == (5, 5, digest_of(EXAMPLES))
    assert (own["right_before"], own["right_after"]) == (2, 4)  # + the third and the fifth
    assert (own["gained"], own["lost"], own["skipped"]) == (2, 0, [])
    assert (old["places"], old["right_before"]) == (first.old_places, first.old_before)
    monkeypatch.setattr(module, "_read", lambda lessons, _: np.zeros(len(lessons), bool))
    second = adapt(first.model, EXAMPLES, engine="reference")
    assert second.model.about["adapted"][0] == entry
    assert [one["helps"] for one in second.model.about["adapted"]] == [True, False]
    json.dumps(second.model.about)


def test_the_same_seed_gives_the_same_bytes(model: Model, seen: None) -> None:
    one, same, other = (go(model, EXAMPLES, seed) for seed in (1, 1, 2))
    assert one.model.theta.tobytes() == same.model.theta.tobytes()
    assert one.model.theta.tobytes() != other.model.theta.tobytes()


def test_gained_and_lost_by_hand(model: Model) -> None:
    before, after = np.arange(50) < 30, np.arange(50) % 3 == 0
    counted = Adapted(model, before, after, 0, 0, 0, ())
    assert (counted.gained, counted.lost) == (7, 20)  # 30, 33 … 48; all below 30 but 0, 3 … 27
    assert not counted.helps


def test_folds_share_nothing_and_leave_out_nothing() -> None:
    folds = _folds(11, 3)
    assert sorted(np.concatenate(folds).tolist()) == list(range(11))


def test_it_goes_on_more_gently(model: Model) -> None:
    settings, own = _gentler(model), _page()
    assert settings.lr == own.lr / 4
    assert (settings.optimiser, settings.clip) == (own.optimiser, own.clip)
    assert (settings.average, settings.validation) == (0, 0)


def test_what_does_not_fit_is_said(model: Model) -> None:
    with pytest.raises(DataError, match=r"0 of the 5 texts .* needs 5 or more.*2074.png: "):
        go(model, EXAMPLES)
    for about in ({}, {"settings": 7}, {"settings": {"network": 3}}):
        with pytest.raises(ModelFileError, match="how it was trained: settings: "):
            go(replace(model, about=about), EXAMPLES)
