"""Servers that really run, each in a process of its own."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

START_SECONDS = 60


@dataclass(frozen=True)
class Server:
    address: str
    process: subprocess.Popen[str]
    errors: Path

    @property
    def port(self) -> int:
        return int(self.address.rstrip("/").rpartition(":")[2])

    def client(self, **options: object) -> httpx.Client:
        return httpx.Client(base_url=self.address, timeout=60, **options)  # type: ignore[arg-type]

    def check_alive(self) -> None:
        assert httpx.get(self.address + "api/health", timeout=60).json()["status"] == "ok"
        assert self.process.poll() is None
        assert "Traceback" not in self.errors.read_text()


@contextmanager
def running(folder: Path, *options: object, stop: int = signal.SIGTERM) -> Iterator[Server]:
    """A server that can read, ended by a signal; it must end well."""
    words = [sys.executable, "-m", "digitile", "serve", "--port", "0", *map(str, options)]
    errors = folder / "errors.txt"
    with errors.open("w") as sink:
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=sink, text=True)
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert "http://" in line, errors.read_text()
            server = Server(line.split()[2], process, errors)
            end = time.monotonic() + START_SECONDS
            while httpx.get(server.address + "api/ready", timeout=60).status_code != 200:
                assert time.monotonic() < end
                time.sleep(0.1)
            yield server
            server.check_alive()
            process.send_signal(stop)
            assert process.wait(30) == 0
            assert "Traceback" not in errors.read_text()
        finally:
            process.kill()
            process.communicate()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With the limits that users get."""
    folder = tmp_path_factory.mktemp("server")
    with running(folder, "--data-folder", folder / "data", "--timeout", 60) as it:
        yield it


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with server.client() as it:
        yield it
