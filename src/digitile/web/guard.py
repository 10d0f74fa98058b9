"""Who may ask, and what every answer carries.

A page of another site must not reach the server through its visitor's browser. Host names an
attacker can point here (DNS rebinding) are refused: only addresses and the server's own names pass.
Requests that change something or cost work must not come from another site's page (CSRF): browsers
say in ``Origin`` or ``Sec-Fetch-Site`` where they come from; other clients send neither.
"""

import ipaddress
import logging

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_log = logging.getLogger("digitile.web")


class Guard:
    """Around the whole application.

    Parameters
    ----------
    app : ASGI application
    names : set of str
        Host names of this server, besides localhost and any address.
    """

    def __init__(self, app: ASGIApp, names: frozenset[str]) -> None:
        self._app = app
        self._names = names | {"localhost"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        refusal = self._refusal(scope["method"], Headers(scope=scope))
        if refusal is not None:
            await refusal(scope, receive, send_guarded)
            return
        try:
            await self._app(scope, receive, send_guarded)
        except Exception as error:  # the answer, 500, has been sent
            _log.error("%r failed: %s: %s", scope["path"], type(error).__name__, error)

    def _refusal(self, method: str, headers: Headers) -> JSONResponse | None:
        host = headers.get("host", "")
        if not self._is_own(_name(host)):
            return _error(421, f"this server is not called {host!r}. Use its address.")
        if method in ("GET", "HEAD"):
            return None
        origin = headers.get("origin")
        same = origin.partition("://")[2] == host if origin else None
        if same is None:
            same = headers.get("sec-fetch-site", "none") in ("same-origin", "none")
        return None if same else _error(403, "another site's page may not ask for this.")

    def _is_own(self, name: str) -> bool:
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name in self._names
        return True


def _name(host: str) -> str:
    """Return a Host header's name or address without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].rstrip(".").lower()


def _error(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": message}, status)
