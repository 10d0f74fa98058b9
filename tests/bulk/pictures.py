"""Pictures of one digit each, tiny, and different."""

from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits


def draw(folder: Path, count: int) -> list[Path]:
    """Write so many pictures of 28×28 pixels, dark digits on white."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, digit in enumerate(load_digits().images[:count]):
        large = np.kron(255 - digit * 15.9, np.ones((3, 3)))  # 8×8, 0 … 16
        paths.append(folder / f"{number:04}.png")
        Image.fromarray(np.pad(large, 2, constant_values=255).astype(np.uint8)).save(paths[-1])
    return paths
