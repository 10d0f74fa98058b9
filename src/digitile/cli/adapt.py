"""digitile adapt: a model that also reads one's own hand."""

import hashlib
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digitile.cli.console import (
    WorkBar,
    as_json,
    check_target,
    data_folder,
    engine,
    model_file,
    print_json,
    table,
)

if TYPE_CHECKING:
    from digitile.data.examples import Example
    from digitile.training.adapt import Adapted


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("examples", metavar="EXAMPLES", type=click.Path(path_type=Path))
@data_folder
@engine
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The adapted model's file.  [default: MODEL-adapted.safetensors]",
)
@click.option("--overwrite", is_flag=True, help="Replace --out where it is there already.")
@as_json
def adapt(
    model: Path,
    examples: Path,
    data_folder: Path | None,
    engine: str,
    seed: int,
    out: Path | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Adapt a MODEL to a hand, from a few dozen photos with their texts, in a few minutes.

    MODEL is a model file that sees pages, or "digits" for the one that comes with digitile.
    EXAMPLES is the zip file of corrected digits that digitile serve's page saves, or a folder of
    photos, each named as what is written on it: 2024.jpg, 12,50_receipt.jpg. Or it has a table
    texts.csv with the columns file and text, and, for a text that is not all of the photo, x, y,
    width and height of its place. A picture in a folder 0 to 9 shows that digit at its middle.

    The model finds where each text is; what does not fit is listed, and not learnt from. Drawn
    pages are rehearsed beside the photos, so MNIST and pen strokes have to be there (digitile data
    fetch). Prints how many examples are right before and after, each read by a network adapted
    without it, and the same of digits on drawn pages, place by
    place: what was forgotten. MODEL itself is never
    changed, and Ctrl-C leaves nothing behind. digitile calibrate then measures its trust anew.
    """
    from digitile.data import default_folder
    from digitile.data.examples import load_examples
    from digitile.model import load_model, save_model
    from digitile.reader.sight import check_model
    from digitile.training.adapt import adapt as go

    source = model_file(model)
    loaded = load_model(source)
    check_model(loaded)
    target = out or Path(f"{model.stem}-adapted.safetensors")
    check_target(target, source, overwrite)
    own = load_examples(examples)
    folder = data_folder or default_folder()
    with WorkBar("adapting") as bar:
        result = go(loaded, own, folder, engine=engine, seed=seed, on_progress=bar.show)
    words = ["digitile", "adapt", str(model), str(examples), "--engine", engine]
    told = {
        "examples": {"texts": len(own), "sha256": _digest(own), "learnt": len(result.before)}
        | {"right_before": int(result.before.sum()), "right_after": int(result.after.sum())}
        | {"gained": result.gained, "lost": result.lost}
        | {"skipped": [list(one) for one in result.skipped]},
        "old": {"name": "scenes", "places": result.old_places}
        | {"right_before": result.old_before, "right_after": result.old_after},
        "helps": result.helps,
        "seed": seed,
        "command": shlex.join([*words, "--seed", str(seed)]),
    }
    kept = {key: loaded.about[key] for key in _ORIGIN if key in loaded.about}
    earlier = loaded.about.get("adapted", [])
    about = {**kept, "adapted": [*earlier, told] if isinstance(earlier, list) else [told]}
    save_model(replace(result.model, about=about), target)
    if as_json:
        print_json({"model": str(target), **told})
    else:
        click.echo(_text(target, result))


_ORIGIN = ("recipe", "settings", "data", "engine", "seed")
"""What an adapted model's file keeps of how the first one was trained."""


def _digest(examples: Sequence["Example"]) -> str:
    """Return the SHA-256 of pictures, texts and places."""
    found = hashlib.sha256()
    for one in examples:
        content = one.source if isinstance(one.source, bytes) else one.source.read_bytes()
        found.update(hashlib.sha256(content).digest())
        found.update(f"{one.text} {one.place} {one.middle}\n".encode())
    return found.hexdigest()


def _text(target: Path, result: "Adapted") -> str:
    """Return what came of it, for a reader."""
    count, places = len(result.before), result.old_places
    before, after = int(result.before.sum()), int(result.after.sum())
    rows = [
        (f"your {count} texts", _share(before, count), _share(after, count)),
        (
            f"{places:,} places with digits on drawn pages",
            _share(result.old_before, places),
            _share(result.old_after, places),
        ),
    ]
    less = 100 * (result.old_before - result.old_after) / max(1, places)
    forgot = f"{less:.2f} points fewer" if less > 0 else "no fewer"
    verdict = "It helps" if result.helps else "It does not help"
    told = f"{verdict}: {result.gained} texts gained, {result.lost} lost; {forgot} of others right."
    if not result.helps:
        told += " Keep the model as it was, or collect more of what it misreads."
    skipped = "".join(f"\nnot learnt from: {name}: {why}" for name, why in result.skipped)
    return f"{table(('right', 'before', 'after'), rows)}\n{skipped}\n{told}\n{target} is written."


def _share(right: int, count: int) -> str:
    return f"{100 * right / max(1, count):.2f} %"
