"""Pages made of templates: everything inside them, nothing fetched.

A package keeps its templates in ``templates/``; those of `digitile.inspect` may be included in all.
"""

import re
import tomllib
from importlib.resources import files

from digitile.extras import extra

with extra("figures"):
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup, escape

LANGUAGES = ("en", "zh")


def words(package: str, name: str, language: str) -> dict[str, str]:
    """Return the words of a package's ``templates/NAME.toml`` in one language, by key."""
    text = files(package).joinpath("templates", f"{name}.toml").read_text(encoding="utf-8")
    return {key: entry[language] for key, entry in tomllib.loads(text).items()}


def render(package: str, template: str, **values: object) -> str:
    """Return a package's template filled in; in HTML, what is filled in is escaped."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("digitile.inspect")]),
        autoescape=template.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"number": number, "formula": formula_html}
    environment.filters |= {"md": markdown, "inline": inline}
    return environment.get_template(template).render(**values)


def number(value: float) -> str:
    """Return a number with three significant digits: −0.0312, 1.2×10⁻⁷."""
    if value == 0:
        return "0"
    text = f"{value:.3g}"
    mantissa, _, exponent = text.partition("e")
    if exponent:
        raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        text = f"{mantissa}×10{raised}"
    return text.replace("-", "−")


def formula_html(text: str) -> Markup:
    """Return a formula with its indices lowered: ``w_ji`` becomes w with ji below."""
    escaped = str(escape(text)).replace("`", "")
    return Markup(re.sub(r"_(\{[^}]*\}|\w+)", lambda m: f"<sub>{m[1].strip('{}')}</sub>", escaped))


def markdown(text: str) -> str:
    """Return a text that Markdown shows as it is, on one line, also within a table."""
    return re.sub(r"([\\`*_\[\]<>|])", r"\\\1", " ".join(text.split()))


def inline(svg: str) -> Markup:
    """Return a figure as part of a page: without its file's head."""
    return Markup(
        re.sub(r"<metadata>.*?</metadata>\s*", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    )
