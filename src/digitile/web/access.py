"""Who may ask for what: names of the server, other sites' pages, proxies, tokens."""

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path

from digitile.errors import UsageError
from digitile.web.protocol import Network
from digitile.web.tokens import read_tokens

_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,62})"
_NAME = re.compile(rf"({_LABEL}(\.{_LABEL})*)(:\d{{1,5}})?", re.IGNORECASE)
_ORIGIN = re.compile(rf"https?://({_LABEL}(\.{_LABEL})*|\[[0-9a-f:]+\])(:\d{{1,5}})?")


@dataclass(frozen=True)
class Access:
    """Who may ask for what.

    Attributes
    ----------
    names : frozenset of str
        What the server is called besides localhost and its addresses, in lower case, with a port
        where that is not the scheme's own: ``digits.example``, ``digits.example:8443``.
    origins : frozenset of str
        Sites whose pages may use the API: ``https://forms.example``.
    proxies : tuple of networks
        Whose ``X-Forwarded-For`` and ``X-Forwarded-Proto`` are believed.
    tokens : tuple of bytes
        One of them must come with each request; none need to where there are none.
    train : bool
        Whether trainings can be started.
    """

    names: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    proxies: tuple[Network, ...] = ()
    tokens: tuple[bytes, ...] = ()
    train: bool = True

    @classmethod
    def parse(
        cls,
        names: tuple[str, ...] = (),
        origins: tuple[str, ...] = (),
        proxies: tuple[str, ...] = (),
        tokens: Path | None = None,
        train: bool = True,
    ) -> "Access":
        """Return what the words of options say.

        Raises
        ------
        UsageError
            For a word that is no name, origin or address, and a file that has no tokens.
        """
        for name in names:
            if not _NAME.fullmatch(name):
                raise UsageError(f"{name!r} is no host name. Give one such as digits.example.")
        for origin in origins:
            if not _ORIGIN.fullmatch(origin):
                raise UsageError(
                    f"{origin!r} is no origin. Give scheme and name only: https://forms.example."
                )
        networks = []
        for proxy in proxies:
            try:
                networks.append(ipaddress.ip_network(proxy))
            except ValueError:
                raise UsageError(
                    f"{proxy!r} is no address. Give the proxy's, such as 10.0.0.2 or 10.0.0.0/24."
                ) from None
        return cls(
            frozenset(map(str.lower, names)),
            frozenset(origins),
            tuple(networks),
            () if tokens is None else read_tokens(tokens),
            train,
        )

    def is_own_host(self, host: str) -> bool:
        """Return whether a Host header names this server: an address, or one of its names."""
        name = _without_port(host)
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name == "localhost" or name in {_without_port(own) for own in self.names}
        return True

    def is_own_page(self, origin: str, host: str) -> bool:
        """Return whether an Origin header is this server's, asked as `host`.

        A proxy may put its own word for this server into Host, while the browser knows its name.
        """
        place = origin.partition("://")[2]
        return bool(place) and (place == host or place.lower() in self.names)


def _without_port(host: str) -> str:
    """Return a Host header's name or address without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].rstrip(".").lower()
