"""Forward passes against hand-worked numbers and another library."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal, special

from digitile.nn.activations import LeakyReLU, ReLU, Sigmoid, Tanh, TanhKx
from digitile.nn.connections import LENET5_CONNECTIONS
from digitile.nn.conv import Conv
from digitile.nn.dropout import Dropout
from digitile.nn.layer import Array
from digitile.nn.linear import Linear
from digitile.nn.loss import HalfSquaredError, SoftmaxCrossEntropy
from digitile.nn.pool import MaxPool, MeanPool, MinPool, StochasticPool, Subsample
from digitile.nn.residual import Add
from digitile.nn.windows import fold, unfold
from tests.nn.test_gradients import convolutions

RNG = np.random.default_rng(11)


@pytest.mark.parametrize("padding", ["valid", "full", "same"])
def test_convolution_is_the_papers_with_turned_kernels(padding: Any) -> None:
    """wu2016 (16), (17), (20) in their own form, true convolution by SciPy."""
    x, w = RNG.normal(size=(1, 2, 7, 6)), RNG.normal(size=(3, 2, 3, 3))
    b, layer = RNG.normal(size=3), Conv(3, 3, padding=padding)
    y, saved = layer.forward(x, {"w": w, "b": b})
    ker = w[:, :, ::-1, ::-1]  # rot180
    for j in range(3):
        expected = b[j] + sum(signal.convolve2d(x[0, i], ker[j, i], padding) for i in range(2))
        np.testing.assert_allclose(y[0, j], expected, rtol=1e-12)
    if padding != "valid":
        return
    dy = RNG.normal(size=y.shape)
    dx, dp = layer.backward(dy, saved, {"w": w, "b": b})
    for i in range(2):
        turned = (ker[j, i, ::-1, ::-1] for j in range(3))
        back = sum(signal.convolve2d(dy[0, j], t, "full") for j, t in enumerate(turned))
        np.testing.assert_allclose(dx[0, i], back, rtol=1e-12, atol=1e-12)
        for j in range(3):
            dker = signal.convolve2d(x[0, i, ::-1, ::-1], dy[0, j], "valid")
            np.testing.assert_allclose(dp["w"][j, i, ::-1, ::-1], dker, rtol=1e-12, atol=1e-12)


def test_stride_takes_every_second_place() -> None:
    x, w = RNG.normal(size=(2, 1, 9, 9)), RNG.normal(size=(2, 1, 3, 3))
    p = {"w": w, "b": np.zeros(2)}
    whole, _ = Conv(2, 3).forward(x, p)
    np.testing.assert_array_equal(Conv(2, 3, stride=2).forward(x, p)[0], whole[:, :, ::2, ::2])


def test_dilation_is_a_kernel_with_zeros_between_its_taps() -> None:
    layer, x = Conv(2, 3, 2, "full", ((0,), (0, 1)), 3), RNG.normal(size=(2, 2, 9, 8))
    w, b = RNG.normal(size=(3, 3, 3)), RNG.normal(size=2)
    spread = np.zeros((3, 7, 7))
    spread[:, ::3, ::3] = w
    whole = Conv(2, 7, 2, "full", layer.connections)
    assert layer.extent == 7
    y, _ = layer.forward(x, {"w": w, "b": b})
    np.testing.assert_allclose(y, whole.forward(x, {"w": spread, "b": b})[0], rtol=1e-12)


@pytest.mark.parametrize("dilation", [1, 2, 3])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_padding_same_divides_the_size_by_the_stride(stride: int, dilation: int) -> None:
    for side in range(1, 12):
        layer = Conv(1, 3, stride, "same", None, dilation)
        assert layer.output_shape((1, side, 12)) == (1, -(-side // stride), -(-12 // stride))
        assert layer.pad == dilation


@settings(max_examples=40, deadline=None)
@given(convolutions(), st.integers(0, 2**32 - 1))
def test_convolution_and_its_gradient_by_pytorch(drawn: Any, seed: int) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    layer, shape = drawn
    layer, rng = replace(layer, connections=None), np.random.default_rng(seed)
    p = {q.name: rng.normal(size=q.shape) for q in layer.parameters(shape[1:])}
    x = rng.normal(size=shape)
    y, saved = layer.forward(x, p)
    theirs = {
        name: torch.tensor(value, requires_grad=True) for name, value in {**p, "x": x}.items()
    }
    expected = torch.nn.functional.conv2d(
        theirs["x"], theirs["w"], theirs["b"], layer.stride, layer.pad, layer.dilation
    )
    np.testing.assert_allclose(y, expected.detach(), rtol=1e-9, atol=1e-9)
    dy = rng.normal(size=y.shape)
    expected.backward(torch.tensor(dy))
    dx, dp = layer.backward(dy, saved, p)
    for name, value in {**dp, "x": dx}.items():
        np.testing.assert_allclose(value, theirs[name].grad, rtol=1e-9, atol=1e-9)


def test_connection_table_is_a_full_convolution_with_zeros() -> None:
    layer = Conv(16, 5, connections=LENET5_CONNECTIONS)
    w_shape = layer.parameters((6, 14, 14))[0].shape
    assert w_shape == (60, 5, 5)
    x, w = RNG.normal(size=(1, 6, 7, 7)), RNG.normal(size=w_shape)
    full = np.zeros((16, 6, 5, 5))
    kernels = iter(w)
    for o, row in enumerate(LENET5_CONNECTIONS):
        for i in row:
            full[o, i] = next(kernels)
    b = RNG.normal(size=16)
    y, _ = layer.forward(x, {"w": w, "b": b})
    np.testing.assert_allclose(y, Conv(16, 5).forward(x, {"w": full, "b": b})[0], rtol=1e-12)


@settings(max_examples=40, deadline=None)
@given(*(st.integers(1, 4) for _ in range(3)), st.integers(0, 5), st.integers(0, 5))
def test_fold_is_the_transpose_of_unfold(
    k: int, stride: int, dilation: int, h: int, w: int
) -> None:
    """⟨unfold(x), g⟩ = ⟨x, fold(g)⟩ for all x and g."""
    extent = dilation * (k - 1) + 1
    x = RNG.normal(size=(2, 2, extent + h, extent + w))
    windows = unfold(x, k, stride, dilation)
    g = RNG.normal(size=windows.shape)
    back = fold(g, extent + h, extent + w, stride, dilation)
    np.testing.assert_allclose((windows * g).sum(), (x * back).sum(), rtol=1e-9, atol=1e-9)


X4 = np.array([[1, 2, 5, 3], [4, 3, 1, 0], [7, 8, 2, 2], [6, 5, 2, 9]], float)[None, None]


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (MaxPool(2, 2), [[4, 5], [8, 9]]),
        (MinPool(2, 2), [[1, 0], [5, 2]]),
        (MeanPool(2, 2), [[2.5, 2.25], [6.5, 3.75]]),
        (MaxPool(3, 1), [[8, 8], [8, 9]]),  # overlap
        (MaxPool(3, 2), [[8]]),  # the last row and column do not count
        (MaxPool(3, 2, True), [[8, 5], [8, 9]]),  # partial windows: columns 2, 3 and rows 2, 3
        (MeanPool(3, 2, True), [[33 / 9, 13 / 6], [30 / 6, 15 / 4]]),
        (MinPool(3, 2, True), [[1, 0], [2, 2]]),
        (MaxPool(1, 3, True), [[1, 3], [6, 9]]),  # a third window would start outside
    ],
    ids=str,
)
def test_pooling_by_hand(layer: Any, expected: list[list[float]]) -> None:
    np.testing.assert_allclose(layer.forward(X4, {})[0][0, 0], expected)


def test_max_pool_prefers_the_first_of_equals() -> None:
    y, saved = MaxPool(2, 2).forward(np.ones((1, 1, 2, 2)), {})
    dx, _ = MaxPool(2, 2).backward(np.full_like(y, 3.0), saved, {})
    assert dx.tolist() == [[[[3, 0], [0, 0]]]]


def test_stochastic_pool_draws_in_proportion_and_predicts_the_weighted_mean() -> None:
    layer = StochasticPool(2, 2)
    x = np.array([[1.0, 2.0], [-3.0, 5.0]])[None, None]
    mean, _ = layer.forward(x, {})
    assert mean.item() == (1 + 4 + 25) / 8
    noise = np.array([0.0, 0.12, 0.13, 0.37, 0.38, 0.999])
    drawn = [layer.forward(x, {}, np.full((1, 1, 1, 1), u))[0].item() for u in noise]
    assert drawn == [1, 1, 2, 2, 5, 5]  # bounds at 1/8 and 3/8; −3 has no chance


def test_stochastic_pool_of_nothing_positive_gives_each_cell_inside_the_same_chance() -> None:
    layer = StochasticPool(3, 2, True)
    x = -np.arange(1.0, 17.0).reshape(1, 1, 4, 4)
    noise = np.full((1, 1, 2, 2), 0.99)
    y, _ = layer.forward(x, {}, noise)
    assert y[0, 0].tolist() == [[-11, -12], [-15, -16]]  # the last cell inside each window
    np.testing.assert_allclose(layer.forward(x, {})[0], MeanPool(3, 2, True).forward(x, {})[0])


def test_subsample_sums_scales_and_shifts() -> None:
    y, _ = Subsample(2, 2).forward(X4, {"w": np.array([0.5]), "b": np.array([1.0])})
    assert y[0, 0].tolist() == [[6, 5.5], [14, 8.5]]


def test_linear_flattens_row_by_row() -> None:
    x = np.arange(8.0).reshape(1, 2, 2, 2)
    y, _ = Linear(1).forward(x, {"w": np.arange(8.0)[None], "b": np.array([1.0])})
    assert y.tolist() == [[141.0]]


def test_add_joins_both_ways() -> None:
    layer, x, earlier = Add(3), np.array([[1.0, 2.0]]), np.array([[10.0, 20.0]])
    y, saved = layer.forward(x, {})
    assert layer.join(y, earlier).tolist() == [[11, 22]]
    assert layer.backward(x, saved, {})[0].tolist() == [[1, 2]]


def test_activations_against_scipy_and_definitions() -> None:
    x = np.array([-800.0, -2.0, 0.0, 0.5, 800.0])

    def f(layer: Any) -> Array:
        return np.asarray(layer.forward(x, {})[0])

    np.testing.assert_allclose(f(Sigmoid()), special.expit(x), atol=1e-16)
    np.testing.assert_allclose(f(Tanh())[1:4], 2 / (1 + np.exp(-2 * x[1:4])) - 1)
    np.testing.assert_allclose(f(TanhKx(0.13)), np.tanh(x) + 0.13 * x)
    assert f(ReLU()).tolist() == [0, 0, 0, 0.5, 800]
    assert f(LeakyReLU(0.5)).tolist() == [-400, -1, 0, 0.5, 800]


def test_relu_has_no_slope_at_zero() -> None:
    _, saved = ReLU().forward(np.zeros(3), {})
    assert ReLU().backward(np.ones(3), saved, {})[0].tolist() == [0, 0, 0]


def test_dropout_keeps_with_the_papers_probability_and_scales_in_prediction() -> None:
    layer, x = Dropout(0.8), np.ones((200, 50), np.float32)
    noise = layer.draw(np.random.default_rng(3), 200, (50,))
    y, _ = layer.forward(x, {}, noise)
    assert set(np.unique(y)) == {0.0, 1.0}
    assert abs(y.mean() - 0.8) < 0.02
    assert np.unique(layer.forward(x, {})[0]).tolist() == [np.float32(0.8)]


def test_softmax_cross_entropy_by_scipy_without_overflow() -> None:
    z = np.array([[1.0, 2.0, 3.0], [1000.0, -1000.0, 0.0]])
    labels = np.array([2, 2])
    loss, _ = SoftmaxCrossEntropy().forward(z, labels)
    expected = -special.log_softmax(z, axis=1)[[0, 1], labels].mean()
    assert loss == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(SoftmaxCrossEntropy().scores(z), special.softmax(z, axis=1))


def test_half_squared_error_by_hand() -> None:
    loss, _ = HalfSquaredError(-1, 1).forward(np.array([[0.5, -1.0], [0.0, 0.0]]), np.array([0, 1]))
    assert loss == (0.5 * 0.25 + 0.5 * 2) / 2
