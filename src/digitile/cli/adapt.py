"""digitile adapt: a model that also reads one's own hand."""

import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digitile.cli.console import DownloadBar, as_json, data_folder, engine, print_json, table
from digitile.errors import UsageError

if TYPE_CHECKING:
    from digitile.data import Splits
    from digitile.model import Model
    from digitile.training.adapt import Adapted
    from digitile.training.metrics import Evaluation


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("examples", metavar="EXAMPLES", type=click.Path(path_type=Path))
@click.option(
    "--old",
    metavar="mnist|digits|FOLDER",
    help="What the model must not forget.  [default: what it was trained on, if that is on this "
    "machine; else digits]",
)
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
    old: str | None,
    data_folder: Path | None,
    engine: str,
    seed: int,
    out: Path | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Adapt a MODEL of digits to a hand, from a few dozen labelled EXAMPLES, in about a minute.

    MODEL is a model file, or "digits" for the one that comes with digitile. EXAMPLES is the zip
    file of labelled examples that digitile serve's page saves, or a folder with one sub-folder for
    each class: 0 to 9, not all of them need be there, and none where the model has it. Pictures of
    28×28 pixels, light on black, are taken as they are: the page saves what the network was shown.
    Of any other, such as photos of one digit, the digit is isolated as digitile read does it.

    Prints how many examples are right before and after, each answered by a network adapted without
    it, and the same of the old test pictures: what was forgotten. MODEL itself is never changed,
    and Ctrl-C leaves nothing behind.
    """
    from digitile.data.examples import load_examples
    from digitile.model import bundled_model, load_model, save_model
    from digitile.reader import as_shown
    from digitile.reader.recognise import check_model
    from digitile.training.adapt import adapt as go

    source = bundled_model() if str(model) == "digits" and not model.exists() else model
    loaded = load_model(source)
    check_model(loaded)
    target = out or Path(f"{model.stem}-adapted.safetensors")
    _check_target(target, source, overwrite)
    own = load_examples(examples, loaded.classes, lambda pixels: as_shown(pixels)[None])
    data, splits = _old(loaded, old, data_folder)
    with _Bar() as bar:
        result = go(loaded, own, splits, engine=engine, seed=seed, on_progress=bar.show)
    words = ["digitile", "adapt", str(model), str(examples), "--old", data]
    words += ["--engine", engine, "--seed", str(seed)]
    told = {
        "examples": {"pictures": len(own), "sha256": own.digest(), "gained": result.gained}
        | {"lost": result.lost, **_both(result.before, result.after)},
        "old": {"name": data, "pictures": len(splits.test), "sha256": splits.train.digest()}
        | _both(result.old_before, result.old_after),
        "helps": result.helps,
        "recalibrated": result.recalibrated,
        "seed": seed,
        "command": shlex.join(words),
    }
    kept = {key: loaded.about[key] for key in _ORIGIN if key in loaded.about}
    earlier = loaded.about.get("adapted", [])
    about = {**kept, "adapted": [*earlier, told] if isinstance(earlier, list) else [told]}
    save_model(replace(result.model, about=about), target)
    if as_json:
        print_json({"model": str(target), **told})
    else:
        click.echo(_text(target, data, result))


_ORIGIN = ("recipe", "settings", "data", "engine", "seed")
"""What an adapted model's file keeps of how the first one was trained."""


def _check_target(target: Path, source: Path, overwrite: bool) -> None:
    """Refuse, before any work, what could not or should not be written."""
    if not target.parent.is_dir():
        raise UsageError(f"the folder {target.parent} does not exist. Make it, or choose another.")
    if target.is_dir():
        raise UsageError(f"{target} is a folder. Give the name of a file.")
    if target.exists() and target.samefile(source):
        raise UsageError(f"{target} is the model to adapt, which stays. Give another --out.")
    if target.exists() and not overwrite:
        raise UsageError(f"{target} is there already. Give --overwrite, or another --out.")


def _old(model: "Model", name: str | None, folder: Path | None) -> tuple[str, "Splits"]:
    """Return the name of the old data, and the data."""
    from digitile.data import default_folder, is_there, load
    from digitile.data.digits import load_normalised_digits

    shape = model.network.input_shape
    trained_on = model.about.get("data")
    first = str(trained_on.get("name")) if isinstance(trained_on, dict) else ""
    here = first == "digits" or (first == "mnist" and is_there("mnist", folder or default_folder()))
    if name is None and not here:
        click.echo(
            f"digitile: {first!r}, what the model was trained on, is not at hand; the built-in "
            "digits take its place. Give --old, or for MNIST: digitile data fetch mnist.",
            err=True,
        )
    name = name or (first if here else "digits")
    if name == "digits" and first != "digits":
        return name, load_normalised_digits()
    return name, load(name, folder, shape=shape, progress=DownloadBar())


def _both(before: "Evaluation", after: "Evaluation") -> dict[str, int]:
    pictures = len(before.labels)
    return {"right_before": pictures - before.errors, "right_after": pictures - after.errors}


def _text(target: Path, data: str, result: "Adapted") -> str:
    """Return what came of it, for a reader."""
    new, old = result.before, result.old_before
    rows = [
        (f"your {len(new.labels)} examples", _share(new), _share(result.after)),
        (f"{data}, {len(old.labels):,} test pictures", _share(old), _share(result.old_after)),
    ]
    less = 100 * (result.old_after.error_rate - old.error_rate)
    forgot = f"{less:.2f} points fewer" if less > 0 else "no fewer"
    verdict = "It helps" if result.helps else "It does not help"
    told = (
        f"{verdict}: {result.gained} examples gained, {result.lost} lost; {forgot} of {data} right."
    )
    if not result.helps:
        told += " Keep the model as it was, or collect more of what it misreads."
    return f"{table(('right', 'before', 'after'), rows)}\n\n{told}\n{target} is written."


def _share(evaluation: "Evaluation") -> str:
    return f"{100 * (1 - evaluation.error_rate):.2f} %"


class _Bar:
    """A progress bar on standard error, where that is a terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import Progress

        console = Console(stderr=True)
        self._progress = Progress(console=console, disable=not console.is_terminal)
        self._task = self._progress.add_task("adapting", total=1.0)

    def __enter__(self) -> "_Bar":
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def show(self, share: float) -> None:
        self._progress.update(self._task, completed=share)
