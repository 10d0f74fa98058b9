"""What clients should not send, as bytes and as ways to send them."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from tests.web.samples import EIGHT, THREE, png

MEGABYTE = 1_000_000
"""The strict server's largest picture."""

NO_ANSWER = 0

CHARSETS = ("utf-7", "undefined", "idna", "utf-16", "hex", "no such")

NUMBERS = (
    "/api/v1/read?field=length=" + "9" * 5000,
    "/api/v1/read?field=" + "x" * 5000,
    "/api/v1/read?max_error=" + "9" * 5000,
    "/api/v1/look?box=" + "9" * 31 + ",0,9,9",
    "/api/v1/look?box=0,0,9,9&turned=" + "9" * 5000,
)

FORMS = (
    b"",
    b"--x",
    b"--x\r\n\r\n",
    b"--x\r\nContent-Disposition: form-data\r\n\r\nabc\r\n--x--\r\n",
    b'--x\r\nContent-Disposition: form-data; name="picture"; filename="a"\r\n\r\nabc',
    b'--x\r\nContent-Disposition: form-data; name="field"\r\n\r\nabc\r\n--x--\r\n',
    b'--x\r\nContent-Disposition: form-data; name="p"; filename="a"\r\n\r\n\r\n--x--\r\n',
    b'--x\r\nContent-Disposition: form-data; name="p"; filename="a"\r\n\r\na\r\n' * 2 + b"--x--",
    b"\x00\xff" * 5000,
    b'--x\r\nContent-Disposition: form-data; name="w"\r\n\r\n' + b"a" * 9000 + b"\r\n--x--\r\n",
)
FORM_KINDS = (
    "multipart/form-data; boundary=x",
    "multipart/form-data; boundary=" + "y" * 500,
)
NO_BOUNDARIES = ("multipart/form-data", "multipart/form-data; boundary=")

TRUNCATED = (0.0005, 0.01, 0.1, 0.5, 0.9)
"""Shares of a picture that are sent."""

NO_PICTURES = (b"GIF89a", b"%PDF-1.7", b"<svg/>", png(6000, 6000), png(1, 40_000))

PATHS = (
    "/static/../app.py",
    "/static/..%2fapp.py",
    "/static/%2e%2e/%2e%2e/errors.py",
    "/static/..%5c..%5cerrors.py",
    "/static/%00",
    "/static/",
    "/static//etc/passwd",
    "//etc/passwd",
    "/..%2f..%2fetc/passwd",
    "/static/read.js%00.html",
    "/api/v1/trainings/..%2f..%2fetc%2fpasswd/model",
)

NO_HTTP = (
    b"\r\n\r\n\r\n",
    b"GET\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"A: " + b"a" * 200_000 + b"\r\n\r\n",
    b"POST /api/v1/read HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
)

UNFINISHED = (
    b"",
    b"POST /api/v1/read HT",
    b"POST /api/v1/read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\nabc",
    b"POST /api/v1/trainings HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n{",
)
SLOW = UNFINISHED[2]

TRAININGS = (
    b"", b"{", b"[]", b"[" * 16_000, b'{"recipe": 1}', b'{"recipe": "../x"}', b"\xff\xfe",
    b'{"recipe": "sjtu2025", "data": "/etc"}', b'{"recipe": "sjtu2025", "data": "mnist"}',
    b'{"recipe": "sjtu2025", "seed": true}', b'{"recipe": "sjtu2025", "seed": 1e99}',
    b'{"recipe": "sjtu2025", "seed": -1}', b'{"recipe": "sjtu2025", "colour": 1}',
)  # fmt: skip

NAME = "<img src=x onerror=alert(1)>.jpg"


def form_in(charset: str) -> tuple[bytes, dict[str, str]]:
    """Return a form with a picture and its headers, which name a charset."""
    head = b'--x\r\nContent-Disposition: form-data; name="picture"; filename="+2AA-\xff.png"'
    kind = {"Content-Type": f"Multipart/Form-Data; Boundary=x; charset={charset}"}
    return head + b"\r\n\r\n" + EIGHT + b"\r\n--x--\r\n", kind


def truncated(share: float) -> bytes:
    """Return the first part of a picture."""
    return THREE[: int(len(THREE) * share)]


def post(path: str, body: bytes, kind: str = "application/octet-stream") -> bytes:
    """Return a request whose answer ends the connection."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {kind}"
    return f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def get(path: str) -> bytes:
    """Return a request whose answer ends the connection."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()


def whole_requests() -> list[bytes]:
    """Return every attack that is sent at once and has an answer, or ends the connection."""
    read, train = "/api/v1/read", "/api/v1/trainings"
    forms = [form_in(charset) for charset in CHARSETS]
    named = b'--x\r\nContent-Disposition: form-data; name="picture"; filename="' + NAME.encode()
    return [
        *(post(read, body, head["Content-Type"]) for body, head in forms),
        *(post(path, EIGHT) for path in NUMBERS),
        *(post(read, body, kind) for body in FORMS for kind in FORM_KINDS),
        *(post(read, b"--x--", kind) for kind in NO_BOUNDARIES),
        *(post(read, truncated(share)) for share in TRUNCATED),
        *(post(path, body) for body in NO_PICTURES for path in (read, "/api/v1/look?box=0,0,9,9")),
        *(get(path) for path in PATHS),
        *NO_HTTP,
        *(post(train, body, "application/json") for body in TRAININGS),
        post(read, named + b'"\r\n\r\n' + EIGHT + b"\r\n--x--\r\n", FORM_KINDS[0]),
        post(f"{read}?field=%3Cscript%3Ealert(1)%3C/script%3E", EIGHT),
        post(read, b"0" * (MEGABYTE + 1)),
        post(train, b"0" * 20_000, "application/json"),
    ]


def connect(port: int, address: str, seconds: float) -> socket.socket:
    """Connect to the server from one of this machine's addresses."""
    return socket.create_connection(("127.0.0.1", port), seconds, source_address=(address, 0))


def answer_to(
    port: int, request: bytes, address: str, seconds: float, *, ended: bool = False
) -> bytes:
    """Send a request and return all that comes back; nothing where the server hangs up.

    With `ended` the server is told that nothing follows: it takes the client as gone.
    """
    answer = b""
    with suppress(ConnectionError, BrokenPipeError), connect(port, address, seconds) as line:
        with suppress(ConnectionError, BrokenPipeError):  # it may hang up before all is sent
            line.sendall(request)
            if ended:
                line.shutdown(socket.SHUT_WR)
        while part := line.recv(1 << 16):
            answer += part
    return answer


def status_of(answer: bytes) -> int:
    """Return an answer's status, `NO_ANSWER` where there was none."""
    return int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else NO_ANSWER


def send_for_ever(port: int, address: str, seconds: float) -> None:
    """Send a body without an end until the server hangs up."""
    head = "POST /api/v1/read HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    end = time.monotonic() + seconds
    with connect(port, address, seconds) as line, suppress(OSError):
        line.sendall(head.encode())
        while True:
            line.sendall(b"10000\r\n" + b"0" * 0x10000 + b"\r\n")
            assert time.monotonic() < end, "the server takes a body without an end"


@contextmanager
def half_sent(
    port: int, count: int, address: str, seconds: float, sent: bytes = SLOW
) -> Iterator[list[socket.socket]]:
    """Hold connections on which no more than `sent` comes."""
    with ExitStack() as stack:
        lines = [stack.enter_context(connect(port, address, seconds)) for _ in range(count)]
        for line in lines:
            line.sendall(sent)
        yield lines
