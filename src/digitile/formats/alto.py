"""ALTO 4.4, the Library of Congress's XML of a scan's text, as libraries and archives use it.

https://www.loc.gov/standards/alto/. A line is a TextBlock of its own; its words are Strings with
their confidence in WC, which is that of the line; each digit and mark is a Glyph, with its
confidence in GC and the next likely ones as Variants.
"""

from collections.abc import Sequence
from xml.etree import ElementTree

from digitile import __version__
from digitile.formats.words import Word, sign_of, words_of, xml_text
from digitile.reader.reading import Box, Digit, Line, Reading

NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
SCHEMA = "http://www.loc.gov/standards/alto/v4/alto-4-4.xsd"


def to_alto(readings: Sequence[Reading]) -> str:
    """Return the pages of one picture as an ALTO document.

    Parameters
    ----------
    readings : sequence of Reading
        At least one: the format has no document without a page.
    """
    root = ElementTree.Element("alto", {"xmlns": NAMESPACE, "SCHEMAVERSION": "4.4"})
    root.set("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")
    root.set("xsi:schemaLocation", f"{NAMESPACE} {SCHEMA}")
    _describe(root, readings[0].path)
    layout = ElementTree.SubElement(root, "Layout")
    for reading in readings:
        _page(layout, reading)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def _describe(root: ElementTree.Element, path: str | None) -> None:
    """Add what the text was read from, and by what."""
    description = ElementTree.SubElement(root, "Description")
    ElementTree.SubElement(description, "MeasurementUnit").text = "pixel"
    if path is not None:
        source = ElementTree.SubElement(description, "sourceImageInformation")
        ElementTree.SubElement(source, "fileName").text = xml_text(path)
    processing = ElementTree.SubElement(description, "Processing", {"ID": "digitile"})
    ElementTree.SubElement(processing, "processingCategory").text = "contentGeneration"
    software = ElementTree.SubElement(processing, "processingSoftware")
    ElementTree.SubElement(software, "softwareName").text = "digitile"
    ElementTree.SubElement(software, "softwareVersion").text = __version__


def _page(layout: ElementTree.Element, reading: Reading) -> None:
    """Add a page with its lines."""
    number, size = reading.page, Box(0, 0, reading.width, reading.height)
    sides = {"WIDTH": str(size.width), "HEIGHT": str(size.height)}
    own = {"ID": f"page_{number}", "PHYSICAL_IMG_NR": str(number), "PROCESSINGREFS": "digitile"}
    page = ElementTree.SubElement(layout, "Page", own | sides)
    space = ElementTree.SubElement(page, "PrintSpace", _box(size))
    for index, line in enumerate(reading.lines, 1):
        name = f"{number}_{index}"
        block = ElementTree.SubElement(space, "TextBlock", {"ID": f"block_{name}"} | _box(line.box))
        if reading.turned:
            block.set("ROTATION", str(reading.turned))
        text = ElementTree.SubElement(block, "TextLine", {"ID": f"line_{name}"} | _box(line.box))
        for place, word in enumerate(words_of(line)):
            if place:
                ElementTree.SubElement(text, "SP")
            _string(text, word, line)


def _string(text: ElementTree.Element, word: Word, line: Line) -> None:
    """Add a word with its digits and marks."""
    told = {"CONTENT": word.text, "WC": f"{line.confidence:.4f}"}
    string = ElementTree.SubElement(text, "String", told | _box(word.box))
    for sign in word.signs:
        known = {"CONTENT": sign_of(sign), "GC": f"{sign.confidence:.4f}"}
        glyph = ElementTree.SubElement(string, "Glyph", known | _box(sign.box))
        for other in sign.alternatives if isinstance(sign, Digit) else ():
            variant = {"CONTENT": other.text, "VC": f"{other.confidence:.4f}"}
            ElementTree.SubElement(glyph, "Variant", variant)


def _box(box: Box) -> dict[str, str]:
    sides = ("HPOS", box.x), ("VPOS", box.y), ("WIDTH", box.width), ("HEIGHT", box.height)
    return {name: str(value) for name, value in sides}
