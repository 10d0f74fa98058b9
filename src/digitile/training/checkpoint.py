"""A training in progress, in one file: a model file with the optimiser's state beside the model."""

import hashlib
import json
from dataclasses import asdict, dataclass
from os import PathLike
from typing import Any

import msgspec
import numpy as np

from digitile.engines.engine import check_state
from digitile.errors import ModelFileError, SettingError, ShapeError
from digitile.model import Tensors, pack, read_file, unpack, write_file
from digitile.nn.optimiser import OptimiserState
from digitile.training.loop import Trainer
from digitile.training.progress import TrainingProgress
from digitile.typed_json import convert

PREFIX = "state."
"""Of the names of what a model does not have: θ as it is trained, and the optimiser's memory."""


@dataclass(frozen=True)
class _Reached:
    """What a checkpoint's header holds beside the model's: how far the training was."""

    steps: int
    progress: TrainingProgress


def save_checkpoint(trainer: Trainer, job: dict[str, Any], path: str | PathLike[str]) -> None:
    """Write the whole state of a training, atomically.

    Parameters
    ----------
    trainer : Trainer
        Between two iterations.
    job : dict
        JSON values that say what is being trained; `restore` wants the same.
    """
    tensors, header = pack(trainer.model({"unfinished": True, **job}))
    state = trainer.state
    for name, array in {"theta": state.theta, **state.memory}.items():
        tensors[PREFIX + name] = array
    header["steps"] = state.steps
    header["progress"] = asdict(trainer.progress)
    write_file(path, tensors, header)


def restore(trainer: Trainer, job: dict[str, Any], path: str | PathLike[str]) -> None:
    """Bring a fresh `trainer` to the state of a checkpoint.

    Raises `ModelFileError` where the file is not a whole checkpoint; `SettingError` where it
    belongs to another training, naming what differs.
    """
    tensors, header = read_file(path)
    model = unpack(path, tensors, header)
    found = {key: value for key, value in model.about.items() if key != "unfinished"}
    _same(path, "", job, found)
    where = f"{path} holds no training state that this digitile can go on with"
    fix = "Start anew with --overwrite."
    reached = convert(header, _Reached, error=ModelFileError, where=where, fix=fix)
    try:
        state = _state(trainer, tensors, reached.steps)
    except (KeyError, ShapeError) as error:
        raise ModelFileError(f"{where} ({error}). {fix}") from None
    trainer.resume(state, reached.progress)


def _state(trainer: Trainer, tensors: Tensors, steps: int) -> OptimiserState:
    """Return the optimiser's state that a checkpoint's tensors hold."""
    memory = {name: tensors[PREFIX + name] for name in trainer.optimiser.names}
    state = OptimiserState(tensors[PREFIX + "theta"], memory, steps)
    check_state(trainer.network, trainer.optimiser, state)
    return state


def share(trainer: Trainer, job: dict[str, Any]) -> None:
    """Give each process of the trainer's team the leader's state.

    Raises `SettingError` where the leader trains something else.
    """
    team = trainer.team
    own = hashlib.sha256(json.dumps(job, sort_keys=True).encode()).digest()
    if team.agreed_bytes(own) != own:
        raise SettingError(
            "the processes were not told the same: the first one's recipe, settings, data or seed "
            "differ from these. Start all of them with the same command but for --process."
        )
    progress = json.dumps(asdict(trainer.progress)).encode()
    own_state = trainer.state
    state = OptimiserState(
        team.agreed(own_state.theta),
        {name: team.agreed(own_state.memory[name]) for name in trainer.optimiser.names},
        int(team.agreed(np.array(own_state.steps))),
    )
    trainer.resume(state, msgspec.json.decode(team.agreed_bytes(progress), type=TrainingProgress))


def _same(
    path: str | PathLike[str], where: str, wanted: dict[str, Any], found: dict[str, Any]
) -> None:
    """Raise unless two trees of JSON values are equal."""
    for key in sorted(wanted.keys() | found.keys()):
        mine, its = wanted.get(key), found.get(key)
        if isinstance(mine, dict) and isinstance(its, dict):
            _same(path, f"{where}{key}.", mine, its)
        elif mine != its:
            raise SettingError(
                f"{path} is a checkpoint of another training: {where}{key} is {its!r} there and "
                f"{mine!r} here. Resume with the same settings, or start anew with --overwrite."
            )
