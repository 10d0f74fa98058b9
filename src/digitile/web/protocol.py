"""Uvicorn's HTTP, with bounds on connections, and on the time in which a request must arrive."""

import asyncio
import ipaddress
import json

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from digitile.web.limits import client_of
from digitile.web.problems import KINDS

CONNECTIONS = 400
"""Connections at a time whose requests are answered; those of further ones get 503."""

SHARE = 100
"""The most of them for one client, proxies apart."""

MOST_CONNECTIONS = 2 * CONNECTIONS
"""Where there are so many, further ones are cut off without an answer."""

LOOKS = 4
"""How often in the time that a request may take it is looked at."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def bounded(seconds: float, proxies: tuple[Network, ...]) -> type[asyncio.Protocol]:
    """Return the class of the server's connections.

    Uvicorn itself waits for ever for a head, and for a body nobody reads; it lets one client have
    all connections, and answers those beyond the limit in plain text.

    Parameters
    ----------
    seconds : float
        In which a request must make progress.
    proxies : tuple of networks
        Their connections are many clients'.
    """

    class Bounded(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if len(self.connections) > MOST_CONNECTIONS:
                transport.abort()
                return
            address = self.client[0] if self.client else ""
            self._of = None if _is_in(address, proxies) else client_of(address)
            same = sum(getattr(one, "_of", None) == self._of for one in self.connections)
            crowded = len(self.connections) > CONNECTIONS or (self._of and same > SHARE)
            self.app_state = {**self.app_state, "crowded": crowded}  # in a request's scope
            self._owed: object = None, h11.IDLE
            self._since = self.loop.time()
            self.loop.call_later(seconds / LOOKS, self._look)

        def _look(self) -> None:
            """Close where the same request, or none, has been on its way for too long."""
            if self.transport.is_closing():
                return
            waiting = self.conn.their_state in (h11.IDLE, h11.SEND_BODY)
            now = (self.cycle, self.conn.their_state) if waiting else None
            if now is None or now != self._owed:
                self._owed, self._since = now, self.loop.time()
            elif self.loop.time() - self._since >= seconds:
                self.transport.close()
                return
            self.loop.call_later(seconds / LOOKS, self._look)

        def _should_upgrade(self) -> bool:
            return False  # there are no web sockets, and nothing to warn of

        def send_400_response(self, msg: str) -> None:
            kind = KINDS["invalid_http"]
            body = json.dumps({"error": kind.english, "code": "invalid_http"}).encode()
            headers = [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(body)).encode()),
                (b"connection", b"close"),
            ]
            for event in (
                h11.Response(status_code=kind.status, headers=headers, reason=b"Bad Request"),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
            self.transport.close()

    return Bounded


def _is_in(address: str, networks: tuple[Network, ...]) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in networks)
