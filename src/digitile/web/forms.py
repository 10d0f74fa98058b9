"""Forms that are drawn on the forms page, as the files that ``digitile read --form`` takes."""

from typing import Annotated

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, Field

from digitile.errors import FormFileError
from digitile.forms import Anchor, Form, FormField, form_text, misfit
from digitile.web.schema import MOST_FIELD, NoSettings


class DrawnField(BaseModel, extra="forbid"):
    """A field: its box is left, top, width and height; it has so many cells side by side."""

    name: str
    box: tuple[float, float, float, float]
    cells: int = 1
    rule: Annotated[str | None, Field(max_length=MOST_FIELD)] = None


class DrawnForm(BaseModel, extra="forbid"):
    """A form: its sheet's size, its fields, and by what it is found on a scan."""

    width: float
    height: float
    fields: list[DrawnField]
    anchor: Anchor = "sheet"
    points: tuple[tuple[float, float], ...] | None = None

    @property
    def form(self) -> Form:
        """What is drawn."""
        fields = tuple(FormField(**field.model_dump()) for field in self.fields)
        return Form(self.width, self.height, fields, self.anchor, self.points)


class FormText(BaseModel):
    """A form's file."""

    toml: str


router = APIRouter()


@router.post("/form")
def form(
    drawn: Annotated[DrawnForm, Body()], _settings: Annotated[NoSettings, Query()]
) -> FormText:
    """Check a form, and write the file that describes it."""
    wrong = misfit(drawn.form)
    if wrong is not None:
        raise FormFileError(f"{wrong}.")
    return FormText(toml=form_text(drawn.form))
