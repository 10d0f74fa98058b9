"""Time digitile serve with a real client: latency alone, and requests a second of many.

    python benchmarks/serving.py [--rounds N] [--clients N]

from the repository's root. The server is a process of its own, reached through the loopback
interface by kept-alive connections; each address is asked a few times before the clock starts. The
clients are threads of this process, so they take some of the processors the server would have.
"""

import argparse
import io
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from statistics import median

import cv2
import httpx
import numpy as np
from PIL import Image

from digitile.cli.console import table

NUMBER = "13800571946"
MEGAPIXELS_12 = 3000, 4000
"""Height and width of a phone's photo."""

PATIENCE = 120
"""Seconds until an answer is given up."""

WARM = 5
"""Requests before the clock starts: as many as make the median of the rest steady."""


def picture(height: int, width: int) -> bytes:
    """Return a JPEG of a number across the middle of a page."""
    page = np.full((height, width), 235, np.uint8)
    scale = width / 260
    at = width // 20, height // 2
    cv2.putText(page, NUMBER, at, 0, scale, 40, max(2, round(2 * scale)), cv2.LINE_AA)
    content = io.BytesIO()
    Image.fromarray(page).save(content, "JPEG", quality=90)
    return content.getvalue()


@contextmanager
def served() -> Iterator[str]:
    """Yield the address of a server that can read."""
    command = [sys.executable, "-m", "digitile", "serve", "--port", "0", "--timeout", str(PATIENCE)]
    command += ["--concurrency", "64", "--no-access-log"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().split()[2]
            while httpx.get(f"{address}api/v1/ready", timeout=PATIENCE).status_code != 200:
                time.sleep(0.1)
            yield address
        finally:
            process.terminate()


def timed(ask: Callable[[], httpx.Response]) -> float:
    """Return the seconds that an answer takes."""
    start = time.perf_counter()
    ask().raise_for_status()
    return time.perf_counter() - start


def latency(ask: Callable[[], httpx.Response], rounds: int) -> float:
    """Return the median of one client's waits."""
    for _ in range(WARM):
        ask()
    return median(timed(ask) for _ in range(rounds))


def throughput(address: str, content: bytes, clients: int, rounds: int) -> float:
    """Return the requests a second of so many clients together."""

    def read(own: httpx.Client) -> None:
        for _ in range(rounds):
            own.post("api/v1/read", content=content).raise_for_status()

    open_clients = [httpx.Client(base_url=address, timeout=PATIENCE) for _ in range(clients)]
    with ThreadPoolExecutor(clients) as pool:
        start = time.perf_counter()
        list(pool.map(read, open_clients))
        seconds = time.perf_counter() - start
    for own in open_clients:
        own.close()
    return clients * rounds / seconds


def main() -> None:
    """Print a row for each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--clients", type=int, default=8)
    given = parser.parse_args()
    if min(given.rounds, given.clients) < 1:
        parser.error("give 1 or more of each")
    number, photo = picture(120, 900), picture(*MEGAPIXELS_12)
    with served() as address, httpx.Client(base_url=address, timeout=PATIENCE) as client:
        alone = [
            ("/api/v1/health", lambda: client.get("api/v1/health")),
            ("a number of 11 digits", lambda: client.post("api/v1/read", content=number)),
            ("a photo of 12 megapixels", lambda: client.post("api/v1/read", content=photo)),
        ]
        rows = [(name, f"{1e3 * latency(ask, given.rounds):.1f} ms") for name, ask in alone]
        rate = throughput(address, number, given.clients, max(1, given.rounds // given.clients))
    rows.append((f"the number, {given.clients} clients", f"{rate:.1f} a second"))
    print(table(("", "median, or rate"), rows))


if __name__ == "__main__":
    main()
