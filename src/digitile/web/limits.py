"""How much the server does for one client, and for all."""

import ipaddress
from collections import Counter
from dataclasses import dataclass

from digitile.errors import SettingError

ROOM_PICTURES = 2
"""The memory for bodies holds so many times the largest picture for each picture in hand."""

SHARE = 0.5
"""The most of that memory for one client."""

MAX_SMALL = 64 << 10
"""Bytes of a body that is no picture, or a drawing of one digit: the description of a form with 500
fields takes 50,000, a drawing a few thousand, the settings of a training a few hundred."""


@dataclass(frozen=True)
class Limits:
    """Bounds of the server.

    Attributes
    ----------
    max_bytes : int
        Of a request with pictures.
    max_pixels : int
        Of a picture.
    timeout : float
        Seconds in which a request must have arrived, and in which a picture must be read, its wait
        for a process included.
    concurrency : int
        Pictures that are read or wait to be; who comes after them is told to come again.
    """

    max_bytes: int = 10 << 20
    max_pixels: int = 25_000_000
    timeout: float = 10.0
    concurrency: int = 16

    def __post_init__(self) -> None:
        """Raise `SettingError` for a bound that lets nothing pass."""
        for name, value in vars(self).items():
            if not value > 0:
                raise SettingError(f"{name} is {value}, but must be above 0.")


class Room:
    """The memory for bodies that are being received or worked on.

    Parameters
    ----------
    limits : Limits
    """

    def __init__(self, limits: Limits) -> None:
        self._free = ROOM_PICTURES * limits.concurrency * limits.max_bytes
        self._share = int(SHARE * self._free)
        self._held: Counter[str] = Counter()

    def take(self, client: str, size: int) -> bool:
        """Take so many bytes for a client; return whether there were as many."""
        if size > self._free or self._held[client] + size > self._share:
            return False
        self._free -= size
        self._held[client] += size
        return True

    def give_back(self, client: str, size: int) -> None:
        """Give back what was taken."""
        self._free += size
        self._held[client] -= size
        if not self._held[client]:
            del self._held[client]


def client_of(address: str) -> str:
    """Return who counts as one client: an IPv4 address, or the /64 network that one site has."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return address
    return str(ipaddress.ip_network((found.packed[:8] + bytes(8), 64)))
