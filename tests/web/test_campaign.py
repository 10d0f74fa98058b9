"""A campaign against a server that really runs: all attacks, many of each, for minutes.

Run it with ``make test-hostile``. It stays on this machine's loopback addresses, each of which is
another client to the server. All times are for a quiet machine with two cores, where it takes less
than ten minutes; on another one they are multiplied by `patience`, the slowest of a few readings on
the idle server over what it takes on a quiet machine. So the limits are those of the server's own
promise, and not of whatever else the machine does.
"""

import os
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from digitile.web.folder import NEW_SECONDS, PREFIX
from digitile.web.protocol import SHARE
from digitile.web.serve import CUT_SECONDS, GRACE_SECONDS
from tests.web.attacks import (
    NO_ANSWER,
    answer_to,
    half_sent,
    post,
    send_for_ever,
    status_of,
    whole_requests,
)
from tests.web.campaign import (
    Answers,
    answers_of,
    ask,
    attack,
    client_at,
    content_of,
    is_running,
    neighbour,
    patience,
    settled,
    wait_for_workers,
    workers_of,
)
from tests.web.conftest import Server, running
from tests.web.samples import EIGHT, png

pytestmark = [
    pytest.mark.hostile,
    pytest.mark.skipif(sys.platform != "linux", reason="needs /proc, and 127.0.0.2 and so on"),
]

ANSWER_SECONDS = 2.0
"""A client who behaves has an answer after so long: the right one, or 503 with Retry-After."""

SERVER_SHARE = 0.75
"""Of that, what the server may take; the rest is the way there and back."""

LEAST_READ = 0.5
"""The least share of right answers for a client who asks for one picture at a time."""

MIX_SECONDS = 60
ATTACKERS = 8
"""Who send all attacks in a random order, each from an address of its own."""

READINGS = 3000
WARM_UP = 300
"""Readings after which memory is looked at for the first time."""

LEAST_COUNTED = 0.9
"""The least share of them that must have been read, and not told to come again."""

READERS = 4
"""Who read at the same time, so that every process reads."""

LOOKS, LOOK_SECONDS = 9, 0.2
GROWTH = 0.05
"""The most that the memory of the server, or of one of its processes, may change by."""

CROWD = 200
CROWD_ADDRESSES = 4

SLOW_CLIENTS = 3
"""Who send bodies byte by byte on `SLOW_LINES` connections each."""

SLOW_LINES = SHARE - 10

KILLS = 10
KILL_SECONDS = 1.0

LOAD = 24
"""Clients who wait for an answer while the server is told to end."""

END_SECONDS = GRACE_SECONDS + CUT_SECONDS + 3.0
"""What a server may take to end that is told so; the last is for its processes."""

HANG_SECONDS = 60.0
"""What takes longer hangs."""


@dataclass
class Campaign:
    """The server under attack, how slow its machine is, and what it answered before."""

    server: Server
    slower: float
    before: dict[str, bytes]
    told: list[str]

    def seconds(self, quiet: float) -> float:
        return quiet * self.slower

    def check(self, answers: Answers, least_read: float) -> None:
        """Fail unless a client was served as promised; see `ANSWER_SECONDS`."""
        assert (answers.wrong, answers.lost) == ([], 0)
        assert answers.slowest <= self.seconds(ANSWER_SECONDS), answers
        assert answers.statuses[200] >= max(1, least_read * answers.statuses.total()), answers

    def tell(self, what: str) -> None:
        self.told.append(what)


@pytest.fixture(scope="module")
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the servers' temporary folders are."""
    folder = tmp_path_factory.mktemp("temporary")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        yield folder


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory, temporary: Path) -> Iterator[Campaign]:
    folder, begin = tmp_path_factory.mktemp("campaign"), time.monotonic()
    data = ("--data-folder", folder)
    with running(folder, "--timeout", HANG_SECONDS, *data) as idle:
        slower = patience(idle)
    limits = ("--max-size", 1, "--timeout", SERVER_SHARE * ANSWER_SECONDS * slower)
    told = [f"{slower:.1f} times slower than a quiet machine; all limits are multiplied by it"]
    with running(folder, *limits, *data) as server:
        yield Campaign(server, slower, answers_of(server), told)
    told.append(f"{time.monotonic() - begin:.0f} s in all")
    print("\n\nthe campaign:", *told, sep="\n  ")


@pytest.fixture(autouse=True)
def alive_after(campaign: Campaign) -> Iterator[None]:
    yield
    campaign.server.check_alive()


def test_all_attacks_mixed_beside_a_client_who_behaves(campaign: Campaign) -> None:
    server, hang = campaign.server, campaign.seconds(HANG_SECONDS)
    end = time.monotonic() + MIX_SECONDS

    def hold_lines(sent: bytes) -> Callable[[], None]:
        def hold() -> None:
            while time.monotonic() < end:
                with half_sent(server.port, SHARE, "127.0.0.200", hang, sent):
                    time.sleep(campaign.seconds(0.5))

        return hold

    def send_on() -> None:
        while time.monotonic() < end:
            send_for_ever(server.port, "127.0.0.201", hang)

    with neighbour(server, hang) as answers, ThreadPoolExecutor(ATTACKERS + 2) as pool:
        others = [pool.submit(hold_lines(b"")), pool.submit(send_on)]
        attacks_ = [
            pool.submit(attack, server, f"127.0.0.{100 + number}", end, hang, number)
            for number in range(ATTACKERS)
        ]
        for other in others:
            other.result()
        statuses = sum((one.result() for one in attacks_), Counter[int]())
    assert not {status for status in statuses if status >= 500} - {503}, statuses
    assert statuses.total() >= len(whole_requests())
    campaign.check(answers, LEAST_READ)
    campaign.tell(f"{statuses.total()} attacks: {dict(sorted(statuses.items()))}")
    campaign.tell(f"the client beside them: {answers}")


def test_memory_stays_flat(campaign: Campaign, tmp_path: Path) -> None:
    with running(tmp_path, "--timeout", campaign.seconds(HANG_SECONDS)) as server:
        _read_and_weigh(campaign, server)


def _read_and_weigh(campaign: Campaign, server: Server) -> None:
    """Have the readings done by a server that ends no process for being slow."""

    def read(count: int) -> Answers:
        answers = Answers()
        with client_at(server, "127.0.0.1", campaign.seconds(HANG_SECONDS)) as client:
            for _ in range(count):
                ask(client, answers)
        return answers

    def read_all(count: int) -> Counter[int]:
        with ThreadPoolExecutor(READERS) as pool:
            found = list(pool.map(read, [count // READERS] * READERS))
        assert [wrong for one in found for wrong in one.wrong] == []
        return sum((one.statuses for one in found), Counter[int]())

    read_all(WARM_UP)
    pids = [server.process.pid, *workers_of(server.process.pid)]
    before = settled(pids, LOOKS, LOOK_SECONDS)
    statuses = read_all(READINGS)
    assert workers_of(server.process.pid) == pids[1:], "a process was lost"
    after = settled(pids, LOOKS, LOOK_SECONDS)
    assert statuses[200] >= LEAST_COUNTED * READINGS
    changes = {pid: after[pid] / before[pid] - 1 for pid in pids}
    shown = ", ".join(
        f"{before[pid] / 1e6:.0f} MB {change:+.1%}" for pid, change in changes.items()
    )
    campaign.tell(f"memory over {statuses[200]} readings, of the server and its processes: {shown}")
    assert max(map(abs, changes.values())) <= GROWTH, shown


def test_a_crowd_at_once(campaign: Campaign) -> None:
    server, hang = campaign.server, campaign.seconds(HANG_SECONDS)

    def one(number: int) -> Answers:
        answers = Answers()
        with client_at(server, f"127.0.0.{10 + number % CROWD_ADDRESSES}", hang) as client:
            ask(client, answers)
        return answers

    with ThreadPoolExecutor(CROWD) as pool:
        found = list(pool.map(one, range(CROWD)))
    statuses = sum((each.statuses for each in found), Counter[int]())
    assert [wrong for each in found for wrong in each.wrong] == []
    assert statuses.total() == CROWD
    assert statuses[200] >= CROWD_ADDRESSES
    campaign.tell(f"{CROWD} clients at once: {dict(sorted(statuses.items()))}")


def test_slow_bodies_on_many_sockets(campaign: Campaign) -> None:
    server, hang = campaign.server, campaign.seconds(HANG_SECONDS)
    with ExitStack() as stack:
        lines = [
            line
            for number in range(SLOW_CLIENTS)
            for line in stack.enter_context(
                half_sent(server.port, SLOW_LINES, f"127.0.0.{20 + number}", hang)
            )
        ]
        answers = stack.enter_context(neighbour(server, hang))
        begin, open_ = time.monotonic(), set(lines)
        ends: Counter[str] = Counter()
        while open_:
            assert time.monotonic() - begin < hang, f"{len(open_)} of {len(lines)} are still open"
            time.sleep(campaign.seconds(0.1))
            for line in sorted(open_, key=id):
                if (end := _drip(line)) is not None:
                    ends[end] += 1
                    open_.remove(line)
        seconds = time.monotonic() - begin
    campaign.check(answers, LEAST_READ)
    campaign.tell(f"{len(lines)} slow bodies: {dict(ends)}, the last after {seconds:.1f} s")
    campaign.tell(f"the client beside them: {answers}")


def _drip(line: socket.socket) -> str | None:
    """Send one more byte of a body; return how it ended, if it has."""
    line.settimeout(0)
    try:
        line.send(b"x")
        answer = line.recv(1 << 16)
    except BlockingIOError:
        return None
    except OSError:
        return "closed"
    status = status_of(answer)
    assert status in (NO_ANSWER, 408, 503), answer
    return str(status) if status else "closed"


def test_processes_that_are_killed_are_replaced(campaign: Campaign) -> None:
    server, hang = campaign.server, campaign.seconds(HANG_SECONDS)
    count, killed = len(workers_of(server.process.pid)), 0
    with neighbour(server, hang) as answers:
        for _ in range(KILLS):
            for pid in workers_of(server.process.pid)[:1]:
                os.kill(pid, signal.SIGKILL)
                killed += 1
            time.sleep(campaign.seconds(KILL_SECONDS))
    assert answers.wrong == []
    assert answers.statuses[200]
    assert killed > KILLS // 2
    wait_for_workers(server, count, hang)
    campaign.tell(f"{killed} processes killed; the client: {answers}")


def test_a_killed_server_leaves_nothing_and_loses_nothing(
    campaign: Campaign, temporary: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "kept.zip").write_bytes(EIGHT)
    others, content = set(temporary.iterdir()), content_of(data)
    killed = running(tmp_path, "--data-folder", data, ask_last=False, status=-signal.SIGKILL)
    with killed as server, neighbour(server, HANG_SECONDS) as answers:
        wanted = {"recipe": "sjtu2025"}
        assert httpx.post(server.address + "api/v1/trainings", json=wanted).status_code == 201
        time.sleep(campaign.seconds(KILL_SECONDS))
        pids = workers_of(server.process.pid)
        server.process.kill()
        server.process.wait()
        _wait_for_the_end(pids, campaign.seconds(HANG_SECONDS))
    assert answers.wrong == []
    assert answers.lost
    (left,) = set(temporary.iterdir()) - others
    assert left.name.startswith(PREFIX)
    old = time.time() - 2 * NEW_SECONDS
    os.utime(left, (old, old))
    with running(tmp_path, "--data-folder", data) as server:
        assert answers_of(server) == campaign.before
        assert left not in temporary.iterdir()
    assert set(temporary.iterdir()) == others
    assert content_of(data) == content
    campaign.tell(f"a server was killed with {len(pids)} processes: nothing of it is left")


def _wait_for_the_end(pids: list[int], seconds: float) -> None:
    end = time.monotonic() + seconds
    while left := [pid for pid in pids if is_running(pid)]:
        assert time.monotonic() < end, f"processes outlive their server: {left}"
        time.sleep(0.1)


def test_told_to_end_under_load(campaign: Campaign, temporary: Path, tmp_path: Path) -> None:
    photo, others = png(5000, 5000), set(temporary.iterdir())
    hang = campaign.seconds(HANG_SECONDS)

    def one(number: int) -> int:
        return status_of(answer_to(server.port, post("/api/v1/read", photo), address(number), hang))

    def address(number: int) -> str:
        return f"127.0.0.{30 + number}"

    limits = ("--concurrency", LOAD, "--timeout", HANG_SECONDS)
    with running(tmp_path, *limits, ask_last=False) as server, ExitStack() as stack:
        pids = workers_of(server.process.pid)
        slow = stack.enter_context(half_sent(server.port, LOAD, address(LOAD), hang))
        stack.enter_context(half_sent(server.port, LOAD, address(LOAD + 1), hang, sent=b""))
        with ThreadPoolExecutor(LOAD) as pool:
            asked = pool.map(one, range(LOAD))
            time.sleep(campaign.seconds(KILL_SECONDS))
            begin = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            answers = Counter(asked) + Counter(status_of(line.recv(1 << 16)) for line in slow)
        assert server.process.wait(hang) == 0
        seconds = time.monotonic() - begin
    assert set(answers) <= {200, 503, NO_ANSWER}, answers
    assert answers.total() == 2 * LOAD
    assert seconds <= campaign.seconds(END_SECONDS)
    assert set(temporary.iterdir()) == others
    assert not any(map(is_running, pids))
    campaign.tell(f"told to end under load: {dict(answers)}, after {seconds:.1f} s")


def test_afterwards_the_answers_are_the_same_byte_for_byte(campaign: Campaign) -> None:
    assert answers_of(campaign.server) == campaign.before
    campaign.tell(f"the same answers as before, byte for byte: {', '.join(campaign.before)}")
