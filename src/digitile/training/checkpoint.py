"""A training in progress, in one file: a model file with the optimiser's state beside the model."""

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from digitile.engines.engine import check_state
from digitile.errors import ModelFileError, SettingError, ShapeError
from digitile.model import Header, Tensors, pack, read_file, unpack, write_file
from digitile.nn.optimiser import State
from digitile.training.loop import Trainer
from digitile.training.progress import Progress

PREFIX = "state."
"""Of the names of what a model does not have: θ as it is trained, and the optimiser's memory."""


def save_checkpoint(trainer: Trainer, job: dict[str, Any], path: Path) -> None:
    """Write the whole state of a training, atomically.

    Parameters
    ----------
    trainer : Trainer
        Between two iterations.
    job : dict
        JSON values that say what is being trained; `restore` wants the same.
    path : Path
    """
    tensors, header = pack(trainer.model({"unfinished": True, **job}))
    state = trainer.state
    for name, array in {"theta": state.theta, **state.memory}.items():
        tensors[PREFIX + name] = array
    header["steps"] = state.steps
    header["progress"] = dataclasses.asdict(trainer.progress)
    write_file(path, tensors, header)


def restore(trainer: Trainer, job: dict[str, Any], path: Path) -> None:
    """Bring a fresh `trainer` to the state of a checkpoint.

    Raises
    ------
    ModelFileError
        Where the file is not a whole checkpoint.
    SettingError
        Where it belongs to another training, naming what differs.
    """
    tensors, header = read_file(path)
    model = unpack(path, tensors, header)
    found = {key: value for key, value in model.about.items() if key != "unfinished"}
    _same(path, "", job, found)
    try:
        state, progress = _state(trainer, tensors, header), Progress(**header["progress"])
    except (KeyError, TypeError, ShapeError) as error:
        raise ModelFileError(
            f"{path} holds no training state that this digitile can go on with ({error}). "
            "Start anew with --overwrite."
        ) from None
    trainer.resume(state, progress)


def _state(trainer: Trainer, tensors: Tensors, header: Header) -> State:
    """Return the optimiser's state that a checkpoint holds."""
    memory = {name: tensors[PREFIX + name] for name in trainer.optimiser.names}
    state = State(tensors[PREFIX + "theta"], memory, int(header["steps"]))
    check_state(trainer.network, trainer.optimiser, state)
    return state


def share(trainer: Trainer, job: dict[str, Any]) -> None:
    """Give each process of the trainer's team the leader's state.

    Raises
    ------
    SettingError
        Where the leader trains something else.
    """
    team = trainer.team
    own = hashlib.sha256(json.dumps(job, sort_keys=True).encode()).digest()
    if team.agreed_bytes(own) != own:
        raise SettingError(
            "the processes were not told the same: the first one's recipe, settings, data or seed "
            "differ from these. Start all of them with the same command but for --process."
        )
    progress = json.dumps(dataclasses.asdict(trainer.progress)).encode()
    own_state = trainer.state
    state = State(
        team.agreed(own_state.theta),
        {name: team.agreed(own_state.memory[name]) for name in trainer.optimiser.names},
        int(team.agreed(np.array(own_state.steps))),
    )
    trainer.resume(state, Progress(**json.loads(team.agreed_bytes(progress))))


def _same(path: Path, where: str, wanted: dict[str, Any], found: dict[str, Any]) -> None:
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
