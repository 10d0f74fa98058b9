"""From a recipe's name to the trained model."""

import logging
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from digitile.recipes import find
from digitile.training.callbacks import Callback
from digitile.training.metrics import chance_warning
from digitile.training.outcome import Outcome
from digitile.training.run import Job, open_pictures, prepare, run

_log = logging.getLogger(__name__)


def make_job(
    recipe: str,
    overrides: Sequence[str] = (),
    *,
    data: str | None = None,
    engine: str = "tile",
    seed: int = 0,
    out: str | PathLike[str] | None = None,
    data_folder: str | PathLike[str] | None = None,
    start: str | PathLike[str] | None = None,
) -> Job:
    """Return the training of a recipe; parameters as `train`.

    Raises
    ------
    SettingError
        For an unknown recipe or setting, or a value out of range.
    """
    found, settings = find(recipe)
    data = data or found.train_on
    name = f"{recipe.replace('/', '-')}-{Path(data).name or 'data'}-seed{seed}.safetensors"
    return Job(
        recipe,
        tuple(overrides),
        settings.override(overrides),
        data,
        engine,
        seed,
        Path(out or name),
        None if data_folder is None else Path(data_folder),
        None if start is None else Path(start),
    )


def train(  # noqa: PLR0913 - all but two by name
    recipe: str,
    overrides: Sequence[str] = (),
    *,
    data: str | None = None,
    engine: str = "tile",
    seed: int = 0,
    out: str | PathLike[str] | None = None,
    data_folder: str | PathLike[str] | None = None,
    start: str | PathLike[str] | None = None,
    overwrite: bool = False,
    callbacks: Sequence[Callback] = (),
) -> Outcome:
    """Train a recipe, test the result, and write the model file.

    `digitile.training.run` has the parts, for whoever wants to interrupt or resume.

    Parameters
    ----------
    recipe : str
        ``RECIPE`` or ``RECIPE/VARIANT``; see `digitile.recipes.names`.
    overrides : sequence of str
        ``name=value`` settings that differ from the recipe's.
    data : str, optional
        A data set's name or folder, or ``scenes``; by default the recipe's `train_on`.
    engine : str
        A name from `digitile.engines`.
    out : path-like, optional
        The model file; by default ``RECIPE-DATA-seedSEED.safetensors`` in this folder.
    data_folder : path-like, optional
        Where data sets are kept; `digitile.data.default_folder` if not given.
    start : path-like, optional
        A model of the same network and classes, whose parameters the training begins with.
    overwrite : bool
        Whether to start anew where files are already there.
    callbacks : sequence of Callback
        What watches the training, and may end it.

    Raises
    ------
    UsageError
        Where files of an earlier training would be lost, or for an unknown recipe or setting.
    DataError
        Where the data set is missing or broken.
    TrainingError
        Where the training diverges.
    """
    job = make_job(
        recipe,
        overrides,
        data=data,
        engine=engine,
        seed=seed,
        out=out,
        data_folder=data_folder,
        start=start,
    )
    with open_pictures(job) as pictures:
        trainer = prepare(job, pictures, overwrite=overwrite)
        outcome = run(job, trainer, pictures, callbacks=callbacks)
    model, test = outcome.model, outcome.test
    if model and test and (warning := chance_warning(model, test, job.settings)):
        _log.warning(warning)
    return outcome
