"""Which pictures a training has, and how many steps they make."""

import pytest

from digitile import recipes
from digitile.data.digits import load_digits
from digitile.errors import SettingError
from digitile.training.loop import Trainer
from digitile.training.prepare import (
    pictures_trained_on,
    prepare_pictures,
    steps_per_epoch,
    steps_planned,
    subset,
)
from digitile.training.settings import Settings
from tests.training.quadrants import SETTINGS, parts, quadrants, splits

PLAIN = Settings(network="1x8x8 - 4N - softmax", epochs=1, batch_size=10, lr=0.5)
DIGITS = Settings(network="1x8x8 - 10N - softmax", epochs=3, batch_size=50, lr=0.1, validation=300)


def test_held_out_pictures_are_not_trained_on_and_none_is_lost() -> None:
    train, both = splits().train, parts(SETTINGS)
    kept = {image.tobytes() for image in both.training.images}
    held = {image.tobytes() for image in both.held_out.images}
    assert len(held) == 20
    assert not kept & held
    assert kept | held == {image.tobytes() for image in train.images}
    trainer = Trainer(SETTINGS, both, "reference", 0)
    assert trainer.preprocess.shift.mean() == pytest.approx(both.training.images.mean(), rel=1e-5)


def test_subset_is_drawn_without_repeats() -> None:
    chosen = subset(quadrants(50, 0), 20, 1)
    assert len({image.tobytes() for image in chosen.images}) == 20
    assert len(subset(quadrants(50, 0), 0, 1)) == 50


def test_what_does_not_fit() -> None:
    with pytest.raises(SettingError, match="4 classes, but the network ends in 3"):
        parts(PLAIN.override(["network=1x8x8 - 3N - softmax"]))
    with pytest.raises(SettingError, match="200 pictures wanted, but quadrants has 150"):
        parts(PLAIN.override(["train_pictures=200"]))


@pytest.mark.parametrize("name", ["wu2016-mnist", "lenet5"])
def test_recipes_for_large_data_hold_little_out_of_small_data(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings, small = recipes.find(name)[1], load_digits().train.first(200)
    assert settings.validation == 1000
    with caplog.at_level("INFO", "digitile"):
        both = prepare_pictures(settings, small, 0)
    assert (len(both.training), len(both.held_out)) == (167, 33)
    assert pictures_trained_on(settings, 200) == 167
    assert "validation=1000 is more than half of 200 pictures: 33 are held out" in caplog.text
    assert pictures_trained_on(settings, 60_000) == 59_000


@pytest.mark.parametrize(("validation", "held_out"), [(75, 75), (76, 25), (9999, 25)])
def test_what_is_held_out_of_150(validation: int, held_out: int) -> None:
    both = parts(PLAIN.override([f"validation={validation}"]))
    assert (len(both.training), len(both.held_out)) == (150 - held_out, held_out)


@pytest.mark.parametrize(
    ("changes", "pictures", "steps", "total"),
    [
        ([], 1142, 23, 69),  # of 1,442, 300 are held out
        (["train_pictures=1000", "batch_size=97"], 700, 8, 24),
        (["iterations=30"], 1142, 23, 30),
        (["iterations=999", "epochs=1", "validation=0"], 1442, 29, 29),
    ],
)
def test_how_many_steps_there_are(
    changes: list[str], pictures: int, steps: int, total: int
) -> None:
    digits, settings = load_digits().train, DIGITS.override(changes)
    assert len(digits) == 1442
    both = prepare_pictures(settings, digits, 0)
    assert pictures_trained_on(settings, len(digits)) == len(both.training) == pictures
    assert steps_per_epoch(settings, pictures) == steps
    assert steps_planned(settings, pictures) == total
    trainer = Trainer(settings, both, "reference", 0)
    assert (trainer.per_epoch, trainer.total) == (steps, total)
