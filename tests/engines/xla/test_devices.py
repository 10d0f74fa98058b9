"""Several devices and processes compute what one does."""

import socket
import subprocess
import sys

import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="JAX is not installed (pip install 'digitile[xla]')")

from digitile.engines import make_engine
from digitile.errors import SettingError
from digitile.nn import Network

WORKERS = 4


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def start(out, devices, *place):
    command = [sys.executable, "-m", "tests.engines.xla.worker", str(out), str(devices)]
    return subprocess.Popen([*command, *map(str, place)])


def check_same(found, expected):
    one, several = np.load(expected), np.load(found)
    assert several.files == one.files
    for name in one.files:
        largest = np.abs(one[name]).max()
        np.testing.assert_allclose(several[name], one[name], rtol=0, atol=1e-6 * largest)


@pytest.mark.scale
def test_devices_average_to_the_gradient_of_the_whole_batch(tmp_path):
    for devices in (1, WORKERS):
        assert start(tmp_path / f"{devices}.npz", devices).wait(300) == 0
    check_same(tmp_path / f"{WORKERS}.npz", tmp_path / "1.npz")


@pytest.mark.scale
def test_processes_average_to_the_gradient_of_the_whole_batch(tmp_path):
    port = free_port()
    outs = [tmp_path / f"{number}.npz" for number in range(WORKERS)]
    running = [start(out, 1, port, number, WORKERS) for number, out in enumerate(outs)]
    assert [process.wait(300) for process in running] == [0] * WORKERS
    assert start(tmp_path / "one.npz", 1).wait(300) == 0
    for out in outs:  # each has the whole result
        check_same(out, tmp_path / "one.npz")


def test_devices_that_there_are_not():
    network = Network.parse("1x4x4 - 3N - softmax")
    jax.devices()  # from now on there are no more
    with pytest.raises(SettingError, match="99 devices wanted, but JAX has"):
        make_engine("xla", network, devices=99)
    with pytest.raises(SettingError, match="engine tile has one"):
        make_engine("tile", network, devices=2)
