"""Who has a token may ask: ``Authorization: Bearer TOKEN``.

Browsers cannot be told to send that, but ask for a name and a password when they are told to
authenticate: the token is also taken as the password, of any name, and so the pages work.
"""

import base64
import binascii
import hmac
from pathlib import Path

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from digitile.errors import UsageError
from digitile.web.problems import Problem, answer

MIN_CHARACTERS = 16
"""Shorter tokens can be guessed."""

MAX_BYTES = 1 << 20
"""Of a file of tokens."""

ASK = {"WWW-Authenticate": 'Bearer, Basic realm="digitile", charset="UTF-8"'}


def read_tokens(path: Path) -> tuple[bytes, ...]:
    """Return the tokens of a file, one a line; empty lines and those that begin with # are none.

    Raises
    ------
    UsageError
        For a file that cannot be read, or without a token, or with a short one.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"cannot read the tokens in {path}: {error.strerror}. Give a file with one a line."
        ) from None
    lines = map(bytes.strip, content.splitlines())
    tokens = tuple(line for line in lines if line and not line.startswith(b"#"))
    if not tokens or len(content) > MAX_BYTES:
        raise UsageError(
            f"{path} has {len(tokens)} tokens in {len(content)} bytes. Give 1 to {MAX_BYTES} bytes "
            "with a token a line: openssl rand -hex 32 makes one."
        )
    if min(map(len, tokens)) < MIN_CHARACTERS:
        raise UsageError(
            f"{path} has a token of {min(map(len, tokens))} characters, but they need at least "
            f"{MIN_CHARACTERS}: openssl rand -hex 32 makes one."
        )
    return tokens


class TokenCheck:
    """Lets nobody pass without a token.

    Parameters
    ----------
    app : ASGI application
    tokens : tuple of bytes
    free : frozenset of str
        Paths that need none.
    """

    def __init__(self, app: ASGIApp, tokens: tuple[bytes, ...], free: frozenset[str]) -> None:
        self._app, self._tokens, self._free = app, tokens, free

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it with 401."""
        if scope["type"] == "http" and scope["path"] not in self._free:
            headers = Headers(scope=scope)
            given = _given(headers.get("authorization", ""))
            known = [hmac.compare_digest(given, token) for token in self._tokens]
            if not any(known):
                await answer(Problem("unauthorized", ASK), headers)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _given(authorization: str) -> bytes:
    """Return the token of a header, empty where there is none."""
    scheme, _, value = authorization.partition(" ")
    content = value.strip().encode("latin-1", "replace")
    if scheme.lower() == "bearer":
        return content
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(content, validate=True).partition(b":")[2]
        except binascii.Error:
            return b""
    return b""
