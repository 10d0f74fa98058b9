"""A training's process with a keeper: JAX ends processes by a signal where others are lost.

The keeper starts the same command as its child, waits, and says in one line what became of it.
"""

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

from digitile.engines import XLA
from digitile.errors import UsageError, WorkerError

Place = tuple[str, int, int]
"""HOST:PORT of the first process, which one this is, from 0, and how many there are."""


def parse_place(
    coordinator: str | None, process: str | None, engine: str, *, watch: bool
) -> Place | None:
    """Return this process's place among several, or None where it is alone.

    Raises `UsageError` for options that do not go together or cannot be read.
    """
    if coordinator is None and process is None:
        return None
    address = re.fullmatch(r"\S+:\d{1,5}", coordinator or "")
    place = re.fullmatch(r"(\d{1,4})/(\d{1,4})", process or "")
    if not address or not place or int(place[1]) >= int(place[2]):
        raise UsageError(
            f"--coordinator is {coordinator}, --process {process}: several processes need both, "
            "for example --coordinator 10.0.0.1:7000 --process 0/4, the first of four."
        )
    if engine not in XLA or watch:
        raise UsageError("several processes need --engine xla, and cannot --watch.")
    return address[0], int(place[1]), int(place[2])


def log_of(out: Path, number: int) -> Path:
    """Return where JAX's own words go, of the process with this number."""
    return out.with_suffix(f".process{number}.log")


def run_child(place: Place, out: Path) -> int:
    """Run this process's command in a child, and return its exit status.

    Raises `WorkerError` where a signal ended it.
    """
    _, number, count = place
    log = log_of(out, number)
    command = [sys.executable, "-m", "digitile", *sys.argv[1:], "--in-child"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as child:
        # Ctrl-C reaches both, and the child decides; other signals are handed on.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda number, _: child.send_signal(number))
        status = child.wait()
        signal.signal(signal.SIGINT, before)
    if status < 0:
        raise WorkerError(
            f"process {number} of {count} was ended by {signal.Signals(-status).name}: it was "
            f"killed, or JAX ended it because another one was lost (its output is in {log}). To "
            f"resume from the last checkpoint, start all {count} with the same commands and "
            "--resume."
        )
    log.unlink(missing_ok=True)
    return status


def become_child(log: Path) -> None:
    """Make this process a good child: it ends with its keeper, and native code writes to `log`."""
    sys.stdout, sys.stderr = (
        os.fdopen(os.dup(number), "w", buffering=1, encoding="utf-8") for number in (1, 2)
    )
    with log.open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)

    def end_with_keeper() -> None:
        os.read(0, 1)  # returns when the keeper's end is closed
        os._exit(1)

    threading.Thread(target=end_with_keeper, daemon=True).start()
