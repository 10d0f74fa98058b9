"""What results are measured on."""

import platform
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from digitile import __version__
from digitile.lab.results import Provenance
from digitile.processors import processors


def provenance(engine: str, seconds: float) -> Provenance:
    """Return how results come about that are measured here and now.

    Parameters
    ----------
    engine : str
    seconds : float
        Of all runs together.
    """
    return Provenance(
        version=__version__,
        machine=_processor_name(),
        cores=processors(),
        python=platform.python_version(),
        numpy=np.__version__,
        engine=engine,
        seconds=seconds,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _processor_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())
