"""The server's life: started, told to stop, and refused."""

import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from tests.web.conftest import running
from tests.web.samples import EIGHT


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_in_time_with_a_training_watched(tmp_path: Path, sign: int) -> None:
    with running(tmp_path, "--data-folder", tmp_path, stop=sign) as server:
        wanted = {"recipe": "lenet5"}
        key = httpx.post(server.address + "api/trainings", json=wanted).json()["id"]
        seen = threading.Event()

        def watch() -> None:
            with httpx.stream(
                "GET", f"{server.address}api/trainings/{key}/events", timeout=60
            ) as stream:
                for _ in stream.iter_lines():
                    seen.set()

        watcher = threading.Thread(target=watch)
        watcher.start()
        assert seen.wait(30)
    watcher.join(10)
    assert not watcher.is_alive()


def test_a_worker_that_dies_costs_one_answer(tmp_path: Path) -> None:
    with running(tmp_path, "--concurrency", 1, "--timeout", 60) as server:
        listings = list(Path(f"/proc/{server.process.pid}/task").glob("*/children"))
        if not listings:
            pytest.skip("this system does not list a process's children")
        for child in " ".join(listing.read_text() for listing in listings).split():
            command = Path(f"/proc/{child}/cmdline").read_bytes()
            if b"spawn_main" in command:
                subprocess.run(["kill", "-9", child], check=True)
        answers = [
            httpx.post(server.address + "api/read", content=EIGHT, timeout=60).status_code
            for _ in range(2)
        ]
    assert answers == [422, 200]


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "digitile", "serve", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_where_it_cannot_listen_or_read(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = run("--port", str(taken.getsockname()[1]))
    assert result.returncode == 2
    assert result.stderr.startswith("digitile: cannot listen at 127.0.0.1")
    assert len(result.stderr.splitlines()) == 1
    result = run("--model", str(tmp_path / "none.safetensors"))
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1


def test_a_warning_where_others_can_reach_it(tmp_path: Path) -> None:
    with running(tmp_path, "--host", "0.0.0.0") as server:
        assert "whoever can reach 0.0.0.0" in server.errors.read_text()
        name = socket.gethostname()
        address = f"http://127.0.0.1:{server.port}/api/health"
        assert httpx.get(address, headers={"Host": name}).status_code == 200
        assert httpx.get(address, headers={"Host": "evil.example"}).status_code == 421
