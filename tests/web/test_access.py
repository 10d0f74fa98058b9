"""Who may ask: names, origins, tokens, and a server behind a real proxy."""

import json
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from digitile.errors import UsageError
from digitile.web.access import Access
from digitile.web.tokens import read_tokens
from tests.web.conftest import Server, running
from tests.web.samples import EIGHT

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
CONFIGURATION = Path(__file__).parents[2] / "deploy" / "nginx.conf"
NAME = "digits.example"
TOKEN = "0123456789abcdef-token"
SITE = "https://forms.example"


@dataclass(frozen=True)
class Behind:
    server: Server
    port: int
    """Of the proxy; nothing listens there before it is started."""

    @property
    def name(self) -> str:
        return f"{NAME}:{self.port}"


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    folder = tmp_path_factory.mktemp("behind")
    (folder / "tokens").write_text(f"# one\n\n{TOKEN}\nanother-token-0123456789\n")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ("--allow-host", f"{NAME}:{port}", "--allow-origin", SITE, "--log-json")
    options += ("--behind-proxy", "127.0.0.1/32", "--token-file", folder / "tokens")  # type: ignore[assignment]
    with running(folder, *options, "--no-train", "--timeout", 60) as server:
        yield Behind(server, port)


@pytest.fixture
def client(behind: Behind) -> Iterator[httpx.Client]:
    with behind.server.client(headers={"Authorization": f"Bearer {TOKEN}"}) as it:
        yield it


def test_words_that_name_nobody(tmp_path: Path) -> None:
    for name in ("", "a b", "http://a", "a/b", "*", "-a", "a..b"):
        with pytest.raises(UsageError, match="no host name"):
            Access.parse(names=(name,))
    for origin in ("", "*", "forms.example", "https://a/", "https://*.example", "null"):
        with pytest.raises(UsageError, match="no origin"):
            Access.parse(origins=(origin,))
    for proxy in ("", "localhost", "10.0.0.1/8", "1.2.3", "*"):
        with pytest.raises(UsageError, match="no address"):
            Access.parse(proxies=(proxy,))
    file = tmp_path / "tokens"
    with pytest.raises(UsageError, match="cannot read"):
        read_tokens(file)
    for content, reason in (
        (b"", "0 tokens"),
        (b"# a\n\n", "0 tokens"),
        (b"short", "5 characters"),
    ):
        file.write_bytes(content)
        with pytest.raises(UsageError, match=reason):
            read_tokens(file)


def test_names_and_origins() -> None:
    access = Access.parse(names=("Digits.example:8443", "plain.example"))
    hosts = {
        "digits.example": True,
        "DIGITS.example:8443": True,
        "digits.example.": True,
        "plain.example:80": True,
        "evil.example": False,
        "digits.example.evil.example": False,
    }
    assert {host: access.is_own_host(host) for host in hosts} == hosts
    pages = {
        "https://digits.example:8443": True,
        "https://plain.example": True,
        "https://digits.example": False,
        "https://plain.example:1": False,
        "https://10.0.0.2:8765": True,
        "null": False,
        "": False,
    }
    assert {page: access.is_own_page(page, "10.0.0.2:8765") for page in pages} == pages


def test_nobody_without_a_token(behind: Behind) -> None:
    with behind.server.client() as client:
        assert client.get("/api/v1/health").status_code == 200
        assert client.get("/api/v1/ready").status_code == 200
        for path in ("/", "/metrics", "/api/v1/openapi.json", "/api/v1/recipes", "/nothing"):
            answer = client.get(path)
            assert answer.status_code == 401
            assert answer.json()["code"] == "unauthorized"
            assert "Bearer" in answer.headers["www-authenticate"]
        for given in ("", "Bearer", "Bearer x", f"Bearer {TOKEN}x", TOKEN, "Basic !", "Basic eA==",
                      f"bearer {TOKEN[:-1]}", "Bearer \xff\xfe"):  # fmt: skip
            headers = {"Authorization": given.encode("latin-1")}
            assert client.get("/", headers=headers).status_code == 401, given  # type: ignore[arg-type]
        for given in (f"Bearer {TOKEN}", "bearer another-token-0123456789"):
            assert client.get("/", headers={"Authorization": given}).status_code == 200
        assert client.get("/", auth=("anybody", TOKEN)).status_code == 200
        assert client.get("/", auth=(TOKEN, "")).status_code == 401


def test_other_sites_that_may_ask(client: httpx.Client, behind: Behind) -> None:
    answer = client.post("/api/v1/read", content=EIGHT, headers={"Origin": SITE})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == SITE
    foreign = client.post("/api/v1/read", content=EIGHT, headers={"Origin": SITE + ".evil.example"})
    assert foreign.status_code == 403
    assert foreign.json()["code"] == "foreign_origin"
    with behind.server.client() as stranger:
        asked = {"Origin": SITE, "Access-Control-Request-Method": "POST"}
        asked["Access-Control-Request-Headers"] = "authorization"
        answer = stranger.options("/api/v1/read", headers=asked)
        assert answer.status_code == 200
        assert "authorization" in answer.headers["access-control-allow-headers"].lower()
        refused = stranger.post("/api/v1/read", content=EIGHT, headers={"Origin": SITE})
        assert refused.status_code == 401
        assert refused.headers["access-control-allow-origin"] == SITE


def test_trainings_can_be_switched_off(client: httpx.Client) -> None:
    assert client.get("/api/v1/recipes").json() == {"recipes": []}
    answer = client.post("/api/v1/trainings", json={"recipe": "sjtu2025"})
    assert (answer.status_code, answer.json()["code"]) == (403, "training_off")


def log(behind: Behind, request_id: str) -> dict[str, object]:
    """The line of a request, which is written when its answer has been sent."""
    for _ in range(50):
        lines = [json.loads(line) for line in behind.server.errors.read_text().splitlines()]
        found = [line for line in lines if line["request_id"] == request_id]
        if found:
            return found[0]
        time.sleep(0.05)
    raise AssertionError(request_id)


def test_each_request_has_a_line_of_json(client: httpx.Client, behind: Behind) -> None:
    odd = {"X-Request-ID": "mine", "X-Forwarded-For": "198.51.100.9, 203.0.113.7"}
    client.get("/a%0Ab%1b", headers=odd)
    line = log(behind, "mine")
    assert (line["client"], line["method"], line["path"]) == ("203.0.113.7", "GET", "/a\nb\x1b")
    assert line["status"] == 404
    assert isinstance(line["ms"], float)


@pytest.fixture(scope="module")
def proxied(behind: Behind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of nginx as deploy/ has it, with a certificate made for the test."""
    if NGINX is None or shutil.which("openssl") is None:
        pytest.skip("there is no nginx, or no openssl: apt-get install nginx-light openssl")
    folder = tmp_path_factory.mktemp("nginx")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    words = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    words += f" -subj /CN={NAME} -addext subjectAltName=DNS:{NAME} -keyout {key} -out {certificate}"
    subprocess.run(words.split(), check=True, capture_output=True)
    text = CONFIGURATION.read_text()
    for old, new in (
        ("listen 8443", f"listen 127.0.0.1:{behind.port}"),
        ("digitile:8765", f"127.0.0.1:{behind.server.port}"),
        ("/etc/nginx/tls/cert.pem", str(certificate)),
        ("/etc/nginx/tls/key.pem", str(key)),
        # the same with the headers that nginx sends by itself
        ("location = /metrics", "location /plain/ { proxy_pass http://127.0.0.1:"
         f"{behind.server.port}/; }} location = /metrics"),
    ):  # fmt: skip
        assert old in text
        text = text.replace(old, new)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {folder / kind};" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"user root; pid {folder / 'pid'}; events {{}} http {{ access_log off; {paths} {text} }}"
    )
    command = [NGINX, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "errors"]
    with subprocess.Popen([*command, "-g", "daemon off;"], stderr=subprocess.PIPE) as process:
        trust = ssl.create_default_context(cafile=certificate)
        base = f"https://127.0.0.1:{behind.port}"
        head = {"Host": behind.name, "Authorization": f"Bearer {TOKEN}"}
        with httpx.Client(base_url=base, verify=trust, headers=head, timeout=60) as client:
            try:
                for _ in range(100):
                    try:
                        ask(client, "GET", "/api/v1/health")
                        break
                    except httpx.ConnectError:
                        time.sleep(0.05)
                yield client
            finally:
                process.terminate()


def ask(client: httpx.Client, method: str, path: str, **words: object) -> httpx.Response:
    return client.request(method, path, extensions={"sni_hostname": NAME}, **words)  # type: ignore[arg-type]


@pytest.mark.parametrize("prefix", ["", "/plain"])
def test_behind_nginx_with_tls(behind: Behind, proxied: httpx.Client, prefix: str) -> None:
    headers = {"Origin": f"https://{behind.name}", "Sec-Fetch-Site": "same-origin"}
    answer = ask(proxied, "POST", f"{prefix}/api/v1/read", content=EIGHT, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["lines"][0]["text"] == "8"
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    answer = ask(proxied, "POST", f"{prefix}/api/v1/read", content=EIGHT, headers=headers)
    assert answer.status_code == 403


def test_nginx_tells_who_asks_and_keeps_the_metrics(behind: Behind, proxied: httpx.Client) -> None:
    spoofed = {"X-Forwarded-For": "203.0.113.7"}
    answer = ask(proxied, "GET", "/api/v1/health", headers=spoofed)
    assert log(behind, answer.headers["x-request-id"])["client"] == "127.0.0.1"
    assert ask(proxied, "GET", "/metrics").status_code == 404
    large = ask(proxied, "POST", "/api/v1/read", content=b"0" * 11_000_000)
    assert large.status_code == 413
