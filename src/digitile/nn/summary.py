"""What a network is made of, layer by layer, as JSON values."""

from typing import Any

from digitile.nn.network import Network


def summarise(network: Network) -> dict[str, Any]:
    """Return a network's notation, input (C, H, W), layers, parameters and multiply-adds.

    Each layer has its ``name``, ``notation``, ``output`` shape, ``parameters`` and
    ``multiply_adds`` for one picture.
    """
    described = zip(
        network.names, network.layers, network.shapes[1:], network.multiply_adds(), strict=True
    )
    slots = network.arena.slots
    layers = [
        {
            "name": name,
            "notation": str(layer),
            "output": list(shape),
            "parameters": sum(slot.stop - slot.start for slot in slots if slot.layer == index),
            "multiply_adds": work,
        }
        for index, (name, layer, shape, work) in enumerate(described)
    ]
    return {
        "network": str(network),
        "input": list(network.input_shape),
        "layers": layers,
        "parameters": network.arena.size,
        "multiply_adds": sum(network.multiply_adds()),
    }
