"""What clients should not send: an error for them, and the server goes on."""

import json
import socket
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from digitile.web.protocol import SHARE
from tests.web.attacks import (
    CHARSETS,
    FORM_KINDS,
    FORMS,
    MEGABYTE,
    NAME,
    NO_BOUNDARIES,
    NO_HTTP,
    NO_PICTURES,
    NUMBERS,
    PATHS,
    TRAININGS,
    TRUNCATED,
    UNFINISHED,
    answer_to,
    form_in,
    get,
    half_sent,
    send_for_ever,
    truncated,
)
from tests.web.conftest import Server, running
from tests.web.samples import EIGHT

SECONDS = 4.0


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("strict")
    options = ("--max-size", 1, "--timeout", SECONDS, "--concurrency", 4)
    with running(folder, *options, "--data-folder", folder) as it:
        yield it


@pytest.fixture(autouse=True)
def alive_after(strict: Server) -> Iterator[None]:
    yield
    strict.check_alive()


@pytest.fixture
def client(strict: Server) -> Iterator[httpx.Client]:
    with strict.client() as it:
        yield it


def test_oversize_bodies(client: httpx.Client) -> None:
    large = b"0" * (MEGABYTE + 1)

    def chunks() -> Iterator[bytes]:
        for _ in range(11):
            yield b"0" * (MEGABYTE // 10)

    assert client.post("/api/v1/read", content=large).status_code == 413
    assert client.post("/api/v1/read", content=chunks()).status_code == 413
    assert client.post("/api/v1/read", files={"picture": large}).status_code == 413
    answer = client.post("/api/v1/read", content=large)
    assert str(MEGABYTE) in answer.json()["error"]
    assert answer.json()["code"] == "body_too_large"
    assert answer.headers["connection"] == "close"
    answer = client.post("/api/v1/trainings", content=large[:70_000])  # settings are small
    assert answer.status_code == 413


def test_an_endless_body_is_cut_off(strict: Server) -> None:
    started = time.monotonic()
    send_for_ever(strict.port, "127.0.0.1", 30)
    assert time.monotonic() - started < SECONDS


def test_bytes_that_trickle_take_no_place_in_the_queue(strict: Server) -> None:
    with half_sent(strict.port, 16, "127.0.0.1", 30):
        answer = httpx.post(strict.address + "api/v1/read", content=EIGHT, timeout=60)
    assert answer.status_code == 200


def test_one_client_cannot_have_all_connections(strict: Server) -> None:
    with half_sent(strict.port, SHARE, "127.0.0.1", 30, sent=b""):
        answer = httpx.get(strict.address + "api/v1/health", timeout=60)
        assert answer.status_code == 503
        assert answer.json()["code"] == "busy"
        assert answer.headers["retry-after"] == "1"
        assert answer.headers["connection"] == "close"
    while httpx.get(strict.address + "api/v1/health", timeout=60).status_code != 200:
        time.sleep(0.05)


@pytest.mark.parametrize("charset", CHARSETS)
def test_a_form_s_charset_means_nothing(client: httpx.Client, charset: str) -> None:
    body, kind = form_in(charset)
    answer = client.post("/api/v1/read", content=body, headers=kind)
    assert answer.status_code == 200
    assert answer.json()["path"] == "+2AA-\xff.png"


@pytest.mark.parametrize("path", NUMBERS)
def test_numbers_beyond_all_bounds(client: httpx.Client, path: str) -> None:
    answer = client.post(path, content=EIGHT)
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_parameter"
    assert len(answer.json()["error"]) < 500


@pytest.mark.parametrize("body", FORMS)
def test_broken_forms(client: httpx.Client, body: bytes) -> None:
    for kind in FORM_KINDS:
        answer = client.post("/api/v1/read", content=body, headers={"Content-Type": kind})
        assert answer.status_code == 400, answer.text
        assert answer.json()["error"]


@pytest.mark.parametrize("kind", NO_BOUNDARIES)
def test_a_form_without_a_boundary(client: httpx.Client, kind: str) -> None:
    answer = client.post("/api/v1/read", content=b"--x--", headers={"Content-Type": kind})
    assert answer.status_code == 400


@pytest.mark.parametrize("share", TRUNCATED)
def test_truncated_pictures(client: httpx.Client, share: float) -> None:
    answer = client.post("/api/v1/read", content=truncated(share))
    assert answer.status_code == 422
    assert "broken" in answer.json()["error"] or "format" in answer.json()["error"]


@pytest.mark.parametrize("content", NO_PICTURES)
def test_what_is_no_picture_or_too_many_pixels(client: httpx.Client, content: bytes) -> None:
    for path in ("/api/v1/read", "/api/v1/look?box=0,0,9,9"):
        assert client.post(path, content=content).status_code == 422


def test_markup_in_names_is_only_a_name(client: httpx.Client) -> None:
    answer = client.post("/api/v1/read", files={"picture": (NAME, EIGHT)})
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["path"] == NAME
    field = {"field": "<script>alert(1)</script>"}
    answer = client.post("/api/v1/read", content=EIGHT, params=field)
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", PATHS)
def test_no_way_out_of_the_pages(strict: Server, path: str) -> None:
    answer = answer_to(strict.port, get(path), "127.0.0.1", 30)
    assert answer.startswith(b"HTTP/1.1 404")
    assert b"import" not in answer
    assert b"root:" not in answer


@pytest.mark.parametrize("request_", NO_HTTP)
def test_what_is_no_http(strict: Server, request_: bytes) -> None:
    answer_to(strict.port, request_, "127.0.0.1", 30, ended=True)


def test_what_is_no_http_is_told_so_in_json(strict: Server) -> None:
    with socket.create_connection(("127.0.0.1", strict.port), 30) as line:
        line.sendall(b"GET\r\n\r\n")
        head, _, body = line.makefile("rb").read().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert json.loads(body)["code"] == "invalid_http"


@pytest.mark.parametrize("sent", UNFINISHED)
def test_slow_clients_are_left(strict: Server, sent: bytes) -> None:
    started = time.monotonic()
    with half_sent(strict.port, 1, "127.0.0.1", 60, sent) as (line,):
        answer = line.makefile("rb").read()
    assert time.monotonic() - started < 5 * SECONDS
    assert answer == b"" or answer.startswith(b"HTTP/1.1 408")


def test_a_hundred_requests_at_once(client: httpx.Client) -> None:
    def ask(_number: int) -> int:
        answer = client.post("/api/v1/read", content=EIGHT)
        if answer.status_code == 503:
            assert int(answer.headers["retry-after"]) > 0
        else:
            assert answer.status_code == 200, answer.text
            assert answer.json()["lines"][0]["text"] == "8"
        return answer.status_code

    with ThreadPoolExecutor(100) as pool:
        statuses = Counter(pool.map(ask, range(100)))
    assert set(statuses) <= {200, 503}
    assert statuses[200] >= 4


@pytest.mark.parametrize("body", TRAININGS)
def test_trainings_that_cannot_be(client: httpx.Client, body: bytes) -> None:
    kind = {"Content-Type": "application/json"}
    answer = client.post("/api/v1/trainings", content=body, headers=kind)
    assert answer.status_code == 400
    assert json.loads(answer.content)["error"]
    assert client.get("/api/v1/trainings").json() == {"trainings": []}
