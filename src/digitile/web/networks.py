"""A network's line of text as the training page shows it while it is written."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from digitile.errors import SettingError
from digitile.nn.layer import shape_text
from digitile.nn.network import Network
from digitile.nn.places import PlaceLoss

MAX_TEXT = 2000
"""Most characters of a network's line."""

MAX_SIDE = 40
"""Most pixels of a side of the input: all pictures of a data set are held in that size."""

MAX_PARAMETERS = 3_000_000
MAX_MULTIPLY_ADDS = 50_000_000
"""Of one picture: about five times what the largest recipe that is offered takes."""


class LayerShown(BaseModel):
    """A layer, and what comes out of it."""

    layer: str
    shape: str
    parameters: int


class NetworkShown(BaseModel):
    """What a network's line stands for."""

    network: str
    input: str
    layers: list[LayerShown]
    parameters: int
    multiply_adds: int
    classes: int


class NetworkWanted(BaseModel, extra="forbid"):
    """The line of text."""

    network: Annotated[
        str, Field(max_length=MAX_TEXT, description="1x28x28 - 6C5 - ReLU - MP2 - 10N - softmax")
    ]


router = APIRouter()


@router.get("/network")
def network(wanted: Annotated[NetworkWanted, Query()]) -> NetworkShown:
    """Check a network's line of text, and tell its layers' shapes and parameters."""
    return show(parse_bounded(wanted.network))


def parse_bounded(text: str) -> Network:
    """Return the network of a line, if it is one that this server trains.

    Raises
    ------
    NotationError, ShapeError
        For a line that is no network.
    SettingError
        For one that is too large, or that reads pages and not single pictures.
    """
    parsed = Network.parse(text)
    if isinstance(parsed.loss, PlaceLoss):
        raise SettingError(
            f"a network that ends in {parsed.loss} reads pages, which takes hours to train. End it "
            "in 10N - softmax, or use `digitile train`."
        )
    if max(parsed.input_shape[1:]) > MAX_SIDE:
        raise SettingError(
            f"the input is {shape_text(parsed.input_shape)}, but at most {MAX_SIDE} pixels a side "
            "are trained here. Use a smaller one, or `digitile train`."
        )
    for name, value, most in (
        ("parameters", parsed.arena.size, MAX_PARAMETERS),
        ("multiply-adds for a picture", sum(parsed.multiply_adds()), MAX_MULTIPLY_ADDS),
    ):
        if value > most:
            raise SettingError(
                f"the network has {value:,} {name}, but at most {most:,} are trained here. Use "
                "fewer maps or units, or `digitile train`."
            )
    return parsed


def show(parsed: Network) -> NetworkShown:
    """Return what the page tells of a network."""
    counts = [0] * len(parsed.layers)
    for slot in parsed.arena.slots:
        counts[slot.layer] += slot.stop - slot.start
    layers = [
        LayerShown(layer=str(layer), shape=shape_text(shape), parameters=count)
        for layer, shape, count in zip(parsed.layers, parsed.shapes[1:], counts, strict=True)
    ]
    return NetworkShown(
        network=str(parsed),
        input=shape_text(parsed.input_shape),
        layers=layers,
        parameters=parsed.arena.size,
        multiply_adds=sum(parsed.multiply_adds()),
        classes=parsed.classes,
    )
