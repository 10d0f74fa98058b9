"""Ways not to reach a Ray cluster; tests/parallel/test_ray_pool.py reaches one."""

import sys

import pytest

from digitile.errors import UsageError
from digitile.parallel.cluster import connect


@pytest.mark.parametrize("address", ["", "ma2018/fig7", "host", "host:port", "ray://x:1", "a b:1"])
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(UsageError, match=r"Give HOST:PORT"), connect(address):
        pass


def test_without_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UsageError, match=r"pip install 'digitile\[ray\]'"), connect("local"):
        pass
