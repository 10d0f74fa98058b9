"""Trainings shown in other programs: losses, accuracies and settings in TensorBoard or MLflow."""

from os import PathLike
from pathlib import Path

from digitile.inspect.trackers.tracker import Tracker

TRACKERS = ("tensorboard", "mlflow")


def make_tracker(name: str, model: str | PathLike[str]) -> Tracker:
    """Return what shows the training of a model file.

    Raises `UsageError` where the extra of that name is not installed.

    Parameters
    ----------
    name : str
        One of `TRACKERS`.
    model : path-like
        TensorBoard's files go to a folder beside it, ``NAME.tensorboard``, MLflow's runs to the
        database ``mlflow.db`` beside it.
    """
    if name == "tensorboard":
        from digitile.inspect.trackers.tensorboard import TensorBoard

        return TensorBoard(Path(model).with_suffix(".tensorboard"))
    from digitile.inspect.trackers.mlflow import MLflow

    return MLflow(Path(model))
