"""A network's layers in numbers."""

from digitile.nn import Network
from digitile.nn.summary import summarise


def test_layers_by_hand() -> None:
    found = summarise(Network.parse("1x6x6 - 2C3 - ReLU - 5N - softmax"))
    assert (found["network"], found["input"]) == ("1x6x6 - 2C3 - ReLU - 5N - softmax", [1, 6, 6])
    layers = found["layers"]
    assert [layer["output"] for layer in layers] == [[2, 4, 4], [2, 4, 4], [5]]
    assert [layer["parameters"] for layer in layers] == [2 * 9 + 2, 0, 32 * 5 + 5]
    assert layers[0]["multiply_adds"] == 2 * 16 * 9
    assert layers[2]["multiply_adds"] == 32 * 5
    assert found["parameters"] == 20 + 165
    assert found["multiply_adds"] == sum(layer["multiply_adds"] for layer in layers)
