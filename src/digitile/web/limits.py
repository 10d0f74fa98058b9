"""How much the server does for one client, and for all."""

from dataclasses import dataclass

from digitile.errors import SettingError


@dataclass(frozen=True)
class Limits:
    """Bounds of the server.

    Attributes
    ----------
    max_bytes : int
        Of a request's body.
    max_pixels : int
        Of a picture.
    timeout : float
        Seconds in which a request must have arrived, and in which a picture must be read.
    concurrency : int
        Pictures in hand at a time; who comes after them is told to come again.
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
