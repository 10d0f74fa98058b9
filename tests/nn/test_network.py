"""The notation, the shapes and the arena."""

import contextlib
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitile.errors import NotationError, ShapeError
from digitile.nn import Network, passes
from digitile.nn.activations import ReLU
from digitile.nn.connections import LENET5_CONNECTIONS
from digitile.nn.linear import Linear
from digitile.nn.loss import SoftmaxCrossEntropy
from digitile.nn.residual import Add

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
        "1x9x9 - 4C3s2d2same - 4C3d3p1 - 2C2d2full[0.3;1] - flatten - softmax",
        "1x9x9 - 4C3s2same - +(4C3same - ReLU - 4C3same) - ReLU - 7C1 - focal(2)+box(0.1)",
        "2x9x9 - +(+(leaky(-0.5) - 2C1[0;1]) - +(tanh)) - +(ReLU) - 4N - +(4N) - squared(-1,1)",
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
    assert Network.parse(
        "2x5x5-+ (+( 2C3D2SAME-Leaky (-1) )-ReLU ) -6c1-FOCAL(2) + Box(1)"
    ) == Network.parse("2x5x5 - +(+(2C3d2same - leaky(-1)) - ReLU) - 6C1 - focal(2)+box(1)")


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
                    f"{n}C3s2d{n + 1}same",
                    f"{n}C2d2full",
                ]
            )
        )
    )


def branch(inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return branches that keep the shape, of one to three such parts."""
    return st.lists(inside, min_size=1, max_size=3).map(lambda parts: f"+({' - '.join(parts)})")


branches = branch(
    st.recursive(st.sampled_from(["ReLU", "dropout(0.25)", "leaky(-0.5)"]), branch, max_leaves=4)
)
parts = st.lists(layers() | branches, min_size=1, max_size=6)


@settings(max_examples=80, deadline=None)
@given(parts, st.integers(8, 20))
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
    theta, noise = rng.normal(size=network.arena.size), network.draw(rng, 2)
    outputs = list(passes.outputs(network, theta, y, noise))
    assert [out.shape for out, _ in outputs] == [(2, *shape) for shape in network.shapes[1:]]
    assert Network.parse(str(network)) == network


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
        ("1x9x9" + " - +(ReLU)" * 60 + " - 2N - softmax", NotationError, "121 layers"),
        ("1x9x9 - " + "+(" * 5000 + "ReLU - 2N - softmax", NotationError, "5000 of the residual"),
        ("1x9x9 - +(ReLU - 2N - softmax", NotationError, "have no end"),
        ("1x9x9 - ReLU) - 2N - softmax", NotationError, "'ReLU)': a bracket too many"),
        ("1x9x9 - +(ReLU)x - 2N - softmax", NotationError, "a bracket too many"),
        ("1x9x9 - +() - 2N - softmax", NotationError, "unknown layer ''"),
        ("1x9x9 - +(ReLU - 2N - softmax)", NotationError, "have no end"),
        ("2x9x9 - +(3C3same) - 2N - softmax", ShapeError, "3×9×9 out of 2×9×9"),
        (
            "2x9x9 - ReLU - +(2C3) - 2N - softmax",
            ShapeError,
            "layer 3, after 2C3: +(1 layer) makes",
        ),
        ("2x9x9 - +(4N) - 2N - softmax", ShapeError, "makes 4 out of 2×9×9"),
        ("1x9x9 - 4C3d0 - 2N - softmax", NotationError, "1 or more"),
        ("1x9x9 - 4C3d2s2 - 2N - softmax", NotationError, "unknown layer"),
        ("1x9x9 - 4C5d3 - 2N - softmax", ShapeError, "at least 13×13 input"),
        ("1x9x9 - 4C2d2same - 2N - softmax", ShapeError, "odd kernel"),
        ("1x9x9 - 1C3d99999999same - 2N - softmax", ShapeError, "values"),
        ("1x9x9 - 1C5s99999999p99999999 - 2N - softmax", ShapeError, "values"),
    ],
)
def test_errors_name_the_part_and_the_mend(text: str, error: Any, part: str) -> None:
    with pytest.raises(error, match=re.escape(part)) as caught:
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


def test_a_branch_is_a_row_of_layers_and_what_adds_its_input() -> None:
    network = Network.parse("2x5x5 - ReLU - +(+(2C3same - tanh) - 2C1) - 3N - softmax")
    assert network.names == ("relu1", "conv1", "tanh1", "add1", "conv2", "add2", "linear1")
    assert [layer.span for layer in network.layers if isinstance(layer, Add)] == [2, 4]
    assert network.branches == (0, 2, 0, 0, 0, 0, 0)
    rng = np.random.default_rng(0)
    theta, x = rng.normal(size=network.arena.size), rng.normal(size=(1, 2, 5, 5))
    p = network.arena.views(theta)
    conv1, conv2 = network.layers[1], network.layers[4]
    relu = np.maximum(x, 0)
    inner = relu + np.tanh(conv1.forward(relu, p[1])[0])
    outer = relu + conv2.forward(inner, p[4])[0]
    found = [y for y, _ in passes.outputs(network, theta, x)]
    np.testing.assert_array_equal(found[3], inner)
    np.testing.assert_array_equal(found[5], outer)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([ReLU(), Add(2)], r"layer 2, \+\(2 layers\): only 1 come before"),
        ([ReLU(), ReLU(), Add(2), ReLU(), Add(2)], "begins inside another one, at layer 3"),
        ([ReLU(), ReLU(), Add(2), ReLU(), Add(3)], "begins inside another one, at layer 2"),
    ],
)
def test_branches_that_cannot_be(layers: list[Any], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        Network((1, 4, 4), (*layers, Linear(2)), SoftmaxCrossEntropy())
    with pytest.raises(NotationError, match="1 or more"):
        Add(0)


PAGE = Network.parse(
    "1x32x32 - 4C5s2same - MP2 - +(4C3d2same - ReLU - 4C3same) - AP3s1 - 7C1 - focal(2)+box(0.1)"
)


def test_the_field_of_view_is_what_an_answer_changes_with() -> None:
    # 1, 1, 3, 5, 9, 18, 39: from behind through 7C1, AP3s1, 4C3same, 4C3d2same, MP2, 4C5s2same
    assert PAGE.field_of_view == 39
    network = PAGE.at(121, 121)
    rng = np.random.default_rng(0)
    theta, x = rng.normal(size=network.arena.size), rng.random((1, 1, 121, 121))
    u = network.shapes[-1][1] // 2
    start = passes.predict(network, theta, x)
    rows = []
    for row in range(121):
        moved = x.copy()
        moved[:, :, row] += rng.normal(5, 1, 121)
        z = passes.predict(network, theta, moved)
        if (z[:, :, u] != start[:, :, u]).any():
            rows.append(row)
    assert rows[-1] - rows[0] + 1 == 39


def test_the_same_network_for_other_sizes() -> None:
    larger = PAGE.at(48, 91)
    assert larger.input_shape == (1, 48, 91)
    assert larger.shapes[-1] == (7, 10, 21)
    assert [(s.name, s.start, s.stop) for s in larger.arena.slots] == [
        (s.name, s.start, s.stop) for s in PAGE.arena.slots
    ]
    assert larger is PAGE.at(48, 91)
    assert PAGE.at(32, 32) is PAGE
    assert PAGE.for_pictures(np.zeros((0, 1, 48, 91))) is larger
    with pytest.raises(ShapeError, match="38×90, but each answer of the network depends on 39×39"):
        PAGE.at(38, 90)
    with pytest.raises(ShapeError, match="reads pictures of 1×32×32, but gets 3×40×40"):
        PAGE.for_pictures(np.zeros((2, 3, 40, 40)))
    with pytest.raises(ShapeError, match="reads pictures of 1×32×32, but gets 40"):
        PAGE.for_pictures(np.zeros((1, 40)))


@pytest.mark.parametrize("last", ["10N", "flatten"])
def test_networks_that_take_maps_as_a_whole_read_one_size(last: str) -> None:
    network = Network.parse(f"1x8x8 - 3C3 - {last} - softmax")
    assert network.at(8, 8) is network
    with pytest.raises(ShapeError, match=f"{last} takes its whole input, .* of 1×8×8"):
        network.at(9, 8)
