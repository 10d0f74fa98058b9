"""Python as it is after `pip install digitile`, without any extra."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import digitile

SITE = '''
import sys

SEEN = {*sys.stdlib_module_names, *INSTALLED, "digitile", "site", "sitecustomize"}


class Light:
    """Finds what another finder finds, but of other packages only those of `INSTALLED`."""

    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, path=None, target=None):
        seen = name.partition(".")[0] in SEEN
        return self.finder.find_spec(name, path, target) if seen else None

    def find_distributions(self, context):
        seen = context.name is None or context.name.lower() in SEEN
        find = getattr(self.finder, "find_distributions", None)
        return find(context) if seen and find else []


sys.meta_path[:] = [Light(finder) for finder in sys.meta_path]
'''
BASE = (
    *("numpy", "cv2", "PIL", "safetensors", "threadpoolctl", "platformdirs", "msgspec"),
    *("filelock", "click", "rich", "pygments", "markdown_it", "mdurl"),
)
"""The dependencies of digitile itself, and what they bring."""


def environment(folder: Path, *more: str) -> dict[str, str]:
    """Return the variables with which Python, and each it starts, finds these packages only.

    Parameters
    ----------
    folder : Path
        An empty one, for the file that Python loads when it starts.
    more : str
        Packages beside those of `BASE`.
    """
    text = f"INSTALLED = {(*BASE, *more)!r}\n{SITE}"
    (folder / "sitecustomize.py").write_text(text, encoding="utf-8")
    source = Path(digitile.__file__).parent.parent
    return {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{source}"}


def run(
    variables: dict[str, str], folder: Path, words: Sequence[object]
) -> subprocess.CompletedProcess[str]:
    """Run Python with some words in a folder."""
    return subprocess.run(
        [sys.executable, *map(str, words)],
        env=variables,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
