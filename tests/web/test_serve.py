"""The server's life: started, told to stop, and refused."""

import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from digitile.web.folder import PREFIX
from digitile.web.open_files import WANTED
from digitile.web.serve import listen
from tests.web.conftest import running
from tests.web.samples import EIGHT, png


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_in_time_with_a_training_watched(tmp_path: Path, sign: int) -> None:
    with running(tmp_path, "--data-folder", tmp_path, stop=sign) as server:
        wanted = {"recipe": "lenet5"}
        key = httpx.post(server.address + "api/v1/trainings", json=wanted).json()["id"]
        seen = threading.Event()

        def watch() -> None:
            with httpx.stream(
                "GET", f"{server.address}api/v1/trainings/{key}/events", timeout=60
            ) as stream:
                for _ in stream.iter_lines():
                    seen.set()

        watcher = threading.Thread(target=watch)
        watcher.start()
        assert seen.wait(30)
    watcher.join(10)
    assert not watcher.is_alive()


def test_it_stops_under_load_and_tells_everyone(tmp_path: Path) -> None:
    photo = png(5000, 5000)  # half a second each
    with running(tmp_path, "--concurrency", 32, "--timeout", 60, ask_last=False) as server:

        def ask(_number: int) -> httpx.Response | None:
            try:
                return httpx.post(server.address + "api/v1/read", content=photo, timeout=60)
            except httpx.ConnectError:
                return None

        with ThreadPoolExecutor(24) as pool:
            asked = pool.map(ask, range(24))
            time.sleep(0.7)
            server.process.send_signal(signal.SIGTERM)
            answers = [answer for answer in asked if answer is not None]
        assert server.process.wait(30) == 0
    refused = [answer for answer in answers if answer.status_code != 200]
    assert refused
    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {
        (503, "stopping")
    }


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
            httpx.post(server.address + "api/v1/read", content=EIGHT, timeout=60) for _ in range(2)
        ]
        assert "a process died of a picture" in server.errors.read_text()
    assert [answer.status_code for answer in answers] == [503, 200]
    assert answers[0].json()["code"] == "worker_lost"
    assert answers[0].headers["retry-after"] == "1"


def test_answers_are_sent_at_once() -> None:
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "digitile", "serve", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
@pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")  # by JAX, if another test imported it
def test_too_few_open_files(tmp_path: Path) -> None:
    import resource

    done = subprocess.run(
        [sys.executable, "-m", "digitile", "serve", "--port", "0"],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (12, 12)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("digitile: the server may have 12 files open")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="asks for the limit in /proc")
def test_it_may_have_as_many_files_open_as_it_may_need(tmp_path: Path) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < WANTED:
        pytest.skip("the system allows fewer")
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        with running(tmp_path) as server:
            limits = Path(f"/proc/{server.process.pid}/limits").read_text()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    files = next(line for line in limits.splitlines() if line.startswith("Max open files"))
    assert int(files.split()[3]) == WANTED


SLOW = b"POST /api/v1/read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\nabc"


@pytest.mark.parametrize("signs", [(signal.SIGTERM,), (signal.SIGINT,) * 2, (signal.SIGTERM,) * 4])
def test_it_stops_quietly_while_bodies_are_on_their_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signs: tuple[int, ...]
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    with running(tmp_path, "--timeout", 60, ask_last=False) as server, ExitStack() as lines:
        slow = [
            lines.enter_context(socket.create_connection(("127.0.0.1", server.port), 60))
            for _ in range(3)
        ]
        for line in slow:
            line.sendall(SLOW)
        server.check_alive()  # all of that has arrived
        for sign in signs:
            server.process.send_signal(sign)
            time.sleep(0.2)
        answers = [line.makefile("rb").read() for line in slow]
        assert server.process.wait(60) == 0
    for answer in answers:
        assert answer.startswith(b"HTTP/1.1 503")
        assert b'"stopping"' in answer
    said = server.errors.read_text()
    assert "Traceback" not in said
    assert "Error" not in said
    assert not list((tmp_path / "temporary").glob(f"{PREFIX}*"))


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
        assert "everyone who can reach 0.0.0.0" in server.errors.read_text()
        name = socket.gethostname()
        address = f"http://127.0.0.1:{server.port}/api/v1/health"
        assert httpx.get(address, headers={"Host": name}).status_code == 200
        assert httpx.get(address, headers={"Host": "evil.example"}).status_code == 421
