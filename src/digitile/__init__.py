"""Reads handwritten digits, and trains the networks that read them.

::

    import digitile

    digitile.Reader.load().read("photo.jpg").text

What `__all__` names is loaded where it is first used: ``import digitile`` alone loads none of the
libraries that it needs.
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from digitile.bulk.to_file import read_to_file
    from digitile.data import Dataset, Splits, load_data
    from digitile.data.examples import load_examples
    from digitile.errors import DigitileError
    from digitile.model import Model, load_model, save_model
    from digitile.reader import Digit, Line, Reader, Reading
    from digitile.recipes.train import train
    from digitile.sklearn import ConvNetClassifier
    from digitile.training.adapt import adapt
    from digitile.training.metrics import evaluate

__version__ = version("digitile")

_HOMES = {
    "ConvNetClassifier": "digitile.sklearn",
    "Dataset": "digitile.data",
    "Digit": "digitile.reader",
    "DigitileError": "digitile.errors",
    "Line": "digitile.reader",
    "Model": "digitile.model",
    "Reader": "digitile.reader",
    "Reading": "digitile.reader",
    "Splits": "digitile.data",
    "adapt": "digitile.training.adapt",
    "evaluate": "digitile.training.metrics",
    "load_data": "digitile.data",
    "load_examples": "digitile.data.examples",
    "load_model": "digitile.model",
    "read_to_file": "digitile.bulk.to_file",
    "save_model": "digitile.model",
    "train": "digitile.recipes.train",
}
"""Where each public name is defined."""

__all__ = [
    "ConvNetClassifier",
    "Dataset",
    "Digit",
    "DigitileError",
    "Line",
    "Model",
    "Reader",
    "Reading",
    "Splits",
    "__version__",
    "adapt",
    "evaluate",
    "load_data",
    "load_examples",
    "load_model",
    "read_to_file",
    "save_model",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
