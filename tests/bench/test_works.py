"""What is timed is what is claimed: the works train and predict, ours and the peers'."""

import numpy as np
import pytest

from digitile.bench import ours, peers
from digitile.engines import make_engine
from digitile.errors import SettingError
from digitile.nn import Network

TEXT = "1x12x12 - 3C3 - ReLU - MP3s2c - 4C3 - sigmoid - AP2 - 10N - "


@pytest.mark.parametrize("loss", ["softmax", "squared"])
def test_our_works_count_their_pictures(loss: str) -> None:
    engine = make_engine("reference", Network.parse(TEXT + loss))
    work, pictures = ours.training(engine, 300)
    assert pictures == 900
    work()
    assert np.shape(ours.prediction(engine, 7)()) == (7, 10)


def test_flops_by_hand() -> None:
    network = Network.parse("1x28x28 - 20C5 - MP2 - 40C5 - MP2 - 200N - ReLU - 10N - softmax")
    adds = 288_000 + 1_280_000 + 128_000 + 2_000
    assert ours.prediction_flops(network) == 2 * adds
    assert ours.training_flops(network) == 2 * (3 * adds - 288_000)  # 9.6 million


@pytest.mark.parametrize("peer", peers.PEERS)
@pytest.mark.parametrize("loss", ["softmax", "squared"])
def test_peers_take_the_same_network(peer: str, loss: str) -> None:
    pytest.importorskip(peer, reason=f"{peer} is not installed")
    network = Network.parse(TEXT + loss)
    for train in (True, False):
        for name, work in peers.works(peer, network, 4, train, 1).items():
            if "compile" not in name:  # takes a minute
                work()
    odd = Network.parse("1x12x12 - 3C3 - tanhkx(0.1) - 10N - softmax")
    with pytest.raises(SettingError, match=r"tanhkx\(0.1\) is not compared"):
        [work() for work in peers.works(peer, odd, 4, False, 1).values()]
