"""What the results of bulk reading depend on."""

import hashlib
import json
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from digitile import __version__
from digitile.errors import UsageError
from digitile.model import Model, bundled_model
from digitile.reader.fields import parse_field
from digitile.reader.trust import threshold


@dataclass(frozen=True)
class Asked:
    """How each picture is read; see `Reader.read`."""

    field: str | None = None
    max_error: float | None = None
    turn: bool = True

    def check(self, model: Model) -> None:
        """Raise unless a model can be asked this.

        Raises `SettingError` for an unknown field or an error rate out of range.
        """
        if self.field is not None:
            parse_field(self.field)
        threshold(model, self.max_error)


@dataclass(frozen=True)
class BulkSettings:
    """Other settings, other results."""

    model: str  # the SHA-256 of the model file
    engine: str
    asked: Asked
    shard: int  # pictures of a shard
    version: str = __version__  # of digitile

    @property
    def text(self) -> str:
        """All of it in one line."""
        return json.dumps(self.to_json())

    def to_json(self) -> dict[str, Any]:
        """Return all of it, one value a name."""
        return {
            "version": self.version,
            "model": self.model,
            "engine": self.engine,
            **asdict(self.asked),
            "shard": self.shard,
        }

    def check(self, before: dict[str, Any], out: str | PathLike[str]) -> None:
        """Raise `UsageError` where results in `out` were read with other settings."""
        now = self.to_json()
        if other := [name for name in now if before.get(name) != now[name]]:
            told = ", ".join(f"{name} {before.get(name)!r}, not {now[name]!r}" for name in other)
            raise UsageError(
                f"{out} was begun with {told}. Go on with the same, or choose another name."
            )


def digest(model: str | PathLike[str] | None) -> str:
    """Return the SHA-256 of a model file, by default of the one that comes with digitile."""
    return hashlib.sha256(Path(model or bundled_model()).read_bytes()).hexdigest()
