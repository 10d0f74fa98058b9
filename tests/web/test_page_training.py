"""The training page in a real browser."""

import base64
import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from digitile.data.intake import network_input
from digitile.model import load_model
from tests.web.conftest import Server, opened, running

if TYPE_CHECKING:
    from playwright import sync_api as playwright


def test_layers_are_checked_while_they_are_written(page: "playwright.Page") -> None:
    page.goto(page.url + "train")
    page.locator("#start:enabled").wait_for()
    page.fill("#network", "1x28x28 - 4C5 - MP4 - 10N - softmax")
    page.locator("#plan", has_text="1,554 parameters").wait_for()  # 4·26 + 10·145
    shapes = page.locator("#layers li span").all_inner_texts()
    assert shapes == ["1×28×28", "4×24×24", "4×6×6", "10"]
    assert page.locator("#start").is_enabled()
    page.fill("#network", "1x28x28 - 4C5 - MP4 - 9N - softmax")
    page.locator("#network-trouble", has_text="10N").wait_for()
    assert page.locator("#start").is_disabled()
    page.click("#reset")
    page.locator("#start:enabled").wait_for()
    page.fill("#epochs", "0")
    assert page.locator("#epochs").get_attribute("aria-invalid") == "true"
    assert page.locator("#start").is_disabled()


def test_a_short_training_with_other_settings_is_watched(
    page: "playwright.Page", server: Server
) -> None:
    page.goto(page.url + "train")
    page.select_option("#recipe", "sjtu2025")
    page.fill("#network", "1x28x28 - 3C5 - ReLU - MP2 - 10N - softmax")
    page.fill("#lr", "0.05")
    page.fill("#batch_size", "20")
    page.fill("#epochs", "2")
    page.locator("#start:enabled").click()
    page.locator("#kernels-0[src]").wait_for()
    page.reload()
    page.locator("#status", has_text="is done").wait_for()
    points = page.locator("#loss polyline").get_attribute("points")
    assert points is not None
    assert len(points.split()) > 50
    trainings = page.request.get(server.address + "api/v1/trainings").json()["trainings"]
    totals = [training["total"] for training in trainings]
    assert 146 in totals  # 2 epochs of 1,442 pictures in batches of 20
    assert page.locator("#model").is_visible()
    assert page.locator("#start").is_enabled()


def test_two_trainings_are_compared(page: "playwright.Page") -> None:
    page.goto(page.url + "train")
    for rate in ("0.05", "0.2"):
        page.select_option("#recipe", "sjtu2025")
        page.fill("#network", f"1x28x28 - {3 if rate == '0.05' else 5}C5 - MP4 - 10N - softmax")
        page.fill("#epochs", "1")
        page.fill("#lr", rate)
        page.locator("#start:enabled").click()
        page.locator("#settings tbody tr", has_text=rate).wait_for()
        page.locator("#status", has_text="is done").wait_for()
    one, other = page.locator("#run option").all()[:2]
    assert one.inner_text().partition(":")[0] > other.inner_text().partition(":")[0]  # the latest
    assert page.locator("#loss polyline").count() == 1
    page.select_option("#beside", value=other.get_attribute("value"))
    points = page.locator("#loss polyline").evaluate_all("(all) => all.map((o) => o.points.length)")
    assert len(points) == 2
    assert min(points) > 50
    assert page.locator("#accuracy polyline.curve").count() == 4  # with those of validation
    rows = [row.split("\t") for row in page.locator("#settings tbody").inner_text().split("\n")]
    table = {name: values for name, *values in rows}
    assert table["Learning rate"] == ["0.2", "0.05"]
    assert table["Parameters"] == ["1,940", "1,168"]  # 26·maps + 10·(36·maps + 1)
    differing = page.locator("#settings .differs th").all_inner_texts()
    assert {"Learning rate", "Layers", "Parameters"} <= set(differing)
    assert not {"Recipe", "Pictures", "Batch size", "Epochs"} & set(differing)
    sizes = page.locator(".pair img:visible").evaluate_all(
        "(all) => all.map((o) => o.naturalWidth)"
    )
    assert len(sizes) == 2
    assert sizes[0] > sizes[1]  # 5 kernels and 3
    page.select_option("#beside", "")
    assert page.locator("#loss polyline").count() == 1


def test_a_server_that_does_not_train_says_so(
    browser: "playwright.Browser", tmp_path: Path
) -> None:
    with running(tmp_path, "--no-train") as server, opened(browser, server.address) as page:
        page.goto(server.address + "train")
        page.locator("#trouble", has_text="switched off").wait_for()
        assert page.locator("#start").is_hidden()
        page.click("#language")
        assert "关闭" in page.locator("#trouble").inner_text()


def draw(page: "playwright.Page", *stroke: tuple[float, float]) -> None:
    page.locator("#pad").scroll_into_view_if_needed()
    pad = page.locator("#pad").bounding_box()
    assert pad is not None
    for i, (x, y) in enumerate(stroke):
        page.mouse.move(pad["x"] + x * pad["width"], pad["y"] + y * pad["height"], steps=4)
        if i == 0:
            page.mouse.down()
    page.mouse.up()


def test_a_network_answers_while_it_learns_and_afterwards(
    page: "playwright.Page", server: Server, tmp_path: Path
) -> None:
    page.goto(page.url + "train")
    page.select_option("#recipe", "sjtu2025")
    page.fill("#epochs", "40")
    page.locator("#start:enabled").click()
    page.locator("#status", has_text="iteration").wait_for()
    draw(page, (0.3, 0.15), (0.8, 0.2), (0.5, 0.85))
    told = page.locator("#answers .soft")
    first = told.inner_text()
    page.locator("#answers .soft", has_not_text=first).wait_for()
    at = [int(text.rpartition(" ")[2].replace(",", "")) for text in (first, told.inner_text())]
    assert 0 <= at[0] < at[1] < 5800
    page.locator("#status", has_text="is done").wait_for()
    page.locator("#answers .soft", has_text="5,800").wait_for()

    (training,) = page.request.get(server.address + "api/v1/trainings").json()["trainings"][:1]
    file = tmp_path / "model.safetensors"
    address = f"{server.address}api/v1/trainings/{training['id']}/model"
    file.write_bytes(page.request.get(address).body())
    model = load_model(file)
    drawn = page.locator("#pad").evaluate("(one) => one.toDataURL()").partition(",")[2]
    pixels = np.array(Image.open(io.BytesIO(base64.b64decode(drawn))).convert("RGB"))
    (scores,) = model.scores(network_input(pixels, (1, 28, 28), model.classes)[None])
    assert page.locator("#answers .text").inner_text() == str(scores.argmax())
    shares = [text.removesuffix(" %") for text in page.locator("#answers .share").all_inner_texts()]
    assert [float(share) / 100 for share in shares] == pytest.approx(scores, abs=6e-4)

    draw(page, (0.5, 0.1), (0.48, 0.9))
    page.locator("#answers .text", has_text="1").wait_for()
    page.click("#undo")
    page.locator("#answers .text", has_text=str(scores.argmax())).wait_for()
    page.click("#clear")
    assert page.locator("#answers .text").count() == 0
    assert page.locator("#hint").is_visible()


def test_a_training_is_stopped(page: "playwright.Page") -> None:
    page.goto(page.url + "train")
    page.select_option("#recipe", "lenet5")
    page.locator("#start:enabled").click()
    page.locator("#stop:enabled").click()
    page.locator("#status", has_text="was stopped").wait_for()
    assert page.locator("#start").is_enabled()
