"""What a recipe is."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from digitile.training.settings import Settings


@dataclass(frozen=True)
class Recipe:
    """A paper's network and training, as data.

    Attributes
    ----------
    about : str
        Source, claims and the choices that the paper leaves open.
    data : str
        The data set of the paper.
    train_on : str
        The data set it is trained on where none is named.
    variants : mapping of str to tuple of str
        For each further network or training of the paper, the settings that differ, as
        ``name=value``.
    """

    name: str
    about: str
    data: str
    settings: Settings
    train_on: str = "digits"
    variants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
