"""Losses over places: by hand, by PyTorch, at their limits; and each loss's care for its target."""

from typing import Any

import numpy as np
import pytest

from digitile.errors import NotationError, ShapeError
from digitile.nn import Network
from digitile.nn.layer import Array
from digitile.nn.loss import HalfSquaredError, Labels, Places, SoftmaxCrossEntropy, select
from digitile.nn.places import FocalCrossEntropy, PlaceLoss, SmoothL1, balanced

BOTH = PlaceLoss(FocalCrossEntropy(2), SmoothL1(0.1))
ALONE = PlaceLoss(FocalCrossEntropy(2))


def drawn(seed: int = 0, classes: int = 3) -> tuple[Array, Places]:
    """Return last values with boxes, and what should be there, at 3×4 places of 2 pictures."""
    rng, size = np.random.default_rng(seed), (2, 3, 4)
    z = 3 * rng.normal(size=(2, classes + 4, 3, 4)).astype(np.float32)
    weights = (rng.random(size) * (rng.random(size) < 0.7)).astype(np.float32)
    boxes = rng.normal(size=(2, 4, 3, 4)).astype(np.float32)
    return z, Places(rng.integers(0, classes, size), weights, boxes)


def one_place(classes: Labels, weights: Any, boxes: Any) -> Places:
    """Return the places of pictures with one each."""
    n = len(classes)
    shaped = np.float32(weights).reshape(n, 1, 1), np.float32(boxes).reshape(n, 4, 1, 1)
    return Places(np.array(classes).reshape(n, 1, 1), *shaped)


def test_by_hand() -> None:
    # Y = 1/4, 3/4 in both pictures; the first is a digit whose box is off by 0.05, −0.3, 0, 0.
    z = np.array([[0.0, np.log(3), 1.05, 0.7, 2, 3], [0.0, np.log(3), 9, 9, 9, 9]])
    target = one_place(np.array([0, 1]), [2, 0.5], [[1, 1, 2, 3], [0, 0, 0, 0]])
    focal = 2 * 0.75**2 * np.log(4) + 0.5 * 0.25**2 * np.log(4 / 3)
    box = 2 * (0.05**2 / 0.2 + (0.3 - 0.05))
    loss, saved = BOTH.forward(z[:, :, None, None], target)
    assert loss == pytest.approx((focal + box) / 2)
    dz = BOTH.backward(saved)[:, 2:, 0, 0]
    np.testing.assert_allclose(dz, [[0.5, -1, 0, 0], [0, 0, 0, 0]], atol=1e-7)


@pytest.mark.parametrize("gamma", [0.0, 1.5, 2.0])
def test_pytorch_agrees(gamma: float) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from torch.nn import functional as f

    z, (classes, weights, boxes) = drawn()
    loss, saved = PlaceLoss(FocalCrossEntropy(gamma), SmoothL1(0.5)).forward(
        z, Places(classes, weights, boxes)
    )
    theirs, w, c = torch.tensor(z, requires_grad=True), torch.tensor(weights), torch.tensor(classes)
    entropy = f.cross_entropy(theirs[:, :3], c, reduction="none")
    focal = (w * (1 - torch.exp(-entropy)) ** gamma * entropy).sum()
    off = f.smooth_l1_loss(theirs[:, 3:], torch.tensor(boxes), reduction="none", beta=0.5)
    total = (focal + (w * (c != 2) * off.sum(dim=1)).sum()) / 2
    total.backward()
    assert float(loss) == pytest.approx(total.item(), rel=1e-6)
    own = PlaceLoss(FocalCrossEntropy(gamma), SmoothL1(0.5)).backward(saved)
    np.testing.assert_allclose(own, theirs.grad, rtol=1e-5, atol=1e-6)
    assert own.dtype == loss.dtype == np.float32


def test_without_gamma_it_is_the_cross_entropy() -> None:
    z, target = np.random.default_rng(0).normal(size=(5, 4)), np.array([0, 3, 1, 2, 3])
    loss, saved = PlaceLoss(FocalCrossEntropy(0)).forward(
        z[:, :, None, None], one_place(target, np.ones(5), np.zeros((5, 4)))
    )
    plain, plain_saved = SoftmaxCrossEntropy().forward(z, target)
    assert loss == pytest.approx(plain, rel=1e-12)
    dz = PlaceLoss(FocalCrossEntropy(0)).backward(saved)[:, :, 0, 0]
    np.testing.assert_allclose(dz, SoftmaxCrossEntropy().backward(plain_saved), rtol=1e-12)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_surely_right_and_surely_wrong(gamma: float, kind: type) -> None:
    z = np.array([[800, -800], [-800, 800], [30, -30]], kind)[:, :, None, None]
    loss = PlaceLoss(FocalCrossEntropy(gamma))
    one = one_place(np.array([0, 0, 0]), [1, 1, 1], np.zeros((3, 4)))
    e, saved = loss.forward(z, one)
    assert e == pytest.approx(1600 / 3)
    dz = loss.backward(saved)[:, :, 0, 0]
    np.testing.assert_allclose(dz, [[0, 0], [-1 / 3, 1 / 3], [0, 0]], atol=1e-7)


def test_scores_are_a_softmax_beside_boxes() -> None:
    special = pytest.importorskip("scipy.special")
    z, _ = drawn()
    scores = BOTH.scores(z)
    np.testing.assert_allclose(scores[:, :3], special.softmax(z[:, :3], axis=1), rtol=1e-5)
    np.testing.assert_array_equal(scores[:, 3:], z[:, 3:])
    np.testing.assert_allclose(ALONE.scores(z).sum(axis=1), 1, rtol=1e-5)


def test_answers_are_digits_that_count() -> None:
    classes = np.array([[[0, 1, 2], [1, 0, 2]]])  # 2 is none
    weights = np.float32([[[1, 1, 1], [1, 0, 0]]])  # so three digits count
    scores = np.zeros((1, 3, 2, 3))
    scores[0, [0, 0, 2, 1, 0, 2], [0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2]] = 1  # the second is wrong
    target = Places(classes, weights, np.zeros((1, 4, 2, 3), np.float32))
    assert ALONE.count_answers(target, (3, 2, 3)) == 3
    assert ALONE.count_correct(scores, target) == 2
    assert BOTH.count_answers(target, (7, 2, 3)) == 3
    boxes = np.full((1, 4, 2, 3), 9.0)
    assert BOTH.count_correct(np.concatenate([scores, boxes], axis=1), target) == 2

    labels = np.array([1, 0, 1])
    right = SoftmaxCrossEntropy().count_correct(np.array([[0.2, 0.8], [0.1, 0.9], [0, 1]]), labels)
    assert right == 2
    assert SoftmaxCrossEntropy().count_answers(labels, (2,)) == 3


def test_places_are_a_tree_of_jaxs_arrays() -> None:
    jax = pytest.importorskip("jax", reason="JAX is not installed")
    z, target = drawn()

    @jax.jit
    def all_of_it(z: Any, target: Places) -> Any:
        loss, saved = BOTH.forward(z, target)
        scores = BOTH.scores(z)
        return loss, BOTH.backward(saved), scores, BOTH.count_correct(scores, target)

    loss, saved = BOTH.forward(z, target)
    expected = loss, BOTH.backward(saved), BOTH.scores(z)
    *found, correct = all_of_it(z, jax.tree.map(jax.numpy.asarray, target))
    for own, truth in zip(found, expected, strict=True):
        np.testing.assert_allclose(own, truth, rtol=1e-5, atol=1e-6)
    assert correct == BOTH.count_correct(expected[2], target)
    labels = np.array([0, 2])
    scores = np.eye(3)[[0, 1]]
    assert jax.jit(SoftmaxCrossEntropy().count_correct)(scores, labels) == 1


def test_some_of_a_target() -> None:
    _, target = drawn()
    turned = select(target, np.array([1, 0, 1]))
    assert isinstance(turned, Places)
    for own, whole in zip(turned, target, strict=True):
        np.testing.assert_array_equal(own, whole[[1, 0, 1]])
    labels = select(np.array([5, 6, 7]), slice(1, None))
    assert labels.tolist() == [6, 7]  # type: ignore[union-attr]


def test_balanced_makes_it_a_mean_over_digits() -> None:
    classes = np.array([[[0, 2]], [[1, 0]]])
    weights = np.float32([[[1, 0.5]], [[2, 3]]])  # 6 where a digit is
    places = balanced(Places(classes, weights, np.zeros((2, 4, 1, 2), np.float32)), 3)
    np.testing.assert_allclose(places.weights, weights * 2 / 6)
    assert places.weights.dtype == np.float32
    z = np.random.default_rng(0).normal(size=(2, 3, 1, 2))
    loss, _ = ALONE.forward(z, places)
    alone, _ = ALONE.forward(z, places._replace(weights=weights))
    assert loss == pytest.approx(alone * 2 / 6)
    few = Places(classes, weights / 10, places.boxes)  # 0.6 of a digit: not enlarged
    np.testing.assert_allclose(balanced(few, 3).weights, few.weights * 2)
    none = Places(np.full_like(classes, 2), weights, places.boxes)
    np.testing.assert_allclose(balanced(none, 3).weights, weights * 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"classes": np.zeros((2, 3, 4))}, "classes of type float64, but integers are needed"),
        ({"classes": [[0]]}, "classes of type list"),
        ({"classes": np.zeros((2, 3, 3), int)}, "classes of 2×3×3, but .* make 2×3×4"),
        ({"classes": np.full((2, 3, 4), 3)}, "classes from 3 to 3, but the network has 3 classes"),
        ({"classes": np.full((2, 3, 4), -1)}, "classes from -1 to -1"),
        ({"weights": np.ones((2, 3, 4))}, "weights of type float64, but float32"),
        ({"weights": np.ones((3, 3, 4), np.float32)}, "weights of 3×3×4"),
        ({"weights": np.full((2, 3, 4), -0.5, np.float32)}, "weights from -0.5"),
        (
            {"weights": np.full((2, 3, 4), np.nan, np.float32)},
            "weights: 24 values are not finite, the first is nan",
        ),
        ({"weights": np.zeros((2, 3, 4), np.float32)}, "all weights of 2 pictures are 0"),
        ({"boxes": np.zeros((2, 3, 4), np.float32)}, "boxes of 2×3×4, but .* make 2×4×3×4"),
        (
            {"boxes": np.full((2, 4, 3, 4), np.inf, np.float32)},
            "boxes: 96 values are not finite, the first is inf",
        ),
    ],
)
def test_wrong_places(change: dict[str, Any], message: str) -> None:
    _, target = drawn()
    BOTH.check_target(target, 2, (7, 3, 4))
    with pytest.raises(ShapeError, match=message):
        BOTH.check_target(target._replace(**change), 2, (7, 3, 4))


def test_the_wrong_kind_of_target() -> None:
    _, target = drawn()
    with pytest.raises(ShapeError, match=r"focal.* takes Places as target, but gets ndarray"):
        ALONE.check_target(np.zeros(2, int), 2, (3, 3, 4))
    with pytest.raises(ShapeError, match=r"softmax takes an array of integers .* but gets Places"):
        SoftmaxCrossEntropy().check_target(target, 2, (3,))
    for labels, message in (
        (np.zeros(2), "but gets float64"),
        (np.zeros(3, int), r"labels of shape \(3,\) for 2 pictures"),
        (np.zeros((2, 1), int), r"labels of shape \(2, 1\) for 2 pictures"),
        (np.array([0, 3]), "labels from 0 to 3, but the network has 3 classes. Use 0 to 2"),
    ):
        with pytest.raises(ShapeError, match=message):
            HalfSquaredError().check_target(labels, 2, (3,))
    HalfSquaredError().check_target(np.array([0, 2], np.uint8), 2, (3,))


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("1x8x8 - 3N - focal(2)", ShapeError, "ends in 3, but focal.2. needs maps"),
        ("1x8x8 - 1C1 - focal(2)", ShapeError, "two or more classes. Put a .* 11C1"),
        ("1x8x8 - 5C1 - focal(2)+box(1)", ShapeError, "four for the box. Put a .* 15C1"),
        ("1x8x8 - 6C1 - softmax", ShapeError, "ends in maps of 6×8×8"),
        ("1x8x8 - 3C1 - focal", NotationError, "focal takes 1"),
        ("1x8x8 - 3C1 - focal(-1)", NotationError, "gamma must be 0 or more"),
        ("1x8x8 - 9C1 - focal(2)+box(0)", NotationError, "beta must be above 0"),
        ("1x8x8 - 9C1 - focal(2)+box", NotationError, "box takes 1"),
        ("1x8x8 - 9C1 - focal(2)+box(1)+box(1)", NotationError, "unknown second loss"),
        ("1x8x8 - 9C1 - box(1)", NotationError, "unknown loss"),
        ("1x8x8 - 9N - softmax+box(1)", NotationError, "only focal can have more"),
    ],
)
def test_ends_that_cannot_be(text: str, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        Network.parse(text)


@pytest.mark.parametrize("end", ["focal(2)", "focal(0)+box(0.1)", "focal(1.5)+box(1e+20)"])
def test_the_notation_of_ends(end: str) -> None:
    network = Network.parse(f"1x8x8 - 15C3s2same - {end}")
    assert str(network).endswith(f"- {end}")
    assert Network.parse(str(network)) == network
    assert network.classes == (11 if "box" in end else 15)
