"""Recipes are trained from Python as by the command."""

from pathlib import Path

import pytest

from digitile.errors import SettingError, UsageError
from digitile.model import load_model
from digitile.recipes.train import make_job, train

QUICK = ("network=1x28x28 - 10N - softmax", "epochs=1", "train_pictures=60", "test_pictures=20")


def test_a_recipe_is_trained_into_a_file(tmp_path: Path) -> None:
    out = str(tmp_path / "m.safetensors")
    outcome = train("sjtu2025", QUICK, engine="reference", seed=3, out=out)
    assert outcome.model is not None
    assert outcome.test is not None
    assert len(outcome.test.labels) == 20
    about = load_model(out).about
    assert about == outcome.model.about
    assert (about["recipe"], about["seed"], about["data"]["name"]) == ("sjtu2025", 3, "digits")
    assert about["settings"]["train_pictures"] == 60
    words = " ".join(f"--set {part}" for part in QUICK[1:])
    assert about["command"] == (
        f"digitile train sjtu2025 --data digits --engine reference --seed 3 --set '{QUICK[0]}' "
        f"{words}"
    )
    with pytest.raises(UsageError, match="is there already"):
        train("sjtu2025", QUICK, engine="reference", out=out)
    again = train("sjtu2025", QUICK, engine="reference", seed=3, out=out, overwrite=True)
    assert again.model is not None
    assert again.model.theta.tobytes() == outcome.model.theta.tobytes()


def test_what_is_not_told_comes_from_the_recipe() -> None:
    job = make_job("sjtu2025/12-16", ["lr=0.5"], data_folder="sets")
    assert (job.data, job.engine, job.seed) == ("digits", "tile", 0)
    assert job.out == Path("sjtu2025-12-16-digits-seed0.safetensors")
    assert (job.settings.lr, job.data_folder) == (0.5, Path("sets"))
    assert make_job("reader").data == "scenes"
    assert make_job("li2017", data="a/b").out == Path("li2017-b-seed0.safetensors")
    with pytest.raises(SettingError, match="Did you mean sjtu2025"):
        make_job("sjtu2026")
