"""Readers of shards on the machines of a Ray cluster, which share the files with this one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from digitile.bulk.parts import Parts
from digitile.bulk.shard_reader import Count, ShardReader
from digitile.bulk.shards import Shard
from digitile.errors import DigitileError
from digitile.scale.cluster import connect
from digitile.workers import Build

RETRIES = 3
"""A shard whose machine is lost is read again by another, so many times."""


@contextmanager
def ray_readers(
    address: str, count: int | None, build: Build, arguments: tuple[object, ...], parts: Parts
) -> Iterator[Sequence["RayReader"]]:
    """Offer readers of shards, each on one core of the cluster.

    Parameters
    ----------
    address : str
        See `connect`.
    count : int, optional
        How many; as many as the cluster has cores where it is None.
    build, arguments, parts
        As for `ShardReader`.
    """
    with connect(address) as ray:
        cores = int(ray.cluster_resources().get("CPU", 1))
        options = {"num_cpus": 1, "max_restarts": -1, "max_task_retries": RETRIES}
        make = ray.remote(**options)(ShardReader)
        actors = [make.remote(build, arguments, parts) for _ in range(count or cores)]
        yield [RayReader(ray, actor) for actor in actors]


class RayReader:
    """A `ShardReader` somewhere in a cluster."""

    def __init__(self, ray: Any, actor: Any) -> None:
        self._ray, self._actor = ray, actor

    def read(self, shard: Shard) -> Count:
        """See `ShardReader`."""
        try:
            count = self._ray.get(self._actor.read.remote(shard))
        except self._ray.exceptions.RayTaskError as error:
            raise DigitileError(str(error.cause)) from error
        except self._ray.exceptions.RayError as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise DigitileError(
                f"Ray has lost a shard: {reason} Run the same command again to go on."
            ) from error
        return Count(count.pictures, count.failed)

    def close(self) -> None:
        """See `ShardReader`."""
        self._ray.kill(self._actor)
