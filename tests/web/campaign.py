"""What the campaign needs: a server to attack, its processes, and a client who behaves."""

import os
import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.web.attacks import answer_to, status_of, whole_requests
from tests.web.conftest import Server
from tests.web.samples import BLANK, EIGHT, IN_BOXES, THREE, TWO_SEVEN

NEIGHBOUR = "127.0.0.2"
"""Where the client who behaves asks from; to the server, each address is another client."""

QUIET_SECONDS = 0.2
"""What the slowest of a few readings takes at most on a quiet machine with two cores."""

PROBES = 10
"""Readings that are timed at the start."""

PICTURES = {
    "eight": EIGHT,
    "three": THREE,
    "two seven": TWO_SEVEN,
    "boxes": IN_BOXES,
    "blank": BLANK,
}
"""What must be answered alike before and after."""


@dataclass
class Answers:
    """What a client was answered: how often which status, and the slowest answer in seconds.

    `lost` counts connections that were refused or closed.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    slowest: float = 0.0
    lost: int = 0
    wrong: list[str] = field(default_factory=list)

    def note(self, answer: httpx.Response, seconds: float) -> None:
        """Count an answer; it is right, or asks to come again."""
        self.statuses[answer.status_code] += 1
        self.slowest = max(self.slowest, seconds)
        if answer.status_code == 200:
            texts = [line["text"] for line in answer.json()["lines"]]
            if texts != ["8"]:
                self.wrong.append(f"read {texts}")
        elif answer.status_code != 503 or int(answer.headers.get("retry-after", 0)) < 1:
            self.wrong.append(f"{answer.status_code}: {answer.text[:200]}")

    def __str__(self) -> str:
        told = ", ".join(f"{count} × {status}" for status, count in sorted(self.statuses.items()))
        return f"{told or 'nothing'}; slowest {self.slowest:.2f} s"


def client_at(server: Server, address: str, seconds: float) -> httpx.Client:
    """Return a client that asks from one of this machine's addresses."""
    transport = httpx.HTTPTransport(local_address=address)
    return httpx.Client(base_url=server.address, timeout=seconds, transport=transport)


def ask(client: httpx.Client, answers: Answers) -> None:
    """Have a picture read, and note the answer."""
    begin = time.monotonic()
    answer = client.post("/api/v1/read", content=EIGHT)
    answers.note(answer, time.monotonic() - begin)


@contextmanager
def neighbour(server: Server, seconds: float) -> Iterator[Answers]:
    """Have a client read one picture again and again, from an address of its own."""
    answers, stop = Answers(), threading.Event()

    def read() -> None:
        with client_at(server, NEIGHBOUR, seconds) as client:
            while not stop.is_set():
                try:
                    ask(client, answers)
                except httpx.TimeoutException as error:
                    answers.wrong.append(repr(error))
                except httpx.TransportError:
                    answers.lost += 1

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield answers
    finally:
        stop.set()
        thread.join()


def patience(server: Server) -> float:
    """Return how many times slower than quiet this machine is: its slowest idle reading's."""
    answers = Answers()
    with client_at(server, NEIGHBOUR, 60) as client:
        for _ in range(PROBES):
            ask(client, answers)
    assert answers.statuses == {200: PROBES}, answers
    return max(1.0, answers.slowest / QUIET_SECONDS)


def answers_of(server: Server) -> dict[str, bytes]:
    """Return the body of the answer to each picture, on a server with nothing else to do."""
    bodies = {}
    with client_at(server, NEIGHBOUR, 60) as client:
        for name, picture in PICTURES.items():
            answer = client.post("/api/v1/read", content=picture)
            assert answer.status_code == 200, answer.text
            bodies[name] = answer.content
    return bodies


def attack(server: Server, address: str, end: float, seconds: float, seed: int) -> Counter[int]:
    """Send attacks in a random order from one address until `end`; return how each was answered."""
    requests, chance = whole_requests(), random.Random(seed)
    statuses: Counter[int] = Counter()
    while time.monotonic() < end:
        answer = answer_to(server.port, chance.choice(requests), address, seconds)
        statuses[status_of(answer)] += 1
    return statuses


def workers_of(pid: int) -> list[int]:
    """Return the processes that a server has started to read pictures."""
    listings = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for listing in listings for child in listing.read_text().split()]
    return sorted(child for child in children if "spawn_main" in _command(child))


def is_running(pid: int) -> bool:
    """Tell whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def memory_of(pid: int) -> int:
    """Return a process's own memory in bytes: what it has in RAM and shares with no file."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("RssAnon:"))
    return int(line.split()[1]) << 10


def settled(pids: list[int], looks: int, seconds: float) -> dict[int, float]:
    """Return the median memory of processes over a few looks."""
    found: dict[int, list[int]] = {pid: [] for pid in pids}
    for _ in range(looks):
        for pid in pids:
            found[pid].append(memory_of(pid))
        time.sleep(seconds)
    return {pid: statistics.median(sizes) for pid, sizes in found.items()}


def wait_for_workers(server: Server, count: int, seconds: float) -> None:
    """Have pictures read, so many at a time, until so many processes do it."""
    end = time.monotonic() + seconds
    with client_at(server, NEIGHBOUR, seconds) as client, ThreadPoolExecutor(count) as pool:
        while len(workers_of(server.process.pid)) < count:
            for asked in [
                pool.submit(client.post, "/api/v1/read", content=EIGHT) for _ in range(count)
            ]:
                asked.result()
            assert time.monotonic() < end, "processes are not replaced"


def content_of(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder."""
    return {
        os.fspath(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""
