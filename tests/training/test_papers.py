"""The papers' MNIST networks reach what they should, by the reference engine: minutes each."""

import time
from pathlib import Path

import pytest

from digitile import recipes
from digitile.data import default_folder, is_there, load_data
from digitile.nn import Network
from digitile.training.run import Job, prepare, run


@pytest.mark.slow
@pytest.mark.parametrize(("name", "accuracy"), [("sjtu2025", 0.98), ("wu2016-mnist", 0.99)])
def test_accuracy_on_mnist(name: str, accuracy: float, tmp_path: Path) -> None:
    if not is_there("mnist", default_folder()):
        pytest.skip("MNIST is not there: run `digitile data fetch mnist`, or set DIGITILE_DATA")
    _, settings = recipes.find(name)
    job = Job(name, (), settings, "mnist", "reference", 0, tmp_path / "model.safetensors")
    splits = load_data("mnist", shape=Network.parse(settings.network).input_shape)
    started = time.monotonic()
    outcome = run(
        job,
        prepare(job, splits, resume=False, overwrite=False),
        splits,
        checkpoint_seconds=60,
    )
    assert outcome.test is not None
    reached = 1 - outcome.test.error_rate
    print(f"{name}: {100 * reached:.2f} % in {time.monotonic() - started:.0f} s; {outcome.stopped}")
    assert reached >= accuracy
