"""Where the machine code lies. Nothing here loads the compiler."""

import hashlib
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path

import platformdirs


def is_compiled() -> bool:
    """Return whether the machine code is there, so that the engine is ready in a second."""
    return any(cache_folder().glob("*execute*.nbc"))


@cache
def source_hash() -> str:
    """Return what the machine code depends on, as hexadecimal digits."""
    digest = hashlib.sha256(f"{version('numba')} {version('llvmlite')}".encode())
    folder = Path(__file__).parent
    for path in sorted(folder.rglob("*.py")):
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:24]


@cache
def cache_folder() -> Path:
    """Return a writable folder for machine code: the user's cache, else a new private one.

    The second is for a read-only home: what is compiled lasts for this process, and nothing but
    time is lost.
    """
    folder = Path(platformdirs.user_cache_dir("digitile")) / "kernels" / source_hash()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return Path(tempfile.mkdtemp(prefix="digitile-kernels-"))
