"""The page that describes forms, in a real browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from digitile.forms import Form, load_form, read_form
from digitile.reader import Reader
from tests.forms.sheets import EXAMPLE
from tests.forms.test_reading import TRUTH
from tests.web.conftest import Server, opened

if TYPE_CHECKING:
    from playwright import sync_api as playwright

KNOWN = load_form(EXAMPLE / "form.toml")


@pytest.fixture
def page(browser: "playwright.Browser", server: Server) -> Iterator["playwright.Page"]:
    """The forms page on a desk."""
    with opened(browser, server.address) as it:
        it.goto(server.address + "forms")
        yield it


def drag(page: "playwright.Page", form: Form, box: tuple[float, float, float, float]) -> None:
    """Draw a box, in the form's units, on the sheet."""
    sheet = page.locator("#frame").bounding_box()
    assert sheet is not None
    scale = sheet["width"] / form.width
    left, top, width, height = (scale * side for side in box)
    page.mouse.move(sheet["x"] + left, sheet["y"] + top)
    page.mouse.down()
    page.mouse.move(sheet["x"] + left + width, sheet["y"] + top + height, steps=4)
    page.mouse.up()


def fill(page: "playwright.Page", row: int, name: str, rule: str | None, cells: int = 0) -> None:
    fields = page.locator("#fields li").nth(row).locator("input")
    fields.nth(0).fill(name)
    fields.nth(2).fill(rule or "")
    if cells:
        fields.nth(1).fill(str(cells))


def download(page: "playwright.Page", folder: Path) -> Form:
    page.locator("#download:enabled").wait_for()
    with page.expect_download() as it:
        page.click("#download")
    assert it.value.suggested_filename == "form.toml"
    it.value.save_as(folder / "form.toml")
    return load_form(folder / "form.toml")


def test_a_form_is_described_and_read(page: "playwright.Page", tmp_path: Path) -> None:
    page.set_input_files("#choose", EXAMPLE / "blank.png")
    page.locator("#fields li").nth(5).wait_for()
    page.get_by_role("button", name="Delete field 1").click()
    assert page.locator("#boxes button").count() == 5
    first, *others = KNOWN.fields
    for row, field in enumerate(others):
        fill(page, row, field.name, field.rule)
    drag(page, KNOWN, first.box)
    assert page.locator("#fields li").nth(5).locator("input:focus").count() == 1
    fill(page, 5, first.name, first.rule, first.cells)
    form = download(page, tmp_path)
    assert (form.anchor, form.names) == ("marks", [*KNOWN.names[1:], KNOWN.names[0]])
    known = {field.name: field for field in KNOWN.fields}
    for field in form.fields:
        assert (field.cells, field.rule) == (known[field.name].cells, known[field.name].rule)
        assert field.box == pytest.approx(known[field.name].box, abs=3)
    (reading,) = read_form(Reader.load(), form, EXAMPLE / "filled.jpg")
    assert {one.name: one.text for one in reading.fields if one.text is not None} == TRUTH


def test_what_is_wrong_is_told_while_it_is_written(page: "playwright.Page") -> None:
    page.click("#sample")
    page.locator("#download:enabled").wait_for()
    name, rule = page.locator("#fields li").nth(1).locator("input").all()[::2]
    name.fill("field1")
    page.locator("#wrong", has_text="2 fields are named 'field1'").wait_for()
    assert page.locator("#download").is_disabled()
    name.fill("meter")
    page.locator("#wrong").wait_for(state="hidden")
    assert page.locator("#boxes .tag", has_text="meter").count() == 1
    rule.fill("length=0")
    page.locator("#wrong", has_text="the rule of 'meter' is wrong").wait_for()
    rule.fill("length=6")
    page.locator("#download:enabled").wait_for()
    page.click("#forget")
    page.locator("#status", has_text="No field yet").wait_for()
    assert page.locator("#download").is_disabled()
    assert page.locator("#wrong").is_hidden()


def test_a_blank_sheet_by_keys_and_a_box_drawn_anew(
    page: "playwright.Page", tmp_path: Path
) -> None:
    """From a TIFF, which this browser cannot show: the server does, and scales it down."""
    blank = Form(3000, 2000, ())
    Image.new("L", (3000, 2000), 250).save(tmp_path / "blank.tif")
    page.set_input_files("#choose", tmp_path / "blank.tif")
    page.locator("#status", has_text="No field yet").wait_for()
    assert page.locator("#anchor option").all_inner_texts() == ["the edges of the sheet"]
    page.focus("#frame")
    for key in ("ArrowLeft", "Shift+ArrowRight", "Shift+ArrowDown", "Enter"):
        page.keyboard.press(key)
    page.keyboard.type("total")
    form = download(page, tmp_path)
    (field,) = form.fields
    assert (form.width, form.height, form.anchor, field.name) == (3000, 2000, "sheet", "total")
    # in the middle, 600×180, then a step of 30 to the left, wider and taller
    assert field.box == pytest.approx((1170, 910, 630, 210), abs=0.01)
    page.get_by_role("button", name="Draw the box of field 1 anew").click()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert download(page, tmp_path).fields[0].box == pytest.approx((1170, 880, 630, 210), abs=0.01)
    page.get_by_role("button", name="Draw the box of field 1 anew").click()
    drag(page, blank, (300, 200, 900, 300))
    assert download(page, tmp_path).fields[0].box == pytest.approx((300, 200, 900, 300), abs=5)
    assert page.locator("#boxes button").count() == 1


def test_a_scan_is_turned_and_what_is_none_is_told(page: "playwright.Page", tmp_path: Path) -> None:
    with Image.open(EXAMPLE / "blank.png") as upright:
        upright.rotate(90, expand=True).save(tmp_path / "aside.png")
    page.set_input_files("#choose", tmp_path / "aside.png")
    page.locator("#turn").wait_for()
    page.click("#turn")
    page.locator("#busy").wait_for(state="hidden")
    assert page.locator("#photo").evaluate("(one) => one.naturalWidth") == 1000
    (tmp_path / "none.png").write_text("no picture")
    page.set_input_files("#choose", tmp_path / "none.png")
    page.locator("#trouble", has_text="could not be read").wait_for()
    assert page.locator("#fields li").count() == 6  # what was there stays
