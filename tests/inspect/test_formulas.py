"""What is printed of a step is what nn's docstring says of it."""

import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module

import pytest

import digitile.nn
from digitile.inspect.formulas import FORMULAS, formula
from digitile.nn.layer import Layer
from digitile.nn.loss import ClassLoss, Loss
from digitile.nn.pool import MeanPool


def kinds(base: type) -> Iterator[type]:
    """Yield the classes of nn below one, those that can be made."""
    for module in pkgutil.iter_modules(digitile.nn.__path__, "digitile.nn."):
        import_module(module.name)
    for kind in base.__subclasses__():
        yield from kinds(kind)
        if not inspect.isabstract(kind) and kind.__module__.startswith("digitile.nn."):
            yield kind


KINDS = [*dict.fromkeys([*kinds(Layer), *kinds(ClassLoss)])]


def test_every_layer_and_loss_of_classes_has_its_formulas() -> None:
    assert set(FORMULAS) == {kind.__name__ for kind in KINDS}
    for kind in KINDS:
        steps = set(FORMULAS[kind.__name__])
        assert steps - {"scores"} == {"forward", "backward"}
        assert ("scores" in steps) == issubclass(kind, Loss)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_formulas_are_the_docstrings(kind: type) -> None:
    for step, found in FORMULAS[kind.__name__].items():
        told = " ".join(f"{kind.__doc__} {getattr(kind, step).__doc__}".split())
        assert found.text.partition(" = ")[2] in told
        assert found.source in told


def test_a_formula_is_found_by_the_layer() -> None:
    found = formula(MeanPool(2, 2), "backward")
    assert found.text == "dx = dy / f² spread over the window"
    assert found.source == "wu2016 (21); ma2018 (11) omits the 1/f²"
