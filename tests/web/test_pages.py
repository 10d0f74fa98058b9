"""The pages in a real browser."""

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.web.conftest import Server, opened
from tests.web.samples import EXAMPLES, IN_BOXES

if TYPE_CHECKING:
    from playwright import sync_api as playwright

NINE = EXAMPLES / "nine-white-on-black.png"
TWO = [(0.15, 0.35), (0.2, 0.2), (0.28, 0.2), (0.3, 0.35), (0.15, 0.75), (0.33, 0.74)]
SEVEN = [(0.6, 0.22), (0.8, 0.22), (0.68, 0.78)]


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
    page.click("#inside summary")
    page.locator("#scores .best .name", has_text="7").wait_for()


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
    write(page, TWO)
    assert text(page) == "2"
    file = tmp_path / "<img src=x onerror=alert(1)>.png"
    file.write_text("no picture")
    page.set_input_files("#choose", file)
    page.locator("#trouble", has_text="could not be read").wait_for()
    assert text(page) == "2"  # the drawing stays
    page.click("#undo")
    page.locator("#status", has_text="Nothing yet").wait_for()
    assert page.locator("#trouble").is_hidden()


def test_by_keyboard_alone(page: "playwright.Page") -> None:
    write(page, TWO)
    assert text(page) == "2"
    page.locator("#lines button").focus()
    page.keyboard.press("Enter")
    page.locator("#look").wait_for()
    page.locator("#look-title:focus").wait_for()
    page.locator("#labels button").nth(3).click()
    page.locator("#lines .corrected", has_text="read as 2").wait_for()
    assert page.locator("#lines .text").inner_text() == "3"
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
    size = {"width": 320, "height": 640}
    phone = {"locale": "zh-CN", "viewport": size, "is_mobile": True, "has_touch": True}
    with opened(browser, server.address, **phone) as page:
        page.get_by_text("选择图片").wait_for()
        assert page.get_by_text("拍照").is_visible()
        assert page.get_by_text("Ctrl+V").is_hidden()
        page.set_input_files("#choose", EXAMPLES / "lines-1968-725-30416.jpg")
        page.locator("#boxes button").nth(11).wait_for()
        rectangles = "(all) => all.map((one) => one.getBoundingClientRect().toJSON())"
        digits = page.locator("#boxes button").evaluate_all(rectangles)
        tags = page.locator("#boxes .tag:not(.nowhere)").evaluate_all(rectangles)
        assert len(tags) > 6
        for tag in tags:
            hidden = [one for one in digits if shared(tag, one) > 2.5 * tag["width"]]  # its border
            assert hidden == []
        for path in ("", "train", "forms"):
            page.goto(server.address + path)
            page.locator("h1").wait_for()
            if path == "forms":
                page.click("#sample")
                page.locator("#fields li").nth(5).wait_for()
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def shared(a: dict[str, float], b: dict[str, float]) -> float:
    """The area in which two rectangles meet, in square pixels."""
    width = min(a["right"], b["right"]) - max(a["left"], b["left"])
    height = min(a["bottom"], b["bottom"]) - max(a["top"], b["top"])
    return max(0.0, width) * max(0.0, height)


def test_a_phone_on_its_side(browser: "playwright.Browser", server: Server) -> None:
    size = {"width": 844, "height": 390}
    with opened(browser, server.address, viewport=size, is_mobile=True, has_touch=True) as page:
        sheet, answer = (page.locator(one).bounding_box() for one in ("#sheet", "#result-title"))
        assert sheet is not None
        assert answer is not None
        assert answer["x"] > sheet["x"] + sheet["width"]
        assert sheet["y"] + sheet["height"] <= size["height"]
        assert page.evaluate("document.documentElement.scrollHeight") > size["height"]
        page.evaluate("scrollTo(0, 200)")
        assert page.evaluate("scrollY") == 200


def test_several_pictures_are_read_and_copied(page: "playwright.Page", tmp_path: Path) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    names = ("eight-small.png", "nine-white-on-black.png")
    Image.new("L", (300, 200), 240).save(tmp_path / "blank.png")
    page.set_input_files("#choose", [*(EXAMPLES / name for name in names), tmp_path / "blank.png"])
    page.locator("#pictures button strong", has_text="–").wait_for()
    assert page.locator("#pictures strong").all_inner_texts() == ["8", "9", "–"]
    assert text(page) == "8"
    page.locator("#pictures button").nth(1).click()
    assert text(page) == "9"
    assert page.locator("#status").evaluate("(one) => one.className") == "unseen"
    page.click("#copy-text")
    page.locator("#copied", has_text="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "8\n\n9"
    page.click("#copy-csv")
    page.locator("#copied:empty").wait_for(state="attached")
    page.click("#copy-csv")
    page.locator("#copied", has_text="Copied").wait_for()
    table = page.evaluate("navigator.clipboard.readText()")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [(row["picture"], row["text"]) for row in rows] == list(zip(names, "89", strict=False))
    assert all(0.5 < float(row["confidence"]) <= 1 for row in rows)
    assert [row["corrected"] for row in rows] == ["false", "false"]


def test_a_picture_is_turned(page: "playwright.Page", tmp_path: Path) -> None:
    with Image.open(EXAMPLES / "lines-1968-725-30416.jpg") as upright:
        upright.rotate(90, expand=True).save(tmp_path / "aside.jpg")
    page.set_input_files("#choose", tmp_path / "aside.jpg")
    page.locator("#lines li").first.wait_for()
    size = "(one) => [one.naturalWidth, one.naturalHeight]"
    assert page.locator("#photo").evaluate(size) == [480, 640]
    page.click("#turn")
    page.locator("#turn:enabled").wait_for()
    assert page.locator("#photo").evaluate(size) == [640, 480]
    assert page.locator("#lines .text").all_inner_texts() == ["1968", "725", "30416"]


def test_what_is_sent_is_the_file_itself(page: "playwright.Page", tmp_path: Path) -> None:
    """A WebP as it is; a TIFF, which this browser cannot show, with all of its pages."""
    with Image.open(NINE) as nine, Image.open(EXAMPLES / "six-chalk.jpg") as six:
        nine.convert("RGB").save(tmp_path / "nine.webp", quality=80)
        nine.convert("RGB").save(tmp_path / "two.tif", save_all=True, append_images=[six])
    asked: list[playwright.Request] = []
    page.on("request", lambda one: asked.append(one) if "/read?" in one.url else None)
    page.set_input_files("#choose", tmp_path / "nine.webp")
    assert text(page) == "9"
    page.set_input_files("#choose", tmp_path / "two.tif")
    page.locator("#pictures strong", has_text="6").wait_for()
    assert page.locator("#pictures strong").all_inner_texts() == ["9", "6"]
    sent = [(one.header_value("content-type"), one.header_value("content-length")) for one in asked]
    sizes = [str((tmp_path / name).stat().st_size) for name in ("nine.webp", "two.tif")]
    assert sent == list(zip(("image/webp", "image/tiff"), sizes, strict=True))
    box, photo = (page.locator(one).bounding_box() for one in ("#boxes button", "#photo"))
    assert box is not None
    assert photo is not None
    assert (box["x"] + box["width"] / 2 - photo["x"]) / photo["width"] == pytest.approx(
        0.55, abs=0.2
    )


def test_an_example_is_clicked(page: "playwright.Page") -> None:
    page.get_by_role("button", name="Chalk").click()
    assert text(page) == "314159"
    loaded = "(all) => all.every((one) => one.naturalWidth > 0)"
    assert page.locator("#samples img").evaluate_all(loaded)


def test_a_browser_that_stores_nothing(browser: "playwright.Browser", server: Server) -> None:
    blocked = "Object.defineProperty(window, 'localStorage', {get() { throw new Error('no'); }})"
    broken = "localStorage.setItem('labelled', '[{\"id\": 1}, 7, null]')"
    for script in (blocked, broken):
        with opened(browser, server.address) as page:
            page.add_init_script(script)
            page.reload()
            page.click("#language")
            assert page.get_by_role("heading", name="识别结果").is_visible()
            assert page.locator("#examples").is_hidden()
            page.goto(server.address + "train")
            page.locator("#start:enabled").wait_for()


def test_a_line_that_is_hardly_sure_does_not_look_sure(page: "playwright.Page") -> None:
    def doubt(route: "playwright.Route") -> None:
        answer = route.fetch()
        reading = answer.json()
        reading["lines"][0] |= {"confidence": 0.0004, "accepted": False}
        route.fulfill(response=answer, json=reading)

    page.route("**/read?*", doubt)
    page.set_input_files("#choose", EXAMPLES / "eight-small.png")
    assert text(page) == "8"
    facts = page.locator("#lines .facts").inner_text()
    assert facts == "not sure enough, please check · a guess"
    weight, size = (
        page.locator("#lines .text").evaluate(f"(one) => getComputedStyle(one).{name}")
        for name in ("fontWeight", "fontSize")
    )
    assert weight == "400"
    assert float(size.removesuffix("px")) < 24


def test_one_ring_shows_the_focus(page: "playwright.Page") -> None:
    page.click(".more summary")
    page.keyboard.press("Tab")
    outlined = """(id) => {
      document.getElementById(id).focus();
      const isOutlined = (one) => getComputedStyle(one).outlineStyle !== "none";
      return [...document.querySelectorAll("*")].filter(isOutlined).length;
    }"""
    for name in ("field", "max-error", "choose", "clear", "language"):
        assert page.evaluate(outlined, name) == 1, name
