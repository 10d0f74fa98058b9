"""The gradient checks are worth something: a sign flipped in any backward pass makes them fail.

Each mutant is one module of `nn` with one sign changed in one ``backward`` (or in the geometry it
goes through): a returned gradient negated, a + turned into − or the other way round.
"""

import ast
import importlib
import inspect
import types
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from digitile.nn.loss import Places
from digitile.nn.network import Network
from tests.nn.gradients import check_layer, check_loss, check_network, spread

FUNCTIONS = ("backward", "fold", "_spread", "_route")
MODULES = [
    *("conv", "pool", "linear", "activations", "dropout", "residual", "loss", "places", "windows"),
    "passes",
]


def mutants(source: str) -> Iterator[tuple[str, ast.Module]]:
    """Yield every single sign change in the functions called backward, `_spread` or fold."""
    for number in range(len(list(sites(ast.parse(source))))):
        tree = ast.parse(source)
        node, key = list(sites(tree))[number]
        where = f"line {node.lineno}: {ast.unparse(node)} ({key})"
        flip(node, key)
        yield where, ast.fix_missing_locations(tree)


def sites(tree: ast.AST) -> Iterator[tuple[Any, int]]:
    """Yield each node whose sign can be flipped, with the number of the part that flips."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.name in FUNCTIONS:
            for node in ast.walk(function):
                if isinstance(node, ast.Return | ast.AugAssign):
                    yield node, 0
                elif isinstance(node, ast.Dict):
                    yield from ((node, key) for key in range(len(node.values)))
                elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
                    yield node, 0


def flip(node: Any, key: int) -> None:
    if isinstance(node, ast.BinOp | ast.AugAssign):
        node.op = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
    elif isinstance(node, ast.Dict):
        node.values[key] = ast.UnaryOp(ast.USub(), node.values[key])
    elif isinstance(node.value, ast.Tuple):
        node.value.elts[0] = ast.UnaryOp(ast.USub(), node.value.elts[0])
    else:
        node.value = ast.UnaryOp(ast.USub(), node.value)


def check_all(name: str, module: types.ModuleType) -> None:
    """Run the gradient checks that concern one module."""
    rng = np.random.default_rng(5)
    x = spread(rng, (2, 2, 6, 6))
    if name == "conv":
        check_layer(module.Conv(2, 3, 2, 1, ((0,), (0, 1))), x, rng)
        check_layer(module.Conv(2, 3, 1, "valid"), x, rng)
        check_layer(module.Conv(2, 3, 2, "same", None, 2), x, rng)
    elif name == "pool":
        for kind in ("MaxPool", "MinPool", "MeanPool", "StochasticPool", "Subsample"):
            check_layer(getattr(module, kind)(3, 2, True), x, rng)
    elif name == "linear":
        check_layer(module.Linear(3), x, rng)
        check_layer(module.Flatten(), x, rng)
    elif name == "activations":
        for layer in (module.ReLU(), module.Sigmoid(), module.Tanh()):
            check_layer(layer, x, rng)
        check_layer(module.LeakyReLU(0.1), x, rng)
        check_layer(module.TanhKx(0.13), x, rng)
    elif name == "dropout":
        check_layer(module.Dropout(0.5), x, rng)
    elif name == "loss":
        z = rng.normal(size=(3, 4))
        check_loss(module.SoftmaxCrossEntropy(), z, np.array([0, 3, 1]))
        check_loss(module.HalfSquaredError(), z, np.array([0, 3, 1]))
    elif name == "places":
        size = (2, 2, 3)
        z, boxes = rng.normal(size=(2, 7, 2, 3)), rng.normal(size=(2, 4, 2, 3))
        target = Places(rng.integers(0, 3, size), rng.random(size), boxes)
        for gamma in (0.0, 1.5):
            focal = module.FocalCrossEntropy(gamma)
            check_loss(module.PlaceLoss(focal), z, target)
            check_loss(module.PlaceLoss(focal, module.SmoothL1(0.5)), z, target)
    elif name == "residual":
        check_layer(module.Add(1), x, rng)
    elif name == "passes":
        network = Network.parse("2x4x4 - 2C1 - +(+(2C3same) - tanh) - 3N - softmax")
        check_network(network, np.array([0, 2]), rng, module.gradient)


def survives(name: str, mutant: types.ModuleType) -> bool:
    """Return whether a mutant passes the checks, neither wrong nor failing to fit."""
    try:
        if name == "windows":
            conv = importlib.import_module("digitile.nn.conv")
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(conv, "fold", mutant.fold)
                check_all("conv", conv)
        else:
            check_all(name, mutant)
    except (AssertionError, ValueError, IndexError):
        return False
    return True


@pytest.mark.parametrize("name", MODULES)
def test_each_flipped_sign_is_caught(name: str) -> None:
    module = importlib.import_module(f"digitile.nn.{name}")
    found = 0
    for where, tree in mutants(inspect.getsource(module)):
        found += 1
        mutant = types.ModuleType(module.__name__)
        mutant.__file__ = module.__file__
        exec(compile(tree, str(module.__file__), "exec"), mutant.__dict__)
        assert not survives(name, mutant), f"{name}, {where}: the mutant passed every check"
    assert found >= 1


@pytest.mark.parametrize("name", [n for n in MODULES if n != "windows"])
def test_the_unchanged_modules_pass(name: str) -> None:
    check_all(name, importlib.import_module(f"digitile.nn.{name}"))
