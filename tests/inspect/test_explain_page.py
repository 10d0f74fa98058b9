"""The page shows the walk, in both languages, and nothing from outside."""

import base64
import inspect
import io

import numpy as np
import pytest
from PIL import Image

from digitile.inspect import pixels
from digitile.inspect.explain import follow
from digitile.inspect.explain_page import explain_page
from digitile.inspect.pages import formula_html, number, words
from digitile.nn import activations, conv, dropout, linear, loss, pool, residual
from digitile.nn.layer import Layer
from digitile.nn.loss import Loss
from tests.inspect.test_explain import NETWORKS, model_of, walk_of
from tests.pages import check

PICTURE = np.full((30, 20, 3), 200, np.uint8)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("text", NETWORKS)
def test_every_layer_is_on_the_page(text: str, language: str) -> None:
    walk = walk_of(text, label=1)
    page = check(content := explain_page(walk, PICTURE, "digit.png", language))
    assert len(content.encode()) < 2_000_000
    for stage in walk.stages:
        assert stage.name in page.text
        assert number(float(np.linalg.norm(stage.dx))) in page.text
    assert str(walk.model.network) in page.text
    assert ("误差" in page.text) == (language == "zh")
    for own in (words("digitile.inspect", "explain", language)["drawn"],):
        assert (own in page.text) == walk.drawn


def test_a_drawn_map_is_the_layers() -> None:
    walk = walk_of(NETWORKS[0])
    page = check(explain_page(walk, PICTURE, "digit.png", "en"))
    outputs = [
        image for image in page.all("img") if (image["alt"] or "").startswith("output y: map 3")
    ]
    source = outputs[0]["src"]
    assert source is not None
    places = np.array(Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))), int)
    y = walk.stages[0].y
    limit = float(np.abs(y).max())
    zoom = len(places) // y.shape[1]
    read = (places[::zoom, ::zoom] - pixels.LEVELS) / pixels.LEVELS * limit
    np.testing.assert_allclose(read, y[2], atol=limit / pixels.LEVELS)


def test_hostile_names_stay_names() -> None:
    evil = '"><script>alert(1)</script>{{ 7*7 }}'
    model = model_of("1x4x4 - 2N - softmax", (evil, "<img src=http://x>"))
    walk = follow(model, np.zeros((1, 4, 4), np.uint8), 1)
    content = explain_page(walk, PICTURE, f"{evil}.png", "en")
    page = check(content)
    assert "<script" not in content
    assert evil in page.text
    assert "<img src=http://x>" in page.text


def test_each_layer_has_its_words_in_both_languages() -> None:
    found = {language: words("digitile.inspect", "explain", language) for language in ("en", "zh")}
    assert found["en"].keys() == found["zh"].keys()
    for module in (activations, conv, dropout, linear, pool, residual):
        for name, kind in inspect.getmembers(module, inspect.isclass):
            if issubclass(kind, Layer) and not inspect.isabstract(kind):
                assert f"{name}_forward" in found["en"]
                assert f"{name}_backward" in found["en"]
    for name, kind in inspect.getmembers(loss, inspect.isclass):
        if issubclass(kind, Loss) and not inspect.isabstract(kind):
            assert name in found["en"]


def test_numbers_and_formulas_as_people_write_them() -> None:
    assert [number(v) for v in (0.0, -0.03117, 1234.5, 1.24e-8)] == [
        "0",
        "−0.0312",
        "1.23×10³",
        "1.24×10⁻⁸",
    ]
    assert formula_html("Σ_j w_{ji} < 1") == "Σ<sub>j</sub> w<sub>ji</sub> &lt; 1"
