"""Trainings in MLflow."""

import logging
import os
import time
from pathlib import Path

from digitile.errors import DataError
from digitile.extras import extra
from digitile.inspect.trackers.tracker import SECONDS, Tracker
from digitile.training.loop import Trainer
from digitile.training.outcome import Outcome

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # a training reports to nobody else
with extra("mlflow"):
    from alembic.util import CommandError
    from mlflow.entities import Metric, Param
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient
    from sqlalchemy.exc import SQLAlchemyError

logging.getLogger("mlflow").setLevel(logging.WARNING)  # it tells of each table that it makes
_log = logging.getLogger(__name__)

ERRORS = (MlflowException, SQLAlchemyError, CommandError)
"""What comes of a database or a server that cannot be used."""

EXPERIMENT = "digitile"
"""The experiment that has all trainings as its runs."""

MODEL = "digitile.model"
"""The tag that says which model file a run has trained, as a URI: there are no quotes in it."""

BATCH = 1000
"""MLflow takes no more values at a time."""


class MLflow(Tracker):
    """Makes a training a run of MLflow; one that is resumed goes on in its run.

    Parameters
    ----------
    model : Path
        The model file. Runs are kept in the database ``mlflow.db`` beside it; or where the
        environment variable MLFLOW_TRACKING_URI says.
    """

    def __init__(self, model: Path) -> None:
        self._model = model.absolute()
        beside = f"sqlite:///{self._model.parent.as_posix()}/mlflow.db"
        self._uri = os.environ.get("MLFLOW_TRACKING_URI") or beside
        self._waiting: list[Metric] = []
        self._sent_at = time.monotonic()
        self._lost = False

    def on_start(self, trainer: Trainer) -> None:
        """Begin a run, with the settings as its parameters.

        Raises `DataError` for a database or server that cannot be used.
        """
        super().on_start(trainer)
        try:
            self._client = MlflowClient(tracking_uri=self._uri)
            self._run = self._begin(trainer)
        except ERRORS as error:
            raise DataError(
                f"MLflow cannot use {self._uri}: {_first_line(error)}. Remove the file, or set "
                "MLFLOW_TRACKING_URI to another database, such as sqlite:////tmp/mlflow.db."
            ) from error

    def on_end(self, outcome: Outcome | None) -> None:
        """Show the test, and say how the run has ended."""
        super().on_end(outcome)
        self._send()
        ends = "KILLED" if outcome and outcome.model is None else "FINISHED"
        if not self._lost:
            self._client.set_terminated(self._run, ends if outcome else "FAILED")

    def show(self, values: dict[str, float], iteration: int) -> None:
        """Have some values sent, soon."""
        now = time.time_ns() // 1_000_000
        self._waiting += [Metric(name, value, now, iteration) for name, value in values.items()]
        due = time.monotonic() - self._sent_at >= SECONDS
        if due or len(self._waiting) + len(values) > BATCH:
            self._send()

    def _begin(self, trainer: Trainer) -> str:
        """Return the run of the training: that of its checkpoint, else a new one."""
        client, model = self._client, self._model.as_uri()
        experiment = client.get_experiment_by_name(EXPERIMENT)
        number = experiment.experiment_id if experiment else client.create_experiment(EXPERIMENT)
        if trainer.progress.iteration:
            runs = client.search_runs([number], f"tags.`{MODEL}` = '{model}'", max_results=1)
            if runs:
                client.update_run(runs[0].info.run_id, "RUNNING")
                return str(runs[0].info.run_id)
        run = client.create_run(number, tags={MODEL: model}, run_name=self._model.stem).info.run_id
        settings = {**trainer.settings.as_json(), "seed": trainer.seed}
        client.log_batch(run, params=[Param(name, str(own)) for name, own in settings.items()])
        return str(run)

    def _send(self) -> None:
        """Send what is waiting. Where that fails, the training goes on without MLflow."""
        values, self._waiting, self._sent_at = self._waiting, [], time.monotonic()
        if self._lost:
            return
        try:
            self._client.log_batch(self._run, metrics=values)
        except ERRORS as error:
            self._lost = True
            _log.warning("no more is shown in MLflow: %s", _first_line(error))


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
