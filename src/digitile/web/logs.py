"""What the server writes to standard error, and the id that joins it to an answer."""

import json
import logging
import re
import secrets
import time
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digitile.web.metrics import Metrics

_request_id: ContextVar[str] = ContextVar("request_id", default="-")
_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)
_access = logging.getLogger("digitile.access")


def configure(as_json: bool, requests: bool) -> None:
    """Write the server's log to standard error, as text or as an object of JSON a line.

    Parameters
    ----------
    as_json : bool
    requests : bool
        Whether each request has a line, too.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(_JsonLine() if as_json else _TextLine())
    levels = {
        "digitile.web": logging.INFO,
        "digitile.access": logging.INFO if requests else logging.WARNING,
        "uvicorn.error": logging.WARNING,  # what it calls errors is its general log
    }
    for name, level in levels.items():
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level)


class RequestLog:
    """Gives each request an id, which the answer and all log lines carry, and notes its answer.

    An id that the client sends in X-Request-ID is kept, if it is one.

    Parameters
    ----------
    app : ASGI application
    metrics : Metrics
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        name = given if _ID.fullmatch(given) else secrets.token_hex(8)
        _request_id.set(name)  # of this request's task
        begin = time.perf_counter()
        status = size = 0

        async def send_noted(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = name
            size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        finally:
            seconds = time.perf_counter() - begin
            self._metrics.note(scope, status, seconds)
            self._log(scope, status, size, seconds)

    def _log(self, scope: Scope, status: int, size: int, seconds: float) -> None:
        facts = {
            "client": scope["client"][0] if scope["client"] else "-",
            "method": scope["method"],
            "path": scope["path"],
            "status": status,
            "bytes": size,
            "ms": round(1e3 * seconds, 1),
        }
        text = "{client} {method} {path!r} {status} {bytes} B {ms} ms".format(**facts)
        _access.info("%s", text, extra={"facts": facts})


class _TextLine(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s [%(request_id)s] %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        record.request_id = _request_id.get()
        return super().format(record)


class _JsonLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "request_id": _request_id.get(),
        }
        facts = getattr(record, "facts", None)
        told |= facts if facts is not None else {"message": record.getMessage()}
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps(told)
