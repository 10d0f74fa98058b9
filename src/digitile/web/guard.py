"""Who may ask, and what every answer carries.

A page of another site must not reach the server through its visitor's browser. Host names an
attacker can point here (DNS rebinding) are refused: only addresses and the server's own names pass.
Requests that change something or cost work must not come from another site's page (CSRF): browsers
say in ``Origin`` or ``Sec-Fetch-Site`` where they come from; other clients send neither.
"""

import asyncio
import logging

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digitile.web.access import Access
from digitile.web.body import Body
from digitile.web.limits import MAX_SMALL, Limits, Room, client_of
from digitile.web.problems import Problem, answer

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
    limits : Limits
        Of a request's body.
    access : Access
    large : frozenset of str
        Paths whose bodies are pictures.
    """

    def __init__(self, app: ASGIApp, limits: Limits, access: Access, large: frozenset[str]) -> None:
        self._app, self._limits, self._access, self._large = app, limits, access, large
        self._room = Room(limits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        body = self._body(scope, receive, headers)
        reply = _Reply(body, send)
        try:
            self._check(scope, headers)
            await self._app(scope, body.receive, reply.send)
        except Problem as problem:
            await answer(problem, headers)(scope, body.receive, reply.send)
        except ClientDisconnect:
            await answer(Problem("client_gone"), headers)(scope, body.receive, reply.send)
        except asyncio.CancelledError:  # the server has waited long enough, and stops
            await reply.refuse(Problem("stopping"), scope, headers)
        except Exception as error:  # the answer, 500, has been sent
            _log.error("%r failed: %s: %s", scope["path"], type(error).__name__, error)
            await reply.refuse(Problem("internal"), scope, headers)
        finally:
            body.release()

    def _body(self, scope: Scope, receive: Receive, headers: Headers) -> Body:
        is_large = scope["path"] in self._large
        most = self._limits.max_bytes if is_large else min(MAX_SMALL, self._limits.max_bytes)
        client = client_of(scope["client"][0]) if scope["client"] else ""
        return Body(receive, headers, most, self._limits.timeout, client, self._room)

    def _check(self, scope: Scope, headers: Headers) -> None:
        """Raise a `Problem` for a request that may not be made."""
        if scope.get("state", {}).get("crowded"):
            raise Problem("busy", {"Connection": "close"})
        host = headers.get("host", "")
        if not self._access.is_own_host(host):
            raise Problem("wrong_host", host=repr(host))
        if scope["method"] in ("GET", "HEAD"):
            return
        origin = headers.get("origin")
        if origin:
            own = origin in self._access.origins or self._access.is_own_page(origin, host)
        else:
            own = headers.get("sec-fetch-site", "none") in ("same-origin", "none")
        if not own:
            raise Problem("foreign_origin", origin=repr(origin or "another site"))


class _Reply:
    """The answer on its way, which gets what every answer carries."""

    def __init__(self, body: Body, send: Send) -> None:
        self._body, self._send = body, send
        self._started = False

    async def send(self, message: Message) -> None:
        """Send a part of it; where the request's body has not all come, close afterwards."""
        if message["type"] == "http.response.start":
            self._started = True
            self._cut = not self._body.whole
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
            headers.setdefault("Cache-Control", "no-store")
            if self._cut:
                headers["Connection"] = "close"
        elif self._cut and not message.get("more_body", False):
            await self._send({**message, "more_body": True})
            await self._body.drop_rest()
            message = {"type": "http.response.body"}
        await self._send(message)

    async def refuse(self, problem: Problem, scope: Scope, headers: Headers) -> None:
        """Send a problem, if nothing has been sent; else uvicorn cuts what is not whole."""
        if not self._started:
            await answer(problem, headers)(scope, self._body.receive, self.send)
