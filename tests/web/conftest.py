"""Servers that really run, each in a process of its own."""

import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from playwright import sync_api as playwright

START_SECONDS = 60
WAIT = 150_000  # milliseconds: a busy machine compiles the engine first


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
        assert httpx.get(self.address + "api/v1/health", timeout=60).json()["status"] == "ok"
        assert self.process.poll() is None
        assert "Traceback" not in self.errors.read_text()


@contextmanager
def running(
    folder: Path,
    *options: object,
    stop: int = signal.SIGTERM,
    ask_last: bool = True,
    status: int = 0,
) -> Iterator[Server]:
    """A server that can read, ended by a signal; it must end well, with this exit status.

    Without `ask_last` it may have ended before.
    """
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
            while httpx.get(server.address + "api/v1/ready", timeout=60).status_code != 200:
                assert time.monotonic() < end
                time.sleep(0.1)
            yield server
            if ask_last:
                server.check_alive()
            process.send_signal(stop)
            assert process.wait(30) == status
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


@pytest.fixture(scope="module")
def browser() -> Iterator["playwright.Browser"]:
    """A browser; while one is open, its driver's event loop runs, and no test can run another."""
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no chromium")
    with driver.sync_playwright() as it:
        browser = it.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(
    browser: "playwright.Browser", address: str, **options: object
) -> Iterator["playwright.Page"]:
    """A page; nothing on it may go wrong unseen, and nothing be asked of other hosts."""
    wanted: dict[str, object] = {"locale": "en-GB", "viewport": {"width": 1200, "height": 900}}
    context = browser.new_context(**{**wanted, **options})  # type: ignore[arg-type]
    context.set_default_timeout(WAIT)
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    wrong = re.compile("(?!.*status of 4(00|22))")  # the page says so itself
    page.on(
        "console",
        lambda m: troubles.append(m.text) if m.type == "error" and wrong.match(m.text) else None,
    )
    own = (address, "data:", "blob:")
    page.on("request", lambda r: None if r.url.startswith(own) else troubles.append(r.url))
    page.goto(address)
    yield page
    context.close()
    assert troubles == []


@pytest.fixture
def page(browser: "playwright.Browser", server: Server) -> Iterator["playwright.Page"]:
    """The reading page on a desk."""
    with opened(browser, server.address) as it:
        yield it
