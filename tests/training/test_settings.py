"""Settings by name, checked, with the nearest name on a typo."""

import dataclasses
import json
from typing import Any

import numpy as np
import pytest

from digitile.errors import DigitileError, NotationError, SettingError, ShapeError, UsageError
from digitile.nn.network import Network
from digitile.nn.optimiser import SGD, AdamW
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
        ("preprocess=whiten", SettingError, "none, scale, even, standardize, center"),
        ("schedule=sine", NotationError, "unknown schedule"),
        ("schedule=cosine(0,1)", NotationError, "warmup at least 0 and below 1"),
        ("optimiser=adam", NotationError, "unknown optimiser 'adam'. Use one of: sgd, adamw"),
        ("optimiser=sgd(0.9)", SettingError, "set optimiser=sgd and momentum=0.9"),
        ("optimiser=adamw(0.9,1)", SettingError, "below 1"),
        ("clip=-1", SettingError, "clip is -1, but must be at least 0"),
        ("average=1", SettingError, "average is 1, but must be at least 0 and below 1"),
        ("init=he", NotationError, "unknown initialiser"),
        ("augment=warp", NotationError, "augmentation"),
        ("network=1x4x4 - 2C9 - 2N - softmax", ShapeError, "at least 9×9"),
    ],
)
def test_errors(assignment: str, error: type[DigitileError], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        BASE.override([assignment])
    assert isinstance(caught.value, UsageError)


def test_the_optimiser_is_the_settings() -> None:
    network = Network.parse(BASE.network)
    layers = BASE.override(["momentum=0.8", "weight_decay=0.1", "bias_lr=2", "average=0.5"])
    sgd = layers.optimiser_for(network)
    assert isinstance(sgd, SGD)
    assert (sgd.momentum, sgd.clip, sgd.average) == (0.8, 0.0, 0.5)
    assert (sgd.scale[0], sgd.decay[0]) == (1, np.float32(0.1))
    assert (sgd.scale[-1], sgd.decay[-1]) == (2, 0)
    settings = BASE.override(["optimiser= AdamW( 0.80, 0.99 )", "clip=2"])
    assert settings.optimiser == "adamw(0.8,0.99)"
    adamw = settings.optimiser_for(network)
    assert isinstance(adamw, AdamW)
    assert (adamw.beta1, adamw.beta2, adamw.clip) == (0.8, 0.99, 2.0)
    with pytest.raises(SettingError, match="2 rates, the network has 1 layers"):
        BASE.override(["layer_lr=1,2"]).optimiser_for(network)


def test_every_setting_is_documented() -> None:
    for field in dataclasses.fields(Settings):
        assert field.name in (Settings.__doc__ or "")


def test_settings_come_back_from_their_json() -> None:
    settings = BASE.override(["layer_lr=1,0.5", "augment=shift(1)", "calibration=3"])
    assert Settings.from_json(json.loads(json.dumps(settings.as_json()))) == settings
    few: dict[str, Any] = {"network": "1x4x4 - 2N - softmax", "epochs": 2, "batch_size": 5}
    with pytest.raises(SettingError, match="missing required field `lr`"):
        Settings.from_json(few)
    few["lr"] = 0.1
    assert Settings.from_json(few) == BASE
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"lr": "1"}, r"expected `float`, got `str` - at `\$.lr`"),
        ({"epochs": 2.5}, "expected `int`, got `float`"),
        ({"epochs": True}, "expected `int`, got `bool`"),
        ({"epochs": None}, "expected `int`, got `null`"),
        ({"layer_lr": 1}, "expected `array`, got `int`"),
        ({"layer_lr": ["a"]}, r"at `\$.layer_lr"),
        ({"network": 5}, "expected `str`, got `int`"),
        ({"network": ["1x4x4 - 2N - softmax"]}, "expected `str`, got `array`"),
        ({"else": 1}, "unknown settings: else"),
        ({"lr": -1}, "lr is -1"),
    ]
    for change, message in wrong:
        with pytest.raises(SettingError, match=message):
            Settings.from_json({**few, **change})
    for other in (None, [], "settings", {}):
        with pytest.raises(SettingError, match="digitile train"):
            Settings.from_json(other)
