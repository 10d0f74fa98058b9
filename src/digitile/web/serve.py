"""The server: a socket, uvicorn and the application."""

import asyncio
import ipaddress
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any, cast

import uvicorn
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from digitile.errors import UsageError
from digitile.web.access import Access
from digitile.web.app import PREFIX, large_paths, make_app
from digitile.web.guard import Guard
from digitile.web.limits import Limits
from digitile.web.logs import RequestLog
from digitile.web.open_files import BACKLOG, allow_open_files
from digitile.web.protocol import bounded
from digitile.web.state import ServerState
from digitile.web.tokens import TokenCheck

GRACE_SECONDS = 5
"""What is in hand when the server stops has so long to end."""

SIGNALS = (signal.SIGINT, signal.SIGTERM)

CUT_SECONDS = 2.0
"""What was cut off has so long to say so to its client."""


def serve(
    host: str,
    port: int,
    limits: Limits,
    access: Access,
    *,
    model: Path | None = None,
    data_folder: Path | None = None,
    on_start: Callable[[str], None],
) -> None:
    """Serve until the process is interrupted or told to end.

    The process should end with it: SIGINT and SIGTERM stay without effect.

    Parameters
    ----------
    host : str
        Name or address to listen at.
    port : int
        0 for any that is free.
    limits : Limits
    access : Access
        The server is known by its own names as well.
    model : Path, optional
        The reader's model file, by default the one that comes with digitile.
    data_folder : Path, optional
        Where data sets are kept.
    on_start : callable
        Given the server's address, once it listens.

    Raises
    ------
    UsageError
        Where it cannot listen there, or may not have enough files open.
    """
    allow_open_files()
    listener = listen(host, port)
    bound = listener.getsockname()[1]
    state = ServerState(limits, model, data_folder)
    access = replace(access, names=access.names | _names(host))
    config = uvicorn.Config(
        _stack(state, access),
        http=bounded(limits.timeout, access.proxies),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # see `_stack`
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    shown = f"[{host}]" if ":" in host else host
    on_start(f"http://{shown}:{bound}/")
    server = _Server(config, state)
    for number in SIGNALS:
        signal.signal(number, server.handle_exit)
    server.run(sockets=[listener])
    for number in SIGNALS:  # Python, as it ends, would have them kill it
        signal.signal(number, signal.SIG_IGN)


def _stack(state: ServerState, access: Access) -> ASGIApp:
    """Return the application with all that a request passes before it, the last one first."""
    app: ASGIApp = make_app(state, access)
    if access.tokens:
        app = TokenCheck(app, access.tokens, frozenset({f"{PREFIX}/health", f"{PREFIX}/ready"}))
    if access.origins:
        app = CORSMiddleware(
            app,
            allow_origins=access.origins,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["Retry-After", "X-Request-ID"],
        )
    app = RequestLog(Guard(app, state.limits, access, large_paths()), state.metrics)
    if access.proxies:
        trusted = [str(network) for network in access.proxies]
        app = cast(ASGIApp, ProxyHeadersMiddleware(cast(Any, app), trusted))
    return app


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


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens there.

    Its connections send at once. Head and body of an answer are written one after the other, and
    Nagle's algorithm would hold the body back until the client acknowledges the head, which takes
    it up to 40 ms. (asyncio sees to that only where a socket's protocol is given as TCP.)
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(
            f"cannot listen at {host}, port {port}: {reason}. Choose another --host or --port."
        ) from None
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


class _Server(uvicorn.Server):
    """Ends in order: after the requests in hand, at once when it is told so again.

    Queue and event streams end first, so that stopping does not wait for them.
    """

    def __init__(self, config: uvicorn.Config, state: ServerState) -> None:
        super().__init__(config)
        self._state = state

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `serve`; uvicorn would raise them again, while this process ends."""
        yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Note a signal."""
        self.force_exit = self.should_exit
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._state.let_go()
        await super().shutdown(sockets)
        tasks = set(self.server_state.tasks)
        if self.force_exit:
            for task in tasks:
                task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CUT_SECONDS)
        if self.force_exit:
            await self.lifespan.shutdown()  # uvicorn leaves it out
