"""hOCR 1.2, text with its places as HTML, as OCR programs exchange it.

https://kba.github.io/hocr-spec/1.2/. A line is an area and a paragraph of its own; its words have
their confidence, that of the line, in x_wconf, and each digit and mark has its own in x_conf.
"""

from collections.abc import Sequence
from xml.etree import ElementTree

from digitile import __version__
from digitile.formats.words import Word, sign_of, words_of, xml_text
from digitile.reader.reading import Box, Line, Reading

CAPABILITIES = "ocr_page ocr_carea ocr_par ocr_line ocrx_word ocrx_cinfo ocrp_wconf"
DOCTYPE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"\n'
    ' "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n'
)


def to_hocr(readings: Sequence[Reading]) -> str:
    """Return pages, of one picture or several, as an hOCR document, which is XHTML."""
    told = {"xmlns": "http://www.w3.org/1999/xhtml", "xml:lang": "en", "lang": "en"}
    root = ElementTree.Element("html", told)
    head = ElementTree.SubElement(root, "head")
    ElementTree.SubElement(head, "title").text = "Digits"
    kind = {"http-equiv": "Content-Type", "content": "text/html; charset=utf-8"}
    ElementTree.SubElement(head, "meta", kind)
    for name, content in (
        ("ocr-system", f"digitile {__version__}"),
        ("ocr-capabilities", CAPABILITIES),
    ):
        ElementTree.SubElement(head, "meta", {"name": name, "content": content})
    body = ElementTree.SubElement(root, "body")
    for number, reading in enumerate(readings, 1):
        _page(body, number, reading)
    ElementTree.indent(root)
    return DOCTYPE + ElementTree.tostring(root, "unicode") + "\n"


def _page(body: ElementTree.Element, number: int, reading: Reading) -> None:
    """Add a page with its lines."""
    size = _bbox(Box(0, 0, reading.width, reading.height))
    title = f"{size}; ppageno {reading.page - 1}"
    if reading.path is not None:
        title = f"image {_quoted(reading.path)}; {title}"
    page = _part(body, "div", "ocr_page", f"page_{number}", title)
    for index, line in enumerate(reading.lines, 1):
        name, title = f"{number}_{index}", _bbox(line.box)
        area = _part(page, "div", "ocr_carea", f"block_{name}", title)
        paragraph = _part(area, "p", "ocr_par", f"par_{name}", title)
        if reading.turned:
            title += f"; textangle {reading.turned}"
        text = _part(paragraph, "span", "ocr_line", f"line_{name}", title)
        for place, word in enumerate(words_of(line), 1):
            _word(text, f"word_{name}_{place}", word, line)


def _word(text: ElementTree.Element, name: str, word: Word, line: Line) -> None:
    """Add a word with its digits and marks."""
    title = f"{_bbox(word.box)}; x_wconf {round(100 * line.confidence)}"
    own = _part(text, "span", "ocrx_word", name, title)
    for sign in word.signs:
        left, top, right, bottom = _ends(sign.box)
        title = f"x_bboxes {left} {top} {right} {bottom}; x_conf {100 * sign.confidence:.2f}"
        told = {"class": "ocrx_cinfo", "title": title}
        ElementTree.SubElement(own, "span", told).text = sign_of(sign)


def _part(
    parent: ElementTree.Element, tag: str, kind: str, name: str, title: str
) -> ElementTree.Element:
    return ElementTree.SubElement(parent, tag, {"class": kind, "id": name, "title": title})


def _bbox(box: Box) -> str:
    return "bbox " + " ".join(map(str, _ends(box)))


def _ends(box: Box) -> tuple[int, int, int, int]:
    return box.x, box.y, box.x + box.width, box.y + box.height


def _quoted(path: str) -> str:
    """Return a string of a title's property."""
    told = xml_text(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{told}"'
