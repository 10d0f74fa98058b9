"""digitile show: what a recipe's or a model's network is made of."""

from pathlib import Path
from typing import Any

import click

from digitile import recipes
from digitile.cli.console import as_json, print_json, table
from digitile.errors import SettingError
from digitile.model import load_model
from digitile.nn.layer import shape_text
from digitile.nn.network import Network


@click.command()
@click.argument("name", metavar="RECIPE|MODEL", required=False)
@click.option("--set", "overrides", multiple=True, metavar="NAME=VALUE", help="Change a setting.")
@as_json
def show(name: str | None, overrides: tuple[str, ...], as_json: bool) -> None:
    """Show layers, shapes, parameters and multiply-adds of a recipe or a model file.

    Without a name, list the recipes.
    """
    if name is None:
        _list(as_json)
        return
    if name not in recipes.names() and (Path(name).exists() or name.endswith(".safetensors")):
        if overrides:
            raise SettingError("--set changes a recipe's settings; a model file is as it is.")
        model = load_model(Path(name))
        network, about, notes = model.network, model.about, ""
    else:
        recipe, settings = recipes.find(name)
        settings = settings.override(overrides)
        network = Network.parse(settings.network)
        about, notes = {"settings": settings.as_json()}, recipe.about
    if as_json:
        print_json({"name": name, **_describe(network), "about": about})
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


def _describe(network: Network) -> dict[str, Any]:
    layers = [
        {
            "name": name,
            "notation": str(layer),
            "output": list(shape),
            "parameters": sum(s.stop - s.start for s in network.arena.slots if s.layer == index),
            "multiply_adds": work,
        }
        for index, (name, layer, shape, work) in enumerate(
            zip(
                network.names,
                network.layers,
                network.shapes[1:],
                network.multiply_adds(),
                strict=True,
            )
        )
    ]
    return {
        "network": str(network),
        "input": list(network.input_shape),
        "layers": layers,
        "parameters": network.arena.size,
        "multiply_adds": sum(network.multiply_adds()),
    }


def _layers(network: Network) -> str:
    described = _describe(network)
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
