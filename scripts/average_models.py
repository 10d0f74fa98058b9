"""Averages the parameters of two models, the second one trained further from the first.

    $ python scripts/average_models.py FIRST SECOND SHARE OUT

SHARE is the second's, 0 to 1. Such averages generalise better than either (Wortsman et al. 2022,
"Model soups"). Calibrate the result: confidences are those of SECOND.
"""

import hashlib
import sys
from dataclasses import replace
from pathlib import Path

from digitile.model import load_model, save_model


def main() -> None:
    """Write the average."""
    first, second, share, out = sys.argv[1:]
    models = [load_model(Path(path)) for path in (first, second)]
    if str(models[0].network) != str(models[1].network):
        sys.exit(f"{first} and {second} have different networks.")
    part = float(share)
    theta = (1 - part) * models[0].theta + part * models[1].theta
    files = [Path(path).read_bytes() for path in (first, second)]
    averaged = {
        "sha256": [hashlib.sha256(file).hexdigest() for file in files],
        "shares": [1 - part, part],
    }
    about = {**models[1].about, "averaged": averaged}
    about.pop("test", None)  # what was measured is not of these parameters
    save_model(
        replace(models[1], theta=theta.astype(models[1].theta.dtype), about=about), Path(out)
    )


if __name__ == "__main__":
    main()
