"""Memory for bodies, and who counts as one client."""

import pytest

from digitile.errors import SettingError
from digitile.web.limits import Limits, Room, client_of


def test_bounds_let_something_pass() -> None:
    with pytest.raises(SettingError, match="timeout is 0"):
        Limits(timeout=0)


def test_no_client_takes_more_than_half_of_the_memory() -> None:
    room = Room(Limits(max_bytes=100, concurrency=1))  # 200 bytes
    assert room.take("a", 100)
    assert not room.take("a", 1)
    assert room.take("b", 60)
    assert room.take("c", 40)
    assert not room.take("d", 1)
    room.give_back("a", 100)
    assert room.take("d", 100)


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_a_site_of_ipv6_is_one_client(address: str, client: str) -> None:
    assert client_of(address) == client
