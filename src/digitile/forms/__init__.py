"""Forms: named fields at places of a sheet, found on scans and read.

`form` is the description and its file; `draft` makes one of an empty form, and `drawing` shows it.
`boxes` finds what is printed, `place` where a form lies on a scan, `cut` what is written in a
field, and `reading` reads it.
"""

from digitile.forms.draft import draft_form, printed_form
from digitile.forms.form import (
    Anchor,
    Form,
    FormField,
    form_text,
    load_form,
    misfit,
    parse_form,
    write_form,
)
from digitile.forms.reading import FieldReading, FormReading, read_form, read_forms

__all__ = [
    "Anchor",
    "FieldReading",
    "Form",
    "FormField",
    "FormReading",
    "draft_form",
    "form_text",
    "load_form",
    "misfit",
    "parse_form",
    "printed_form",
    "read_form",
    "read_forms",
    "write_form",
]
