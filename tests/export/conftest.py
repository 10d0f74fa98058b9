"""A page that reads in the browser, on a server that has nothing else."""

import functools
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from digitile.data import default_folder
from digitile.export.runtime import PACKAGE, Files, fetch_runtime
from digitile.export.static_page import write_page
from digitile.model import bundled_model, load_model

CHROMIUM = shutil.which("chromium")

ALONE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
"""Chromium finds no other host."""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of a server of a folder's files."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser; while one is open, its driver's event loop runs, and no test can run another."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", ALONE])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def runtime() -> Files:
    """ONNX Runtime Web, where ``digitile export --page`` has downloaded it."""
    pytest.importorskip("onnx", reason="onnx is not installed")
    if not (default_folder() / "onnxruntime-web" / PACKAGE.name).is_file():
        pytest.skip("onnxruntime-web is not downloaded")
    return fetch_runtime(default_folder())


@pytest.fixture(scope="session")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page without ONNX Runtime Web."""
    pytest.importorskip("onnx", reason="onnx is not installed")
    folder = tmp_path_factory.mktemp("modules") / "page"
    write_page(load_model(bundled_model()), folder, {})
    with serving(folder) as address:
        yield address
