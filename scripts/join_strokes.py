"""Make the pen strokes' one file of three: digits.npz, others.npz and words.npz of a folder.

python scripts/join_strokes.py FOLDER DATA     writes DATA/unipen/strokes.npz

Each of the three holds the arrays of `digitile.data.strokes.Strokes`, but its texts are `labels`:
character codes, or words. The numbers of writers are each file's own.
"""

import sys
from pathlib import Path

import numpy as np

from digitile.data.strokes import Strokes
from digitile.data.unipen import FILE, FOLDER, Unipen, write_strokes


def read(path: Path, name: str) -> Strokes:
    """Read one of the three files."""
    with np.load(path, allow_pickle=False) as arrays:
        labels = arrays["labels"]
        texts = labels if labels.dtype.kind == "U" else np.array([chr(code) for code in labels])
        return Strokes(
            name,
            arrays["points"],
            arrays["strokes"].astype(np.int64),
            arrays["characters"].astype(np.int64),
            texts,
            arrays["writers"].astype(np.int64),
        )


def main(source: Path, data: Path) -> None:
    """Read the files in `source`, and write one in the data folder `data`."""
    parts = {"digits": "digits.npz", "signs": "others.npz", "words": "words.npz"}
    own = data / FOLDER
    own.mkdir(parents=True, exist_ok=True)
    unipen = Unipen(**{name: read(source / file, name) for name, file in parts.items()})
    write_strokes(unipen, own / FILE)
    print(own / FILE)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
