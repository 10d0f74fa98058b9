"""The pictures to try that the page offers: those of the repository's folder ``examples``."""

from importlib.resources import files
from pathlib import Path

import digitile

EXAMPLES = (
    "lines-1968-725-30416.jpg",
    "postal-code-430072.jpg",
    "blackboard-314159.jpg",
    "amount-2475.jpg",
    "phone-01614960374.jpg",
    "date-08031990.jpg",
    "form/blank.png",
)
"""Of several kinds: ruled lines, boxes, chalk, squared paper, coloured paper, a printed form;
and an empty form, for the page that describes forms."""


def example_pictures() -> dict[str, bytes]:
    """Return each picture by its name.

    The build puts them into the package; where digitile runs from its repository, as an editable
    installation does, they are still in the folder there.
    """
    packaged = files("digitile.web").joinpath("example_pictures")
    there = packaged if packaged.is_dir() else Path(digitile.__file__).parents[2] / "examples"
    return {name: there.joinpath(name).read_bytes() for name in EXAMPLES}
