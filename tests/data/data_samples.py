"""Data sets made up for tests, in the formats they are published in."""

import struct

import numpy as np


def idx_bytes(values: np.ndarray) -> bytes:
    """An idx file, written from the format's description."""
    return (
        b"\0\0\x08" + struct.pack(f">B{values.ndim}I", values.ndim, *values.shape) + bytes(values)
    )


def cifar_records(n: int, seed: int) -> np.ndarray:
    """n records of CIFAR-10's binary version, n×3073."""
    rng = np.random.default_rng(seed)
    records = rng.integers(0, 256, (n, 3073), dtype=np.uint8)
    records[:, 0] %= 10
    return records


def cifar_files() -> dict[str, bytes]:
    """All files of CIFAR-10's binary version, with few records."""
    files = {f"data_batch_{i}.bin": cifar_records(2 + i, i).tobytes() for i in range(1, 6)}
    files["test_batch.bin"] = cifar_records(3, 6).tobytes()
    files["batches.meta.txt"] = (
        b"airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n"
    )
    return files
