"""digitile show: what a recipe's or a model's network is made of."""

from pathlib import Path
from typing import Any

import click

from digitile import recipes
from digitile.cli.console import as_json, model_file, print_json, table
from digitile.errors import SettingError
from digitile.model import load_model
from digitile.nn.layer import shape_text
from digitile.nn.network import Network
from digitile.nn.summary import summarise


@click.command()
@click.argument("name", metavar="RECIPE|MODEL", required=False)
@click.option("--set", "overrides", multiple=True, metavar="NAME=VALUE", help="Change a setting.")
@as_json
def show(name: str | None, overrides: tuple[str, ...], as_json: bool) -> None:
    """Show layers, shapes, parameters and multiply-adds of a RECIPE or a MODEL.

    MODEL is a model file, or "digits" for the bundled one. Without a name, list the recipes.
    """
    if name is None:
        _list(as_json)
        return
    file = model_file(Path(name))
    if name not in recipes.names() and (file.exists() or name.endswith(".safetensors")):
        if overrides:
            raise SettingError("--set changes a recipe's settings, but this is a model file.")
        model = load_model(file)
        network, about, notes = model.network, model.about, ""
    else:
        recipe, settings = recipes.find(name)
        settings = settings.override(overrides)
        network = Network.parse(settings.network)
        about, notes = {"settings": settings.as_json()}, recipe.about
    if as_json:
        print_json({"name": name, **summarise(network), "about": about})
        return
    click.echo(f"{name}: {network}\n")
    click.echo(_layers(network))
    for key, value in _flat(about).items():
        click.echo(f"{key:20} {value}" if value != "" else key)
    if notes:
        click.echo(f"\n{notes.strip()}")


def _list(as_json: bool) -> None:
    counts = {
        name: Network.parse(recipes.find(name)[1].network).arena.size for name in recipes.names()
    }
    if as_json:
        print_json(counts)
    else:
        rows = [(name, f"{count:,}") for name, count in counts.items()]
        click.echo(table(("recipe", "parameters"), rows))


def _layers(network: Network) -> str:
    described = summarise(network)
    rows = [("input", "", shape_text(network.input_shape), "", "")]
    rows += [
        (
            layer["name"],
            layer["notation"],
            shape_text(tuple(layer["output"])),
            f"{layer['parameters']:,}",
            f"{layer['multiply_adds']:,}",
        )
        for layer in described["layers"]
    ]
    rows.append(("all", "", "", f"{described['parameters']:,}", f"{described['multiply_adds']:,}"))
    header = ("layer", "notation", "output", "parameters", "multiply-adds")
    return table(header, rows, left=2) + "\n"


def _flat(values: dict[str, Any]) -> dict[str, Any]:
    """Return nested entries one level up, the network left out: it stands above."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            flat |= {f"{key}.{k}" if key != "settings" else k: v for k, v in value.items()}
        else:
            flat[key] = value
    flat.pop("network", None)
    return {key: ", ".join(map(str, v)) if isinstance(v, list) else v for key, v in flat.items()}
