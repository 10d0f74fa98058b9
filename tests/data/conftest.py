import gzip
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from data_mirror import Server
from data_samples import idx_bytes

from digitile.data import Splits, cifar, default_folder, idx, load_data


@pytest.fixture(scope="session")
def mnist() -> Splits:
    folder = default_folder() / "mnist"
    missing = [part for part in idx.PARTS if idx.find(folder, part) is None]
    if missing:
        pytest.skip(f"MNIST is not in {folder}: set DIGITILE_DATA to a folder with mnist/ in it")
    return load_data("mnist")


@pytest.fixture(scope="session")
def cifar10() -> Splits:
    folder = default_folder() / "cifar10"
    if cifar.find(folder) is None:
        pytest.skip(f"CIFAR-10 is not in {folder}: set DIGITILE_DATA to a folder with cifar10/")
    return load_data("cifar10")


@pytest.fixture
def small_mnist(tmp_path: Path) -> Path:
    """A folder with mnist/ in it: 6 training and 4 test pictures of 28×28, gzipped."""
    rng = np.random.default_rng(5)
    folder = tmp_path / "mnist"
    folder.mkdir()
    for part, n in zip(idx.PARTS, (6, 6, 4, 4), strict=True):
        shape = (n, 28, 28) if "images" in part else (n,)
        values = rng.integers(0, 10, shape, dtype=np.uint8)
        (folder / f"{part}.gz").write_bytes(gzip.compress(idx_bytes(values)))
    return tmp_path


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = Server()
    thread = threading.Thread(target=server.http.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.http.shutdown()
    thread.join()
    server.http.server_close()
