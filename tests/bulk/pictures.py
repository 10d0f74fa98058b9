"""Pictures of one digit each, small, and different."""

from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits


def draw(folder: Path, count: int) -> list[Path]:
    """Write so many pictures of 64×64 pixels, dark digits on white."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, digit in enumerate(load_digits().images[:count]):
        small = Image.fromarray((255 - digit * 15.9).astype(np.uint8))  # 8×8, 0 … 16
        large = np.asarray(small.resize((48, 48), Image.Resampling.BICUBIC))
        paths.append(folder / f"{number:04}.png")
        Image.fromarray(np.pad(large, 8, constant_values=255)).save(paths[-1])
    return paths
