"""The server: a socket, uvicorn and the application."""

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from pathlib import Path

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from digitile.errors import UsageError
from digitile.web.app import App, make_app
from digitile.web.limits import Limits

CONNECTIONS = 400
"""Connections at a time; further ones are answered with 503."""

GRACE_SECONDS = 5
"""What is in hand when the server stops has so long to end."""


def serve(
    host: str,
    port: int,
    limits: Limits,
    *,
    model: Path | None = None,
    data_folder: Path | None = None,
    on_start: Callable[[str], None],
) -> None:
    """Serve until the process is interrupted or told to end.

    Parameters
    ----------
    host : str
        Name or address to listen at.
    port : int
        0 for any that is free.
    limits : Limits
    model : Path, optional
        The reader's model file, by default the one that comes with digitile.
    data_folder : Path, optional
        Where data sets are kept.
    on_start : callable
        Given the server's address, once it listens.

    Raises
    ------
    UsageError
        Where it cannot listen there.
    """
    listener = _listen(host, port)
    bound = listener.getsockname()[1]
    app, state = make_app(limits, model=model, data_folder=data_folder, names=_names(host))
    config = uvicorn.Config(
        app,
        http=_within(limits.timeout),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    shown = f"[{host}]" if ":" in host else host
    on_start(f"http://{shown}:{bound}/")
    _Server(config, state).run(sockets=[listener])


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach a host name or address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _names(host: str) -> frozenset[str]:
    """Return what the server may be called by those who can reach it."""
    return (
        frozenset()
        if is_loopback(host)
        else frozenset({host.lower(), socket.gethostname().lower()})
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(
            f"cannot listen at {host}, port {port}: {reason}. Choose another --host or --port."
        ) from None


class _Server(uvicorn.Server):
    """Lets event streams end first, so that stopping does not wait for them."""

    def __init__(self, config: uvicorn.Config, state: App) -> None:
        super().__init__(config)
        self._state = state

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._state.trainings.let_go()
        await super().shutdown(sockets)


def _within(seconds: float) -> type[asyncio.Protocol]:
    """Return uvicorn's HTTP, with a bound on the time in which a request must arrive.

    Uvicorn itself waits for ever for a head, and for a body nobody reads.
    """

    class Bounded(H11Protocol):
        _owed: object = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self.loop.call_later(seconds, self._look)

        def _look(self) -> None:
            """Close where the same request, or none, was still on its way at the last look."""
            if self.transport.is_closing():
                return
            waiting = self.conn.their_state in (h11.IDLE, h11.SEND_BODY)
            now = (self.cycle, self.conn.their_state) if waiting else None
            if now is not None and now == self._owed:
                self.transport.close()
                return
            self._owed = now
            self.loop.call_later(seconds, self._look)

    return Bounded
