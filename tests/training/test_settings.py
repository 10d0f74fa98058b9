"""Settings by name, checked, with the nearest name on a typo."""

import dataclasses
import json
from typing import Any

import pytest

from digitile.errors import DigitileError, NotationError, SettingError, ShapeError, UsageError
from digitile.training.settings import Settings

BASE = Settings(network="1x4x4 - 2N - softmax", epochs=2, batch_size=5, lr=0.1)


def test_override_reads_every_type() -> None:
    changed = BASE.override(["lr=0.02", "epochs=7", "layer_lr=1,0.5", "network=1x4x4-3N-softmax"])
    assert (changed.lr, changed.epochs, changed.layer_lr) == (0.02, 7, (1.0, 0.5))
    assert changed.network == "1x4x4 - 3N - softmax"
    assert BASE.override(["layer_lr="]).layer_lr == ()


@pytest.mark.parametrize(
    ("assignment", "error", "words"),
    [
        ("lrr=0.02", SettingError, "Did you mean lr"),
        ("bacth_size=5", SettingError, "Did you mean batch_size"),
        ("xyzzy=5", SettingError, "Known: network, epochs"),
        ("lr", SettingError, "not name=value"),
        ("lr=fast", SettingError, "lr takes a number"),
        ("epochs=2.5", SettingError, "a whole number"),
        ("layer_lr=1;2", SettingError, "commas"),
        ("lr=0", SettingError, "above 0"),
        ("lr=nan", SettingError, "lr is nan"),
        ("epochs=0", SettingError, "at least 1"),
        ("momentum=1", SettingError, "below 1"),
        ("batch_size=100000", SettingError, "below 65536"),
        ("preprocess=whiten", SettingError, "none, scale, standardize, center"),
        ("schedule=cosine", NotationError, "unknown schedule"),
        ("init=he", NotationError, "unknown initialiser"),
        ("augment=warp", NotationError, "augmentation"),
        ("network=1x4x4 - 2C9 - 2N - softmax", ShapeError, "at least 9×9"),
    ],
)
def test_errors(assignment: str, error: type[DigitileError], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        BASE.override([assignment])
    assert isinstance(caught.value, UsageError)


def test_every_setting_is_documented() -> None:
    for field in dataclasses.fields(Settings):
        assert field.name in (Settings.__doc__ or "")


def test_settings_come_back_from_their_json() -> None:
    settings = BASE.override(["layer_lr=1,0.5", "augment=shift(1)", "calibration=3"])
    assert Settings.from_json(json.loads(json.dumps(settings.as_json()))) == settings
    few: dict[str, Any] = {"network": "1x4x4 - 2N - softmax", "epochs": 2, "batch_size": 5}
    with pytest.raises(SettingError, match="lack lr"):
        Settings.from_json(few)
    few["lr"] = 0.1
    assert Settings.from_json(few) == BASE
    changes: list[dict[str, Any]] = [
        {"lr": "1"}, {"epochs": 2.5}, {"epochs": None}, {"layer_lr": 1}, {"layer_lr": ["a"]},
        {"network": 5}, {"network": ["1x4x4 - 2N - softmax"]}, {"else": 1}, {"lr": -1},
    ]  # fmt: skip
    for change in changes:
        with pytest.raises(SettingError):
            Settings.from_json({**few, **change})
    for other in (None, [], "settings", {}):
        with pytest.raises(SettingError):
            Settings.from_json(other)
