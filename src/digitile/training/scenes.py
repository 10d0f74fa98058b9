"""A training on scenes: drawn pages, of which each epoch has a block of its own."""

import hashlib
from functools import partial
from os import PathLike
from pathlib import Path

from digitile.errors import SettingError
from digitile.nn.layer import shape_text
from digitile.nn.network import Network
from digitile.scenes import CLASSES, SCENE, Materials, Scenes, draw_block
from digitile.training.blocks import Blocks, Draw
from digitile.training.settings import Settings
from digitile.training.source import Pictures

NAME = "scenes"
"""What scenes are called where a data set has its name."""

_OF_DATA_SETS = ("train_pictures", "test_pictures")


def blocks_of_scenes(
    settings: Settings, folder: str | PathLike[str], seed: int, processes: int
) -> Blocks:
    """Return the scenes of a training.

    Raises `SettingError` where the settings are none for scenes; `DataError` where what scenes are
    drawn from is missing or broken.

    Parameters
    ----------
    folder : path-like
        Where data sets are kept.
    seed : int
        Of the scenes trained on. Those of the validation are the same for every seed.
    processes : int
        That draw; without influence on what is drawn.
    """
    check(settings)
    folder = Path(folder)
    return Blocks(
        _drawing,
        (folder, seed, settings.scenes),
        classes=CLASSES,
        size=settings.scenes,
        repeats=settings.repeats,
        epochs=settings.epochs,
        held_out=partial(_kept_apart, folder, settings.validation),
        digest=digest(Materials.load(folder, kept_apart=False)),
        processes=processes,
    )


def check(settings: Settings) -> None:
    """Raise `SettingError` unless a training with these settings can take scenes."""
    if not settings.scenes:
        raise SettingError("scenes=0: say how many each epoch draws, for example scenes=2000.")
    network = Network.parse(settings.network)
    shape = (1, *SCENE)
    if network.input_shape != shape or network.classes != len(CLASSES):
        raise SettingError(
            f"scenes are {shape_text(shape)} of {len(CLASSES)} classes, but the network takes "
            f"{shape_text(network.input_shape)} and has {network.classes}. Set network=…"
        )
    if settings.augment != "none":
        raise SettingError(
            f"augment={settings.augment} moves pixels, and the digits of a scene would no longer "
            "be where the target has them. Set augment=none."
        )
    for name in _OF_DATA_SETS:
        if getattr(settings, name):
            raise SettingError(f"{name}={getattr(settings, name)} is for data sets. Set {name}=0.")


def digest(materials: Materials) -> str:
    """Return the SHA-256 of what scenes are drawn from; of fonts, of their names and sizes."""
    found = hashlib.sha256(materials.mnist.digest().encode())
    for strokes in (materials.digits, materials.signs, materials.words):
        for array in (strokes.points, strokes.strokes, strokes.characters, strokes.writers):
            found.update(array.tobytes())
        found.update("\n".join(strokes.texts).encode())
    for font in materials.fonts:
        found.update(f"{font.name} {font.script} {font.path.stat().st_size}\n".encode())
    return found.hexdigest()


def _kept_apart(folder: Path, count: int) -> Pictures:
    """Draw the scenes of the validation."""
    return Pictures(*draw_block(Materials.load(folder, kept_apart=True), 0, 0, count))


def _drawing(folder: Path, seed: int, count: int) -> Draw:
    """Return the function that draws blocks, in a process of its own."""
    materials = Materials.load(folder, kept_apart=False)

    def draw(block: int) -> Scenes:
        return draw_block(materials, seed, block, count)

    return draw
