"""hOCR documents: well-formed, their classes nested as the specification says, with boxes."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

from digitile.formats import to_hocr
from tests.formats.samples import PAGES

XHTML = "{http://www.w3.org/1999/xhtml}"
PARENT = {
    "ocr_page": None,
    "ocr_carea": "ocr_page",
    "ocr_par": "ocr_carea",
    "ocr_line": "ocr_par",
    "ocrx_word": "ocr_line",
    "ocrx_cinfo": "ocrx_word",
}


def properties(title: str) -> dict[str, str]:
    """Return the properties of a title: names, and what follows them up to the semicolon."""
    parts = re.findall(r'((?:"(?:\\.|[^"\\])*"|[^;"])+)(?:;|$)', title)
    return {name: value for name, _, value in (part.strip().partition(" ") for part in parts)}


def checked(element: ElementTree.Element, above: str | None, outer: list[int]) -> None:
    kind = element.get("class")
    box = outer
    if kind is not None:
        assert PARENT[kind] == above
        told = properties(element.get("title", ""))
        box = [int(v) for v in told["x_bboxes" if kind == "ocrx_cinfo" else "bbox"].split()]
        left, top, right, bottom = box
        assert left < right
        assert top < bottom
        assert outer[0] <= left
        assert outer[1] <= top
        assert right <= outer[2]
        assert bottom <= outer[3]
        if kind == "ocrx_word":
            assert 0 <= int(told["x_wconf"]) <= 100
    for child in element:
        checked(child, kind or above, box)


def test_classes_and_boxes() -> None:
    text = to_hocr(PAGES)
    root = ElementTree.fromstring(text.encode())
    checked(root, None, [0, 0, 10_000, 10_000])
    names = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(names) == len(set(names)) == 2 + 2 * 3 + 3
    metas = {m.get("name"): m.get("content", "") for m in root.iter(f"{XHTML}meta")}
    assert metas["ocr-system"].startswith("digitile ")
    used = {e.get("class") for e in root.iter() if e.get("class")}
    assert used <= set(metas["ocr-capabilities"].split())


def test_what_was_read_is_in_it() -> None:
    root = ElementTree.fromstring(to_hocr(PAGES).encode())
    found = {kind: [e for e in root.iter() if e.get("class") == kind] for kind in PARENT}
    words = ["".join(word.itertext()).split() for word in found["ocrx_word"]]
    assert ["".join(word) for word in words] == ["08", "03", "12,50"]
    assert [properties(w.get("title", ""))["x_wconf"] for w in found["ocrx_word"]] == ["88"] * 3
    first, second = (properties(page.get("title", "")) for page in found["ocr_page"])
    assert first["bbox"] == "0 0 300 200"
    assert first["image"] == '"a \\"name\\" <&;\\\\ \ufffd\ufffd.png"'
    assert (first["ppageno"], second["ppageno"]) == ("0", "1")
    assert {properties(e.get("title", "")).get("textangle") for e in found["ocr_line"]} == {"90"}


def test_a_browser_reads_it() -> None:
    seen: list[str] = []

    class Collector(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            seen.append(tag)

    Collector().feed(to_hocr(PAGES))
    assert seen[:2] == ["html", "head"]
    assert seen.count("span") == 2 + 3 + 9
