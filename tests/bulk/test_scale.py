"""100,000 pictures, killed on the way: nothing lost, nothing twice, memory flat."""

import json
import os
import resource
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.bulk.kill import finished, kill_when, start
from tests.bulk.pictures import draw

pytestmark = pytest.mark.scale

COUNT, DIGITS, BLANKS = 100_000, 100, 200
SHARD = 500


def resident(pid: int) -> int:
    """Return the bytes of memory that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def listed(folder: Path) -> list[Path]:
    """Write a list of 100,000 names: links to blank pictures, one in 200 to a digit."""
    digits = draw(folder / "digits", DIGITS)
    blanks = []
    for shade in range(BLANKS):
        blanks.append(folder / f"blank{shade}.png")
        Image.fromarray(np.full((8, 8), 255 - shade // 4, np.uint8)).save(blanks[-1])
    paths = []
    for number in range(COUNT):
        some = folder / "links" / f"{number // 1000:03}"
        some.mkdir(parents=True, exist_ok=True)
        paths.append(some / f"{number:06}.png")
        truth = digits[number // 200 % DIGITS] if number % 200 == 0 else blanks[number % BLANKS]
        paths[-1].symlink_to(truth)
    return paths


def test_100_000_pictures(tmp_path: Path) -> None:
    paths = listed(tmp_path)
    listing, out = tmp_path / "list", tmp_path / "r.jsonl"
    listing.write_text("".join(f"{path}\n" for path in paths))
    words = ("--list", listing, "--out", out, "--shard", SHARD, "--processes", 2)
    words = (*words, "--engine", "reference")
    folder = tmp_path / "r.jsonl.run"
    begun = time.monotonic()
    kill_when(start(*words), lambda: finished(folder) >= 60, signal.SIGKILL)
    before = finished(folder)

    again = start(*words)
    held: list[int] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.5) and again.poll() is None:
            if finished(folder) >= before + 10:  # all is loaded
                held.append(resident(again.pid))

    watching = threading.Thread(target=watch)
    watching.start()
    said = again.communicate()[1]
    over.set()
    watching.join()
    assert again.returncode == 0, said
    assert f"{COUNT - SHARD * before} pictures read" in said
    with out.open() as lines:
        read = [(row["number"], row["path"], row["text"]) for row in map(json.loads, lines)]
    assert [row[:2] for row in read] == [(n, os.fspath(path)) for n, path in enumerate(paths)]
    assert sum(text is not None for _, _, text in read) > 0.9 * COUNT / 200
    growth = max(held) - min(held[:4])
    print(
        f"\n{COUNT} pictures in {time.monotonic() - begun:.0f} s, killed at {SHARD * before}; "
        f"memory {max(held) / 1e6:.0f} MB, grew by {growth / 1e6:.1f} MB\n{said}"
    )
    assert growth < 20e6


def test_ray_gives_the_same(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    paths = draw(tmp_path / "pictures", 40)
    paths[7].write_bytes(b"no picture")
    for out, more in (("here.jsonl", ()), ("ray.jsonl", ("--ray", "local"))):
        words = (tmp_path / "pictures", "--out", tmp_path / out, "--shard", 5)
        process = start(*words, "--engine", "reference", "--processes", 2, *more)
        said = process.communicate()[1]
        assert process.returncode == 0, said
    assert (tmp_path / "here.jsonl").read_bytes() == (tmp_path / "ray.jsonl").read_bytes()
