"""ALTO documents follow the schema 4.4: its elements, their order, attributes and types."""

import re
from xml.etree import ElementTree

import pytest

from digitile.formats import to_alto
from digitile.formats.alto import NAMESPACE
from digitile.reader import Reading
from tests.formats.samples import PAGES

# From the schema, as far as it is used: what follows what, as a regular expression of children's
# names, and the attributes, an exclamation mark behind those that are needed.
CHILDREN = {
    "alto": "(Description )?(Styles )?(Tags )?(ReadingOrder )?Layout ",
    "Description": "MeasurementUnit (sourceImageInformation )?(OCRProcessing )*(Processing )*",
    "sourceImageInformation": "(fileName )?(fileIdentifier )*(documentIdentifier )*",
    "Processing": "(processingCategory )?(processingDateTime )?(processingAgency )?"
    "(processingStepDescription )*(processingStepSettings )?(processingSoftware )?",
    "processingSoftware": "(softwareCreator )?(softwareName )?(softwareVersion )?"
    "(applicationDescription )?",
    "Layout": "(Page )+",
    "Page": "(TopMargin )?(LeftMargin )?(RightMargin )?(BottomMargin )?(PrintSpace )?",
    "PrintSpace": "(Shape )?((TextBlock|Illustration|GraphicalElement|ComposedBlock) )*",
    "TextBlock": "(Shape )?(TextLine )*",
    "TextLine": "(Shape )?(String (SP )?)+(HYP )?",
    "String": "(Shape )?(ALTERNATIVE )*(Glyph )*",
    "Glyph": "(Shape )?(Variant )*",
}
PLACE = "HPOS VPOS WIDTH HEIGHT"
ATTRIBUTES = {
    "alto": "SCHEMAVERSION schemaLocation",
    "Processing": "ID!",
    "Page": "ID! PHYSICAL_IMG_NR! WIDTH HEIGHT PROCESSINGREFS ROTATION",
    "PrintSpace": f"ID {PLACE}",
    "TextBlock": f"ID! ROTATION {PLACE}",
    "TextLine": f"ID {PLACE}",
    "String": f"ID CONTENT! WC {PLACE}",
    "SP": f"ID {PLACE}",
    "Glyph": f"ID CONTENT! GC {PLACE}",
    "Variant": "CONTENT VC",
}
UP_TO_ONE = r"0\.\d+|1\.0+"
TYPES = {
    **dict.fromkeys([*PLACE.split(), "ROTATION", "PHYSICAL_IMG_NR"], r"\d+"),
    **dict.fromkeys(["WC", "GC", "VC"], UP_TO_ONE),
    **dict.fromkeys(["ID", "PROCESSINGREFS"], r"[A-Za-z_][\w.-]*"),
}


def parsed(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text.encode())


def check(element: ElementTree.Element) -> None:
    space, _, name = element.tag[1:].partition("}")
    assert space == NAMESPACE
    inner = "".join(child.tag.partition("}")[2] + " " for child in element)
    assert re.fullmatch(CHILDREN.get(name, ""), inner), f"{name}: {inner}"
    known = ATTRIBUTES.get(name, "").split()
    given = {key.rpartition("}")[2]: value for key, value in element.attrib.items()}
    assert set(given) <= {key.rstrip("!") for key in known}, name
    assert {key[:-1] for key in known if key.endswith("!")} <= set(given), name
    for key, value in given.items():
        assert re.fullmatch(TYPES.get(key, "(?s).*"), value), f"{name} {key}={value}"
    if name == "Glyph":
        assert len(given["CONTENT"]) == 1
    if name == "MeasurementUnit":
        assert element.text == "pixel"
    for child in element:
        check(child)


@pytest.mark.parametrize("pages", [PAGES, PAGES[:1], PAGES[1:]])
def test_it_follows_the_schema(pages: tuple[Reading, ...]) -> None:
    root = parsed(to_alto(pages))
    check(root)
    names = [element.get("ID") for element in root.iter() if element.get("ID")]
    assert len(names) == len(set(names))


def test_what_was_read_is_in_it() -> None:
    root, names = parsed(to_alto(PAGES)), {"": NAMESPACE}
    source = root.find(".//fileName", names)
    assert source is not None
    assert source.text == 'a "name" <&;\\ \ufffd\ufffd.png'
    first, second = root.iterfind(".//Page", names)
    assert (first.get("WIDTH"), first.get("HEIGHT")) == ("300", "200")
    assert second.find(".//TextBlock", names) is None
    strings = [string.attrib for string in first.iterfind(".//String", names)]
    assert [string["CONTENT"] for string in strings] == ["08", "03", "12,50"]
    assert {string["WC"] for string in strings} == {"0.8765"}
    places = [tuple(string[key] for key in PLACE.split()) for string in strings]
    assert places == [
        ("10", "20", "22", "16"),
        ("34", "20", "22", "16"),
        ("10", "60", "58", "16"),
    ]
    assert len(first.findall(".//SP", names)) == 1
    glyphs = [glyph.get("CONTENT") for glyph in first.iterfind(".//Glyph", names)]
    assert "".join(map(str, glyphs)) == "080312,50"
    assert {block.get("ROTATION") for block in first.iterfind(".//TextBlock", names)} == {"90"}
    assert len(first.findall(".//Variant", names)) == 8
