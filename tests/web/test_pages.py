"""The pages in a real browser."""

import io
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitile.reader import Reader
from tests.web.conftest import Server
from tests.web.samples import EXAMPLES, IN_BOXES

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium")

NINE = EXAMPLES / "nine-white-on-black.png"
WAIT = 150_000  # milliseconds: a busy machine compiles the engine first
TWO = [(0.15, 0.35), (0.2, 0.2), (0.28, 0.2), (0.3, 0.35), (0.15, 0.75), (0.33, 0.74)]
SEVEN = [(0.6, 0.22), (0.8, 0.22), (0.68, 0.78)]


@pytest.fixture(scope="module")
def browser() -> Iterator["playwright.Browser"]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: "playwright.Browser", server: Server) -> Iterator["playwright.Page"]:
    """The reading page; nothing on it may go wrong unseen, and nothing be asked of other hosts."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1200, "height": 900})
    context.set_default_timeout(WAIT)
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda m: troubles.append(m.text) if m.type == "error" else None)
    own = (server.address, "data:", "blob:")
    page.on("request", lambda r: None if r.url.startswith(own) else troubles.append(r.url))
    page.goto(server.address)
    yield page
    context.close()
    assert troubles == []


def write(page: "playwright.Page", *strokes: list[tuple[float, float]]) -> None:
    paper = page.locator("#paper").bounding_box()
    assert paper is not None
    for stroke in strokes:
        for i, (x, y) in enumerate(stroke):
            place = paper["x"] + x * paper["width"], paper["y"] + y * paper["height"]
            page.mouse.move(*place, steps=5)
            if i == 0:
                page.mouse.down()
        page.mouse.up()


def text(page: "playwright.Page") -> str:
    """What was read, once it is there."""
    page.locator("#status", has_text="Read: ").wait_for()
    return "".join(page.locator("#lines .text").all_inner_texts())


def test_cells_stand_in_a_table(page: "playwright.Page") -> None:
    file = {"name": "boxes.png", "mimeType": "image/png", "buffer": IN_BOXES}
    assert page.locator("#cells").is_hidden()
    page.set_input_files("#choose", file)  # type: ignore[arg-type]
    page.locator("#cells tbody td").first.wait_for()
    assert page.locator("#cells tbody td").all_inner_texts() == ["2", "7", ""]
    assert page.locator("#cells th").all_inner_texts() == ["1", "2", "3", "1"]
    page.click("#clear")
    assert page.locator("#cells").is_hidden()


def test_a_number_is_drawn(page: "playwright.Page") -> None:
    write(page, TWO)
    assert text(page) == "2"
    ink, box = page.locator("#paper").bounding_box(), page.locator("#boxes button").bounding_box()
    assert ink is not None
    assert box is not None
    assert (box["x"] - ink["x"]) / ink["width"] == pytest.approx(0.14, abs=0.06)
    assert box["width"] / ink["width"] == pytest.approx(0.2, abs=0.1)
    page.click("#clear")
    assert page.locator("#boxes button").count() == 0
    write(page, SEVEN)
    assert text(page) == "7"
    page.keyboard.press("Control+z")
    page.locator("#status", has_text="Nothing yet").wait_for()


def test_several_digits(page: "playwright.Page") -> None:
    write(page, TWO, SEVEN)
    page.locator("#boxes button").nth(1).wait_for()
    assert text(page).replace(" ", "") == "27"
    page.locator("#lines button").nth(1).click()
    page.locator("#look").wait_for()
    assert page.locator("#scores .best .name").inner_text() == "7"


def test_a_photo_is_uploaded(page: "playwright.Page", tmp_path: Path) -> None:
    page.set_input_files("#choose", NINE)
    assert text(page) == "9"
    assert page.locator("#photo").is_visible()
    assert not page.locator("#paper").is_visible()
    Image.new("L", (300, 200), 240).save(tmp_path / "blank.png")
    page.set_input_files("#choose", tmp_path / "blank.png")
    page.locator("#status", has_text="No digits").wait_for()
    assert page.locator("#boxes button").count() == 0


def test_a_photo_on_its_side_is_shown_and_sent_upright(
    page: "playwright.Page", tmp_path: Path
) -> None:
    with Image.open(NINE) as upright:
        exif = Image.Exif()
        exif[0x0112] = 6
        upright.rotate(90, expand=True).save(tmp_path / "turned.jpg", exif=exif)
    page.set_input_files("#choose", tmp_path / "turned.jpg")
    assert text(page) == "9"


def test_what_is_no_picture(page: "playwright.Page", tmp_path: Path) -> None:
    file = tmp_path / "<img src=x onerror=alert(1)>.png"
    file.write_text("no picture")
    page.set_input_files("#choose", file)
    page.locator("#status", has_text="cannot show").wait_for()
    write(page, TWO)
    assert text(page) == "2"


def test_a_digit_is_looked_at_corrected_and_downloaded(page: "playwright.Page") -> None:
    page.set_input_files("#choose", EXAMPLES / "eight-small.png")
    assert text(page) == "8"
    page.locator("#boxes button").click()
    page.locator("#look").wait_for()
    assert page.locator("#scores .best .name").inner_text() == "8"
    size = "(i) => [i.naturalWidth, i.naturalHeight]"
    assert page.locator("#patch").evaluate(size) == [96, 96]
    box, patch = (page.locator(one).bounding_box() for one in ("#places .own", "#patch"))
    assert box is not None
    assert patch is not None
    middle = (box["x"] + box["width"] / 2 - patch["x"]) / patch["width"]
    assert middle == pytest.approx(0.5, abs=0.05)
    assert page.locator("#maps img").count() == 15
    page.get_by_role("button", name="It is really 3").click()
    page.locator("#correction", has_text="Kept as an example of 3").wait_for()
    assert page.locator("#boxes .corrected .tag").inner_text() == "3"
    page.reload()
    page.locator("#kept li").wait_for()
    with page.expect_download() as download:
        page.click("#download")
    assert download.value.suggested_filename == "digitile-examples.zip"
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["examples/3/0001.png"]
        with Image.open(io.BytesIO(archive.read("examples/3/0001.png"))) as image:
            assert image.height > image.width
            assert np.ptp(np.asarray(image.convert("L"))) > 100
            assert Reader.load().read(image.convert("RGB")).text == "8"
    page.click("#forget")
    assert not page.locator("#examples").is_visible()


def test_by_keyboard_alone(page: "playwright.Page") -> None:
    write(page, TWO)
    assert text(page) == "2"
    page.locator("#lines button").focus()
    page.keyboard.press("Enter")
    page.locator("#look").wait_for()
    page.locator("#look-title:focus").wait_for()
    page.get_by_role("button", name="It is really 3").click()
    page.locator("#lines .corrected", has_text="read as 2").wait_for()
    page.locator("#look-title").focus()
    page.keyboard.press("Escape")
    assert not page.locator("#look").is_visible()
    assert page.locator("#lines button").evaluate("(b) => b === document.activeElement")


def test_the_language_is_remembered(page: "playwright.Page") -> None:
    assert page.locator("html").get_attribute("lang") == "en"
    page.click("#language")
    assert page.get_by_role("heading", name="识别结果").is_visible()
    page.goto(page.url + "train")
    assert page.title() == "digitile – 观看训练"
    assert page.locator("html").get_attribute("lang") == "zh-Hans"


def test_a_chinese_browser_on_a_phone(browser: "playwright.Browser", server: Server) -> None:
    size = {"width": 360, "height": 740}
    context = browser.new_context(locale="zh-CN", viewport=size, is_mobile=True, has_touch=True)
    page = context.new_page()
    page.goto(server.address)
    page.get_by_text("选择图片").wait_for()
    assert page.get_by_text("拍照").is_visible()
    for path in ("", "train"):
        page.goto(server.address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    context.close()


def test_a_short_training_is_watched(page: "playwright.Page") -> None:
    page.goto(page.url + "train")
    page.select_option("#recipe", "sjtu2025")
    page.click("#start")
    page.locator("#kernels-now[src]").wait_for()
    page.reload()
    page.locator("#kernels-now[src]").wait_for()
    page.locator("#status", has_text="is done").wait_for()
    points = page.locator("#loss polyline").get_attribute("points")
    assert points is not None
    assert len(points.split()) > 50
    assert page.locator("#model").is_visible()
    assert page.locator("#start").is_enabled()


def test_a_training_is_stopped(page: "playwright.Page") -> None:
    page.goto(page.url + "train")
    page.select_option("#recipe", "lenet5")
    page.click("#start")
    page.locator("#stop:enabled").click()
    page.locator("#status", has_text="was stopped").wait_for()
    assert page.locator("#start").is_enabled()
