"""The notation, the shapes and the arena."""

import contextlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitile.errors import NotationError, ShapeError
from digitile.nn import Network
from digitile.nn.conv import LENET5_CONNECTIONS

WU2016 = "1x28x28 - 20C5 - MP2 - 40C5 - MP2 - 200N - ReLU - 10N - softmax"


def test_the_example_of_the_papers() -> None:
    network = Network.parse(WU2016)
    assert str(network) == WU2016
    assert network.shapes == (
        (1, 28, 28), (20, 24, 24), (20, 12, 12), (40, 8, 8), (40, 4, 4), (200,), (200,), (10,),
    )  # fmt: skip
    sizes = {slot.name: slot.stop - slot.start for slot in network.arena.slots}
    assert sizes == {
        "conv1.w": 500, "conv1.b": 20, "conv2.w": 20_000, "conv2.b": 40,
        "linear1.w": 128_000, "linear1.b": 200, "linear2.w": 2_000, "linear2.b": 10,
    }  # fmt: skip
    # 20 maps × 25 taps × 24² places; 800 kernels × 25 × 8²; 640 × 200; 200 × 10
    assert network.multiply_adds() == [288_000, 0, 1_280_000, 0, 128_000, 0, 2_000]


@pytest.mark.parametrize(
    "text",
    [
        "1x32x32 - 6C5 - tanh - TP2 - 16C5[lenet5] - tanh - TP2 - 120N - 10N - squared(-1,1)",
        "3x32x32 - 24C5p2 - MP3s2c - ReLU - 8C3s2 - leaky(0.05) - 10N - softmax",
        "2x9x9 - 3C3same - tanhkx(0.13) - SP2 - IP2 - AP2s1 - dropout(0.5) - 2N - squared",
        "3x4x4 - 4C2full - 2C3[0.1;2] - sigmoid - flatten - softmax",
    ],
)
def test_notation_round_trip(text: str) -> None:
    network = Network.parse(text)
    assert str(network) == text
    assert Network.parse(str(network)) == network


def test_case_and_blanks_do_not_matter() -> None:
    assert Network.parse("1X28x28-20c5-mp2 -40C5- MP2-200n-relu-10N-SOFTMAX") == Network.parse(
        WU2016
    )


@st.composite
def layers(draw: Any) -> str:
    n = draw(st.integers(1, 4))
    return str(
        draw(
            st.sampled_from(
                [
                    f"{n}C1",
                    f"{n}C3",
                    f"{n}C3same",
                    f"{n}C2p{n}",
                    "MP2",
                    "AP3s1",
                    "SP2s3c",
                    "ReLU",
                    f"leaky(0.{n})",
                    "tanh",
                    "dropout(0.25)",
                    "IP2",
                    "TP2",
                    f"tanhkx(0.{n})",
                ]
            )
        )
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(layers(), min_size=1, max_size=6), st.integers(8, 20))
def test_drawn_networks_print_parse_and_have_the_shapes_they_say(
    middle: list[str], side: int
) -> None:
    text = " - ".join([f"2x{side}x{side}", *middle, "3N", "softmax"])
    try:
        network = Network.parse(text)
    except ShapeError:
        return
    assert str(network) == text
    rng = np.random.default_rng(0)
    y = rng.normal(size=(2, 2, side, side))
    p = network.arena.views(rng.normal(size=network.arena.size))
    for i, (layer, noise) in enumerate(zip(network.layers, network.draw(rng, 2), strict=True)):
        y, _ = layer.forward(y, p[i], noise)
        assert y.shape == (2, *network.shapes[i + 1])


@pytest.mark.parametrize(
    ("text", "error", "part"),
    [
        ("", NotationError, "starts with its input"),
        ("28x28 - 10N - softmax", NotationError, "starts with its input"),
        ("1x0x28 - 10N - softmax", NotationError, "starts with its input"),
        ("1x28x28 - softmax", NotationError, "2 parts"),
        ("1x28x28 - 20D5 - 10N - softmax", NotationError, "unknown layer '20D5'"),
        ("1x28x28 - leaky - 10N - softmax", NotationError, "leaky takes 1"),
        ("1x28x28 - leaky(nan) - 10N - softmax", NotationError, "finite"),
        ("1x28x28 - dropout(1.5) - 10N - softmax", NotationError, "keep probability"),
        ("1x28x28 - 0C5 - 10N - softmax", NotationError, "1 or more"),
        ("1x28x28 - MP2s0 - 10N - softmax", NotationError, "1 or more"),
        ("1x28x28 - 2C5[0;x] - 10N - softmax", NotationError, "connection table"),
        ("1x28x28 - 10N - argmax", NotationError, "unknown loss"),
        ("1x28x28 - 10N - squared(1)", NotationError, "both targets"),
        ("1x28x28 - 6C5 - softmax", ShapeError, "ends in maps of 6×24×24"),
        ("1x28x28 - 10N - 6C5 - softmax", ShapeError, "vector of 10"),
        ("1x7x7 - 6C2s2 - MP3 - 16C5 - 10N - softmax", ShapeError, "layer 3, after MP3"),
        ("1x28x28 - 6C4same - 10N - softmax", ShapeError, "odd kernel"),
        ("1x28x28 - 2C5[0;1] - 10N - softmax", ShapeError, "from 0 to 0"),
        ("1x28x28 - 3C5[0;0] - 10N - softmax", ShapeError, "2 output maps"),
        ("1x4x4 - MP5 - 10N - softmax", ShapeError, "at least 5×5"),
        ("1x9999x9999 - 10N - softmax", ShapeError, "values"),
        ("1x28x28 - 99999999N - softmax", ShapeError, "values"),
        ("1x300x300 - 10000N - softmax", ShapeError, "parameters"),
        ("1x9x9" + " - ReLU" * 200 + " - 2N - softmax", NotationError, "201 layers"),
    ],
)
def test_errors_name_the_part_and_the_mend(text: str, error: Any, part: str) -> None:
    with pytest.raises(error, match=part.replace("(", r"\(")) as caught:
        Network.parse(text)
    assert "\n" not in str(caught.value)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(NotationError, ShapeError):
        Network.parse(text)


def test_lenet5_table_is_lecuns() -> None:
    assert [len(row) for row in LENET5_CONNECTIONS] == [3] * 6 + [4] * 9 + [6]
    # LeCun et al. 1998, table I, columns 0, 5, 6, 11, 12, 14
    assert sorted(LENET5_CONNECTIONS[0]) == [0, 1, 2]
    assert sorted(LENET5_CONNECTIONS[5]) == [0, 1, 5]
    assert sorted(LENET5_CONNECTIONS[6]) == [0, 1, 2, 3]
    assert sorted(LENET5_CONNECTIONS[11]) == [0, 1, 2, 5]
    assert sorted(LENET5_CONNECTIONS[12]) == [0, 1, 3, 4]
    assert sorted(LENET5_CONNECTIONS[14]) == [0, 2, 3, 5]
    assert sum(map(len, LENET5_CONNECTIONS)) == 60


def test_arena_views_share_the_flat_array() -> None:
    network = Network.parse(WU2016)
    flat = np.zeros(network.arena.size, np.float32)
    views = network.arena.views(flat)
    views[0]["b"][:] = 7
    assert flat[500:520].tolist() == [7] * 20
    assert flat.sum() == 140
    assert network.arena.mask("b").sum() == 20 + 40 + 200 + 10
    assert sum(view.size for view in network.arena.named(flat).values()) == flat.size
