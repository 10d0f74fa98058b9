"""A small collection in the UNIPEN format, written from its description."""

from pathlib import Path

FILES = {
    "data/1a/aa/one.dat": """.VERSION 1.0
.COMMENT a document may be missing
.INCLUDE aa/missing.doc
.INCLUDE aa/order.doc
.INCLUDE aa/data/one.dat
.SEGMENT CHARACTER 0-1 OK "4"
.SEGMENT CHARACTER 2 ? "1"
.SEGMENT CHARACTER 3:1-3:3 GOOD "7"
.SEGMENT CHARACTER 2 BAD "3"
.SEGMENT WORD 0-2 OK "41"
""",
    "data/1b/aa/one.dat": """.INCLUDE aa/order.doc
.INCLUDE aa/data/one.dat
.SEGMENT CHARACTER 0,2 OK "A"
.SEGMENT CHARACTER 2
""",
    "data/1d/bb/two.dat": """.INCLUDE bb/data/two.dat
.SEGMENT CHARACTER 0 ? "\\""
""",
    "data/6/bb/two.dat": """.INCLUDE bb/data/two.dat
.SEGMENT WORD 0-1 ? "it's"
.SEGMENT WORD 0-1 ? "no1"
""",
    "include/aa/order.doc": ".COMMENT of every stroke\n\tX Y of a tablet\n.COORD T Y X\n",
    "include/aa/data/one.dat": """.WRITER_ID zc
.PEN_DOWN
 1 100 30
 2 40 0
 3 40 70
.PEN_UP
 4 0 0
.DT 100
.PEN_DOWN
 5 70 50
 6 0 50
.PEN_UP
.WRITER_ID other
.START_BOX
.PEN_DOWN
 7 200 -5 8 200 -5 9 150 -5
.PEN_UP
.PEN_DOWN
 1 0 99 2 100 100 3 100 160 4 0 120 5 7 7
.PEN_UP
""",
    "include/bb/data/two.dat": """.PEN_DOWN
0.0 0.0
20.0 10.0
.PEN_UP
.PEN_DOWN
40 5
40 5
.PEN_UP
""",
}


def write_collection(folder: Path) -> Path:
    """Write the collection into a folder, and return it."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder
