"""Training in several processes, some of which are lost."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from digitile.cli.child import parse_place
from digitile.errors import UsageError
from digitile.model import load_model
from tests.engines.xla.test_devices import free_port

COUNT = 4
BOUND = 150
"""Seconds in which the others must have ended: two heartbeats, and a slow machine's."""


def start(out: Path, *more: str) -> list[subprocess.Popen[str]]:
    address = f"127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "digitile", "train", "sjtu2025", "--engine", "xla"]
    command += ["--set", "batch_size=40", "--set", "epochs=10", "--set", "validation=0"]
    command += ["--set", "iterations=300", "--out", str(out), "--checkpoint-every", "0"]
    command += ["--coordinator", address, *more]
    return [
        subprocess.Popen(
            [*command, "--process", f"{number}/{COUNT}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(COUNT)
    ]


def finish(running: list[subprocess.Popen[str]], seconds: float) -> list[tuple[int, str]]:
    """Return each process's exit status and what it said on standard error."""
    end, results = time.monotonic() + seconds, []
    try:
        for process in running:
            _, said = process.communicate(timeout=max(0.1, end - time.monotonic()))
            results.append((process.returncode, said))
    finally:
        for process in running:
            process.kill()
    return results


def child_of(process: subprocess.Popen[str]) -> int:
    """Return the process that computes, by its keeper."""
    return int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])


@pytest.mark.scale
@pytest.mark.skipif(sys.platform != "linux", reason="finds a child in /proc")
@pytest.mark.parametrize("lost", [signal.SIGKILL, signal.SIGSTOP])
@pytest.mark.parametrize("victim", [0, 2])
def test_a_lost_process_ends_the_others_and_nothing_is_lost(
    tmp_path: Path, lost: signal.Signals, victim: int
) -> None:
    out = tmp_path / "model.safetensors"
    checkpoint = out.with_suffix(".checkpoint.safetensors")
    running, end = start(out), time.monotonic() + 300
    while not checkpoint.exists():
        assert time.monotonic() < end
        assert all(process.poll() is None for process in running)
        time.sleep(0.05)
    stopped = child_of(running[victim])
    os.kill(stopped, lost)
    others = [process for number, process in enumerate(running) if number != victim]
    for status, said in finish(others, BOUND):
        assert status == 1
        assert "--resume" in said
        assert "Traceback" not in said
    running[victim].kill()  # its child ends with it, unless it is stopped
    if lost == signal.SIGSTOP:
        os.kill(stopped, signal.SIGKILL)
    running[victim].communicate()
    assert load_model(checkpoint).about["unfinished"] is True

    assert [status for status, _ in finish(start(out, "--resume"), 300)] == [0] * COUNT
    whole = tmp_path / "whole.safetensors"
    assert [status for status, _ in finish(start(whole), 300)] == [0] * COUNT
    assert out.read_bytes() == whole.read_bytes()


@pytest.mark.scale
def test_processes_that_were_not_told_the_same(tmp_path: Path) -> None:
    out, port = tmp_path / "model.safetensors", free_port()
    command = [sys.executable, "-m", "digitile", "train", "sjtu2025", "--engine", "xla"]
    command += ["--out", str(out), "--coordinator", f"127.0.0.1:{port}"]
    running = [
        subprocess.Popen(
            [*command, "--process", f"{number}/2", "--seed", str(number)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(2)
    ]
    (first, _), (second, said) = finish(running, 300)
    assert (first, second) == (1, 2)
    assert "were not told the same" in said


def test_options_that_do_not_go_together() -> None:
    assert parse_place(None, None, "tile", watch=True) is None
    assert parse_place("h:70", "1/2", "xla", watch=False) == ("h:70", 1, 2)
    for coordinator, process in ((None, "0/2"), ("h:70", None), ("h", "0/2"), ("h:70", "2/2")):
        with pytest.raises(UsageError, match="need both"):
            parse_place(coordinator, process, "xla", watch=False)
    with pytest.raises(UsageError, match="--engine xla"):
        parse_place("h:70", "0/2", "tile", watch=False)
    with pytest.raises(UsageError, match="--watch"):
        parse_place("h:70", "0/2", "xla", watch=True)
