"""Which devices compute: JAX's, in one process or in several."""

from contextlib import suppress
from typing import TypeVar

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from digitile.engines.xla.programs import BATCH
from digitile.errors import SettingError

T = TypeVar("T")


def mesh_of(devices: int) -> Mesh:
    """Return `devices` devices of each process in a row.

    Where JAX has only processors and was not asked for anything yet, it is told to make as many
    devices of them.

    Raises `SettingError` for fewer than 1, or more than there are.
    """
    if devices > 1:
        with suppress(RuntimeError):  # its devices are made already: they have to do
            jax.config.update("jax_num_cpu_devices", devices)
    if not 1 <= devices <= jax.local_device_count():
        raise SettingError(
            f"{devices} devices wanted, but JAX has {jax.local_device_count()} "
            f"({jax.local_devices()[0].platform}) here. Give --devices from 1 to as many."
        )
    rows: dict[int, list[jax.Device]] = {}
    for device in jax.devices():
        rows.setdefault(device.process_index, []).append(device)
    chosen = [device for row in rows.values() for device in row[:devices]]
    return Mesh(np.array(chosen), (BATCH,))


def everywhere(values: T, mesh: Mesh) -> T:
    """Return the same object, with its arrays on all devices; each process has the whole."""
    whole = NamedSharding(mesh, PartitionSpec())

    def put(value: object) -> jax.Array:
        array = np.asarray(value)
        return jax.make_array_from_callback(array.shape, whole, lambda part: array[part])

    put_all: T = jax.tree.map(put, values)
    return put_all
