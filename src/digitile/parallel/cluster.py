"""Ray, reached or started."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from digitile.errors import UsageError
from digitile.extras import extra

THIS_MACHINE = "local"
RUNNING = "auto"

_ADDRESS = re.compile(rf"{THIS_MACHINE}|{RUNNING}|[\w.\-]+:\d{{1,5}}|\[[0-9a-fA-F:]+\]:\d{{1,5}}")


@contextmanager
def connect(address: str = RUNNING) -> Iterator[Any]:
    """Be connected to a Ray cluster for a while.

    Raises `UsageError` where Ray is not installed, `address` is none, or no cluster answers.

    Parameters
    ----------
    address : str
        ``auto`` for the cluster that this machine is part of, HOST:PORT of another's head node,
        or ``local`` to start one of this machine's processors, which ends with the connection.

    Yields
    ------
    module
        ``ray``. A connection that was there before is used, and left.
    """
    if not _ADDRESS.fullmatch(address):
        raise UsageError(
            f"{address!r} is no address of a Ray cluster. Give HOST:PORT, {RUNNING} for the one "
            f"that this machine is part of, or {THIS_MACHINE} to start one here."
        )
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # disable Ray telemetry
    with extra("ray"):
        import ray
    if ray.is_initialized():
        yield ray
        return
    here = {"include_dashboard": False} if address == THIS_MACHINE else {}
    try:
        ray.init(address, log_to_driver=False, logging_level="ERROR", **here)
    except (ConnectionError, ValueError, RuntimeError) as error:
        reason = (str(error).splitlines() or [""])[0].rstrip(".")
        raise UsageError(
            f"no Ray cluster at {address} ({reason}). Start one with ray start --head, or give "
            f"--ray {THIS_MACHINE}."
        ) from error
    try:
        yield ray
    finally:
        ray.shutdown()
