"""A worker of which some pictures end the process, as a broken decoder or the kernel would."""

import os
import signal
import time
from pathlib import Path

from digitile.bulk.reading import Answer, Numbered
from digitile.bulk.rows import failed_row
from digitile.parallel.worker import Link


class HostilePictures:
    """Dies of a picture ``kills``, hangs on ``hangs``, and dies of ``once`` the first time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, numbered: Numbered, _link: Link) -> Answer:
        number, path = numbered
        with (self._folder / "asked").open("a") as file:
            file.write(f"{path.name}\n")
        if path.name == "hangs":
            time.sleep(600)
        seen = self._folder / "seen"
        if path.name == "once" and not seen.exists():
            seen.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if path.name == "kills":
            os.kill(os.getpid(), signal.SIGKILL)
        return failed_row(number, path, "read"), 0


class NoStart:
    """Cannot even be made."""

    def __init__(self) -> None:
        os._exit(1)
