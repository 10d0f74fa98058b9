"""Which trainings can take scenes, and what they are drawn from."""

import os
from pathlib import Path

import numpy as np
import pytest

from digitile import recipes
from digitile.data import Dataset
from digitile.data.fonts import Font
from digitile.data.strokes import Strokes
from digitile.errors import SettingError
from digitile.scenes import CLASSES, Materials, draw_block
from digitile.training.loop import Trainer
from digitile.training.prepare import prepare_pictures
from digitile.training.scenes import blocks_of_scenes, check, digest
from tests.training.quadrants import SETTINGS, quadrants

PAGE = recipes.find("reader")[1]
DATA = Path(os.environ.get("DIGITILE_DATA", "data"))


def test_the_recipe_takes_scenes() -> None:
    check(PAGE)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("scenes=0", "scenes=0: say how many"),
        ("network=1x64x64 - 19C1 - focal(1)+box(1)", "1×128×192 of 15 classes, but .* 1×64×64"),
        ("network=1x128x192 - 15C1 - focal(1)+box(1)", "of 15 classes, but .* has 11"),
        ("augment=shift(2)", "moves pixels"),
        ("train_pictures=5", "train_pictures=5 is for data sets"),
    ],
)
def test_settings_that_are_none_for_scenes(change: str, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        check(PAGE.override([change]))


def test_a_data_set_is_no_scenes() -> None:
    with pytest.raises(SettingError, match="scenes=5 are drawn, but quadrants is a data set"):
        prepare_pictures(SETTINGS.override(["scenes=5"]), quadrants(50, 0), 0)


def materials(fonts: list[Font], shade: int = 0, writer: int = 0) -> Materials:
    points = np.tile(np.array([[0, 0], [0, 1000]], np.int16), (10, 1))
    digits = Strokes(
        "digits",
        points,
        np.arange(0, 21, 2),
        np.arange(11),
        np.array(list("0123456789")),
        np.full(10, writer),
    )
    images = np.full((10, 1, 28, 28), shade, np.uint8)
    mnist = Dataset("mnist", images, np.arange(10), tuple("0123456789"))
    return Materials(mnist, digits, digits, digits, fonts, kept_apart=False)


def test_the_digest_is_of_all_that_scenes_are_drawn_from(tmp_path: Path) -> None:
    path, same = tmp_path / "font.ttf", tmp_path / "elsewhere.ttf"
    path.write_bytes(b"font")
    same.write_bytes(b"font")
    font = Font(path, "Font", "latin")
    digests = {
        digest(materials([])),
        digest(materials([], shade=1)),
        digest(materials([], writer=1)),
        digest(materials([font])),
        digest(materials([Font(path, "Font", "greek")])),
    }
    assert len(digests) == 5
    assert digest(materials([Font(same, "Font", "latin")])) == digest(materials([font]))


@pytest.mark.skipif(not (DATA / "unipen").is_dir(), reason="needs the pen strokes and MNIST")
def test_a_training_on_scenes() -> None:
    settings = PAGE.override(["scenes=6", "batch_size=3", "repeats=1", "epochs=2", "validation=5"])
    with blocks_of_scenes(settings, DATA, 3, 1) as source:
        trainer = Trainer(settings, source, "reference", 3)
        records = [record for records in trainer.run() for record in records]
        last = source.epoch(1)
    assert [record.iteration for record in records] == [1, 2, 3, 4]
    assert np.isfinite([record.loss for record in records]).all()
    assert [record.validation_accuracy is not None for record in records] == [False, True] * 2
    assert trainer.model({}).classes == CLASSES
    own = draw_block(Materials.load(DATA, kept_apart=False), 3, 1, 6)
    np.testing.assert_array_equal(last.images, own.images)
    assert len(source.validation.images) == 5
