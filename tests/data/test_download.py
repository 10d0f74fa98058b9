import hashlib
import threading
from concurrent.futures import ProcessPoolExecutor
from http.server import BaseHTTPRequestHandler
from multiprocessing import get_context
from pathlib import Path

import pytest
from data_mirror import Server

from digitile.data import download, fetch
from digitile.data.download import SOURCES, DownloadSource, RemoteFile, fetch_file
from digitile.errors import DownloadError, SettingError

CONTENT = bytes(range(256)) * 1000
FILE = RemoteFile("some.gz", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))


def source(server: Server, *mirrors: str) -> DownloadSource:
    return DownloadSource(tuple(f"{server.url}/{mirror}/" for mirror in mirrors), (FILE,))


def test_the_first_mirror_that_has_it(server: Server, tmp_path: Path) -> None:
    server.send("/good/some.gz", CONTENT)
    path = fetch_file(source(server, "bad", "good", "never"), FILE, tmp_path / "new" / "folder")
    assert path == tmp_path / "new" / "folder" / "some.gz"
    assert path.read_bytes() == CONTENT
    assert server.asked == ["/bad/some.gz", "/good/some.gz"]
    assert [found.name for found in path.parent.iterdir()] == ["some.gz"]


def test_what_is_there_is_not_asked_for(server: Server, tmp_path: Path) -> None:
    (tmp_path / "some.gz").write_bytes(CONTENT)
    fetch_file(source(server, "good"), FILE, tmp_path)
    assert server.asked == []


def test_another_content_is_replaced(server: Server, tmp_path: Path) -> None:
    (tmp_path / "some.gz").write_bytes(CONTENT[:-1])
    server.send("/good/some.gz", CONTENT)
    assert fetch_file(source(server, "good"), FILE, tmp_path).read_bytes() == CONTENT


def test_mirrors_that_send_something_else(server: Server, tmp_path: Path) -> None:
    server.send("/other/some.gz", CONTENT[::-1])
    server.send("/short/some.gz", CONTENT[:1000])
    server.send("/cut/some.gz", CONTENT[:1000], length=len(CONTENT))
    server.send("/empty/some.gz", b"")
    names = ("missing", "other", "short", "cut", "empty")
    with pytest.raises(DownloadError) as caught:
        fetch_file(source(server, *names), FILE, tmp_path)
    message = str(caught.value)
    assert "HTTP status 404; " in message
    assert message.count("another file (its SHA-256 is wrong)") == 3
    assert message.count("connection broken off") == 1
    assert f"Put some.gz into {tmp_path} by hand" in message
    assert "--data digits" in message
    assert "\n" not in message
    assert list(tmp_path.iterdir()) == []
    server.send("/good/some.gz", CONTENT)
    assert fetch_file(source(server, *names, "good"), FILE, tmp_path).read_bytes() == CONTENT


def test_a_mirror_that_sends_too_much_is_cut_off(server: Server, tmp_path: Path) -> None:
    hung_up = threading.Event()

    def far_too_much(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        try:
            for _ in range(400):  # 100 MB
                request.wfile.write(CONTENT)
        except OSError:
            hung_up.set()

    server.answers["/long/some.gz"] = far_too_much
    with pytest.raises(DownloadError, match="another file"):
        fetch_file(source(server, "long"), FILE, tmp_path)
    assert hung_up.wait(30)
    assert list(tmp_path.iterdir()) == []


def test_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # where nobody listens
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(DownloadError) as caught:
        fetch("mnist", tmp_path)
    message = str(caught.value)
    for mirror in SOURCES["mnist"].mirrors:
        assert f"{mirror.split('/')[2]}: no connection" in message
    for file in SOURCES["mnist"].files:
        assert file.name in message
    assert str(tmp_path / "mnist") in message
    assert "\n" not in message


def test_a_folder_that_cannot_be_made(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    server.send("/good/some.gz", CONTENT)
    with pytest.raises(DownloadError, match="cannot be written: Not a directory"):
        fetch_file(source(server, "good"), FILE, tmp_path / "file" / "folder")


def test_a_folder_in_place_of_the_file(server: Server, tmp_path: Path) -> None:
    (tmp_path / "some.gz").mkdir()
    server.send("/good/some.gz", CONTENT)
    with pytest.raises(DownloadError, match="cannot be written: Is a directory"):
        fetch_file(source(server, "good"), FILE, tmp_path)


class Bar:
    """pooch's protocol for progress."""

    def __init__(self) -> None:
        self.total = 0
        self.done = 0
        self.closed: list[tuple[int, int]] = []

    def update(self, n: int) -> None:
        self.done += n

    def reset(self) -> None:
        self.done = 0

    def close(self) -> None:
        self.closed.append((self.done, self.total))


def test_progress(server: Server, tmp_path: Path) -> None:
    server.send("/good/some.gz", CONTENT)
    bar = Bar()
    fetch_file(source(server, "missing", "good"), FILE, tmp_path, bar)
    assert bar.closed == [(len(CONTENT), len(CONTENT))]


def fetch_in_another_process(url: str, folder: Path) -> bytes:
    return fetch_file(DownloadSource((f"{url}/good/",), (FILE,)), FILE, folder).read_bytes()


def test_two_processes_at_once(server: Server, tmp_path: Path) -> None:
    both = threading.Barrier(2, timeout=60)

    def slowly(request: BaseHTTPRequestHandler) -> None:
        both.wait()  # neither is served before both have asked
        request.send_response(200)
        request.send_header("Content-Length", str(len(CONTENT)))
        request.end_headers()
        request.wfile.write(CONTENT)

    server.answers["/good/some.gz"] = slowly
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(fetch_in_another_process, server.url, tmp_path) for _ in range(2)]
        assert all(job.result(timeout=120) == CONTENT for job in jobs)
    assert len(server.asked) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["some.gz"]


def publish(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a mirror on this machine have MNIST's files, each holding its own name."""
    files = []
    for file in SOURCES["mnist"].files:
        content = file.name.encode()
        server.send(f"/{file.name}", content)
        files.append(RemoteFile(file.name, hashlib.sha256(content).hexdigest(), len(content)))
    published = {"mnist": DownloadSource((f"{server.url}/",), tuple(files))}
    monkeypatch.setattr(download, "SOURCES", published)


def test_fetch_gets_all_files(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(server, monkeypatch)
    assert fetch("mnist", tmp_path / "new") == tmp_path / "new" / "mnist"
    files = sorted((tmp_path / "new" / "mnist").iterdir())
    assert [file.read_bytes().decode() for file in files] == [file.name for file in files]
    assert len(files) == 4


def test_fetch_leaves_what_is_there(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever its form and its content."""
    publish(server, monkeypatch)
    own = tmp_path / "mnist"
    own.mkdir()
    (own / "t10k-labels.idx1-ubyte").write_bytes(b"mine")
    (own / "t10k-images-idx3-ubyte.gz").write_bytes(b"mine, too")
    fetch("mnist", tmp_path)
    assert server.asked == ["/train-images-idx3-ubyte.gz", "/train-labels-idx1-ubyte.gz"]
    assert (own / "t10k-labels.idx1-ubyte").read_bytes() == b"mine"
    assert (own / "t10k-images-idx3-ubyte.gz").read_bytes() == b"mine, too"


def test_fetch_of_cifar10_leaves_the_unpacked_files(tmp_path: Path) -> None:
    folder = tmp_path / "cifar10" / "cifar-10-batches-bin"
    folder.mkdir(parents=True)
    (folder / "test_batch.bin").write_bytes(b"")
    assert fetch("cifar10", tmp_path) == tmp_path / "cifar10"
    assert [path.name for path in (tmp_path / "cifar10").iterdir()] == [folder.name]


@pytest.mark.parametrize("name", ["digits", "../mnist", ""])
def test_what_cannot_be_downloaded(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingError, match=r"cannot be downloaded. Use one of: mnist, cifar10"):
        fetch(name, tmp_path)


def test_the_list_is_well_formed() -> None:
    for source in SOURCES.values():
        assert len(source.mirrors) >= 2
        assert all(
            mirror.startswith("https://") and mirror.endswith("/") for mirror in source.mirrors
        )
        assert all(len(bytes.fromhex(file.sha256)) == 32 for file in source.files)
