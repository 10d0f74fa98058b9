"""Many pictures in parts, each read and written as a whole."""

import hashlib
import itertools
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Shard:
    """Some pictures that stand together in the list."""

    index: int  # from 0
    first: int  # the place of its first picture in the list, from 0
    paths: tuple[Path, ...]

    def digest(self, settings: str) -> str:
        """Return 16 hexadecimal digits of its paths and of the settings they are read with."""
        told = hashlib.sha256(settings.encode())
        for path in self.paths:
            told.update(b"\0" + os.fsencode(path))
        return told.hexdigest()[:16]


def shards_of(paths: Iterable[Path], size: int) -> Iterator[Shard]:
    """Yield the shards of a list, of `size` pictures each, the last one of what is left."""
    rest = iter(paths)
    for index in itertools.count():
        some = tuple(itertools.islice(rest, size))
        if not some:
            return
        yield Shard(index, index * size, some)
