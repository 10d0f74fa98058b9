"""Bulk reading as the shell starts it, killed on the way."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

HEED = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
"""Python, started in the background by a shell, is told to ignore Ctrl-C, and would."""


def start(*words: object) -> subprocess.Popen[str]:
    """Start digitile read in a process group of its own."""
    command = [sys.executable, "-c", HEED + "from digitile.cli import main; main()", "read"]
    command += map(str, words)
    return subprocess.Popen(command, start_new_session=True, stderr=subprocess.PIPE, text=True)


def kill_when(process: subprocess.Popen[str], due: Callable[[], bool], number: int) -> str:
    """Send a signal to all processes of a group when it is time; return what they have said."""
    while not due():
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.005)
    os.killpg(process.pid, number)
    said = process.communicate()[1]
    assert process.returncode == (130 if number == signal.SIGINT else -number)
    return said


def finished(folder: Path) -> int:
    """Return how many shards are there."""
    return len(list(folder.glob("part-*")))
