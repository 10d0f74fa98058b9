"""Several processes, on one machine or many, through JAX's coordination service.

The first process holds the service. Each tells it that it lives; where one falls silent, JAX ends
the others, after `HEARTBEAT` seconds at the most, by a signal: `digitile.cli.train` runs them in
processes of their own for that reason.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax
import numpy as np
from jax.experimental import multihost_utils
from numpy.typing import NDArray

from digitile.engines.team import Team
from digitile.errors import WorkerError

HEARTBEAT = 20
"""Seconds of silence after which a process counts as lost."""

PATIENCE = 120
"""Seconds to wait for all processes to start."""


class Processes(Team):
    """The processes, this one among them, one of which holds the coordination service.

    Raises `WorkerError` where not all of them start in time.

    Parameters
    ----------
    coordinator : str
        HOST:PORT of the first process.
    number, count : int
        Which this is, from 0, and how many there are.
    """

    def __init__(self, coordinator: str, number: int, count: int) -> None:
        try:
            jax.distributed.initialize(
                coordinator,
                count,
                number,
                initialization_timeout=PATIENCE,
                heartbeat_timeout_seconds=HEARTBEAT,
                shutdown_timeout_seconds=PATIENCE,
            )
        except (RuntimeError, ValueError) as error:
            raise WorkerError(
                f"process {number} of {count} cannot join the training at {coordinator}: "
                f"{first_line(error)}. Start all of them within {PATIENCE} s, with the same "
                "address, on a port that is free there."
            ) from error

    @property
    def leads(self) -> bool:
        """Whether this is the first process."""
        return bool(jax.process_index() == 0)

    def agreed(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the first process's `values`."""
        with together():
            return np.asarray(multihost_utils.broadcast_one_to_all(values)).astype(values.dtype)


@contextmanager
def together() -> Iterator[None]:
    """Turn what breaks when another process is gone into a `WorkerError`."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        if jax.process_count() == 1:
            raise
        raise WorkerError(
            f"process {jax.process_index()} of {jax.process_count()} lost another one: "
            f"{first_line(error)}. Go on from the checkpoint: start all of them with the same "
            "commands and --resume."
        ) from error


def first_line(error: Exception) -> str:
    """Return the first line of another's message."""
    return str(error).strip().partition("\n")[0][:200].rstrip(".")
