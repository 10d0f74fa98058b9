"""The page that shows a `Walk`: pictures and formulas of each step, there and back."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitile.inspect import pixels
from digitile.inspect.explain import Stage, Walk, kernels, strongest
from digitile.inspect.formulas import formula
from digitile.inspect.pages import number, render, words
from digitile.nn.conv import Conv
from digitile.nn.layer import Array, Layer, shape_text
from digitile.nn.linear import Linear
from digitile.nn.loss import Loss
from digitile.nn.pool import Subsample

MOST_MAPS = 32
MOST_ROWS = 16
"""More maps of a layer, columns and rows of kernels, are counted, not shown."""

MOST_VALUES = 400
"""So many values of a vector, or columns of a matrix, are shown."""

IN_A_ROW = 20
THUMBNAIL = 240


@dataclass(frozen=True)
class Shown:
    """Pictures with one scale of colours."""

    # each picture as a data address, and its words for those who cannot see it
    sources: list[tuple[str, str]]
    limit: float  # what the strongest colours stand for
    # how many maps or values are there to see, and how many there are
    shown: int
    all: int
    wide: bool  # whether it is one wide picture instead of one for each map


def explain_page(walk: Walk, picture: NDArray[np.uint8], name: str, language: str) -> str:
    """Return the page as HTML, which needs nothing else.

    Parameters
    ----------
    picture : ndarray, uint8, H×W×1, H×W×3 or H×W×4
        As it came, before `network_input`.
    name : str
        The picture's name.
    language : "en" or "zh"
    """
    w = words(__package__, "explain", language)
    network, loss = walk.model.network, walk.model.network.loss
    return render(
        __package__,
        "explain.html",
        w=w,
        language=language,
        walk=walk,
        name=name,
        network=str(network),
        parameters=network.arena.size,
        shapes=[shape_text(shape) for shape in network.shapes],
        thumbnail=thumbnail(picture),
        image=_picture(walk.image),
        scale=pixels.data_uri(pixels.scale_png()),
        input=values_shown(walk.stages[0].x, w),
        stages=[_stage(stage, w) for stage in walk.stages],
        classes=list(_classes(walk)),
        scores_formula=formula(loss, "scores"),
        loss_formula=formula(loss, "forward"),
        error_formula=formula(loss, "backward"),
        loss_words=w[type(loss).__name__],
        loss_code=_code(loss),
        norms=_norms(walk),
        error=values_shown(walk.stages[-1].dy, w),
    )


def _stage(stage: Stage, w: dict[str, str]) -> dict[str, object]:
    layer, kind = stage.layer, type(stage.layer).__name__
    one_input = isinstance(layer, Conv) and len(stage.x) == 1
    return {
        "name": stage.name,
        "notation": str(layer),
        "input": shape_text(stage.x.shape),
        "output": shape_text(stage.y.shape),
        "parameters": sum(value.size for value in stage.p.values()),
        "forward": formula(layer, "forward"),
        "backward": formula(layer, "backward"),
        "forward_words": w[f"{kind}_forward"],
        "backward_words": w[f"{kind}_backward"],
        "code": _code(layer),
        "y": values_shown(stage.y, w),
        "dx": values_shown(stage.dx, w),
        "w": _weights_shown(stage, stage.p.get("w"), w),
        "dw": _weights_shown(stage, stage.dp.get("w"), w),
        "w_name": w["weights_each" if isinstance(layer, Subsample) or one_input else "weights"],
        "b": None if "b" not in stage.p else values_shown(stage.p["b"], w),
        "sum": _sum(stage, w) if isinstance(layer, Conv) else None,
    }


def values_shown(values: Array, w: dict[str, str]) -> Shown:
    """Return maps, C×H×W, one picture each, or a vector as rows of squares."""
    limit = pixels.limit_of(values)
    if values.ndim == 1 or values.shape[1:] == (1, 1):
        vector = values.ravel()[:MOST_VALUES]
        columns = min(IN_A_ROW, len(vector))
        cells = np.full(-(-len(vector) // columns) * columns, np.nan)
        cells[: len(vector)] = vector
        png = pixels.mosaic_png(cells.reshape(-1, columns, 1, 1), limit, 14)
        words_for = w["alt_vector"].format(count=values.size, **_range(values))
        return Shown([(pixels.data_uri(png), words_for)], limit, len(vector), values.size, True)
    maps = values[:MOST_MAPS]
    zoom = max(1, min(12, 112 // max(maps.shape[1:])))
    sources = [
        (
            pixels.data_uri(pixels.signed_png(each, limit, zoom)),
            w["alt_map"].format(number=place + 1, **_range(each)),
        )
        for place, each in enumerate(maps)
    ]
    return Shown(sources, limit, len(maps), len(values), False)


def _weights_shown(stage: Stage, weights: Array | None, w: dict[str, str]) -> Shown | None:
    """Return weights: a row of tiles for each output, a column for each input map."""
    if weights is None:
        return None
    limit = pixels.limit_of(weights)
    if isinstance(stage.layer, Conv) and len(stage.x) == 1:
        return values_shown(weights.reshape(-1, *weights.shape[-2:]), w)
    if isinstance(stage.layer, Conv):
        tiles = kernels(stage.layer, weights, len(stage.x))
    elif isinstance(stage.layer, Linear) and stage.x.ndim == 3 and len(weights) <= MOST_ROWS:
        tiles = weights.reshape(len(weights), *stage.x.shape)
    elif isinstance(stage.layer, Linear):
        tiles = weights[None, None, : MOST_VALUES // 2, :MOST_VALUES]
    else:
        return values_shown(weights, w)  # a number for each map
    kept = tiles[:MOST_ROWS, :MOST_MAPS]
    width = kept.shape[1] * (kept.shape[3] + 1)
    png = pixels.mosaic_png(kept, limit, max(1, min(10, 800 // width)))
    words_for = w["alt_weights"].format(**_range(weights))
    everything = int(np.count_nonzero(~np.isnan(kept)))
    return Shown([(pixels.data_uri(png), words_for)], limit, everything, weights.size, True)


def _sum(stage: Stage, w: dict[str, str]) -> dict[str, object]:
    """Return how one value of a convolution came about, with pictures of its parts."""
    found = strongest(stage)
    products = found.window * found.kernel
    shown = slice(MOST_MAPS)
    parts = {"window": found.window, "kernel": found.kernel, "product": products}
    zoom = max(2, min(14, 560 // (min(len(products), MOST_MAPS) * (products.shape[2] + 1))))
    return {
        "map": found.place[0] + 1,
        "row": found.place[1] + 1,
        "column": found.place[2] + 1,
        "inputs": len(found.inputs),
        "pictures": [
            (
                w[f"sum_{name}"],
                pixels.data_uri(
                    pixels.mosaic_png(part[None, shown], pixels.limit_of(part), zoom),
                ),
            )
            for name, part in parts.items()
        ],
        "total": float(products.sum()),
        "bias": found.bias,
        "value": found.value,
    }


def _classes(walk: Walk) -> Iterator[dict[str, object]]:
    last = walk.stages[-1]
    full = max(1.0, float(walk.scores.max()))
    for place, name in enumerate(walk.model.classes):
        yield {
            "name": name,
            "z": float(last.y[place]),
            "score": float(walk.scores[place]),
            "share": 100 * max(0.0, float(walk.scores[place])) / full,
            "dz": float(last.dy[place]),
            "answer": place == walk.answer,
            "label": place == walk.label,
        }


def _norms(walk: Walk) -> list[dict[str, object]]:
    """Return each layer's gradient norms, with a bar as long as the order of magnitude of dx."""
    norms = [float(np.linalg.norm(stage.dx)) for stage in walk.stages]
    above = [np.log10(norm) for norm in norms if norm > 0]
    low, high = (min(above) - 1, max(above)) if above else (0.0, 1.0)
    return [
        {
            "name": stage.name,
            "notation": str(stage.layer),
            "dx": norm,
            "bar": 100 * (np.log10(norm) - low) / max(high - low, 1e-9) if norm > 0 else 0.0,
            **{
                f"d{key}": float(np.linalg.norm(stage.dp[key])) if key in stage.dp else None
                for key in "wb"
            },
        }
        for stage, norm in zip(walk.stages, norms, strict=True)
    ]


def _range(values: Array) -> dict[str, str]:
    return {"least": number(float(values.min())), "most": number(float(values.max()))}


def _code(of: Layer | Loss) -> str:
    return f"{type(of).__module__.partition('.')[2].replace('.', '/')}.py, {type(of).__name__}"


def _picture(image: NDArray[np.uint8]) -> str:
    return pixels.data_uri(pixels.picture_png(image, max(1, 168 // max(image.shape[1:]))))


def thumbnail(picture: NDArray[np.uint8]) -> str:
    """Return a picture, H×W×1, H×W×3 or H×W×4, made small, as a data address."""
    values = picture[:, :, 0] if picture.shape[2] == 1 else picture
    image = Image.fromarray(np.ascontiguousarray(values))
    image.thumbnail((THUMBNAIL, THUMBNAIL))
    content = io.BytesIO()
    image.save(content, "PNG", optimize=True)
    return pixels.data_uri(content.getvalue())
