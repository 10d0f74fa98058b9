"""Corrections on the reading page, in a real browser, as far as what is learnt from them."""

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from digitile.data.examples import Example, load_examples
from digitile.engines import make_engine
from digitile.inspect.seen import SIDE
from digitile.model import bundled_model, load_model
from digitile.reader.sight import Sight
from digitile.training.lessons import TextLesson, lesson_of
from tests.web.samples import EXAMPLES

if TYPE_CHECKING:
    from playwright import sync_api as playwright


def line(page: "playwright.Page") -> str:
    return page.locator("#lines .text").first.inner_text()


def label(page: "playwright.Page", digit: int) -> None:
    page.locator("#labels button").nth(digit).click()
    page.locator("#correction", has_text=f"Kept as an example of {digit}").wait_for()


def test_what_the_network_sees_is_linked(page: "playwright.Page") -> None:
    page.set_input_files("#choose", EXAMPLES / "eight-small.png")
    page.locator("#boxes button").click()
    assert page.locator("#patch").is_hidden()
    page.click("#inside summary")
    page.locator("#scores .best .name", has_text="8").wait_for()
    size = "(i) => [i.naturalWidth, i.naturalHeight]"
    assert page.locator("#patch").evaluate(size) == [SIDE, SIDE]
    box, patch = (page.locator(one).bounding_box() for one in ("#places .own", "#patch"))
    assert box is not None
    assert patch is not None
    middle = (box["x"] + box["width"] / 2 - patch["x"]) / patch["width"]
    assert middle == pytest.approx(0.5, abs=0.05)
    assert page.locator("#maps img").count() == 15
    before = page.locator("#scores").inner_text()
    page.locator("#maps .map").nth(3).hover(position={"x": 3, "y": 3})
    assert page.locator("#scores-title").inner_text() == "Under the pointer"
    assert page.locator("#scores .best .name").inner_text() == "nothing"  # in the corner
    assert page.locator(".point:visible").count() == 16
    page.locator("#look-title").hover()
    assert page.locator("#scores").inner_text() == before


def test_digits_are_labelled_removed_joined_and_added(
    page: "playwright.Page", tmp_path: Path
) -> None:
    page.set_input_files("#choose", EXAMPLES / "amount-2475.jpg")
    page.locator("#boxes button").nth(3).wait_for()
    assert line(page) == "2475"
    cards = page.locator("#lines .digits button")

    cards.nth(0).click()
    label(page, 3)
    label(page, 1)  # the same digit: one example, of its last label
    assert line(page) == "1475"
    assert page.locator("#kept li").count() == 1
    assert page.locator("#kept li").inner_text().startswith("1")

    cards.nth(1).click()
    page.click("#remove")
    assert line(page) == "175"
    cards.nth(1).click()
    page.click("#remove")  # put it back
    assert line(page) == "1475"

    cards.nth(2).click()
    page.click("#join")
    assert line(page) == "14?"
    page.click("#close")  # not labelled: as it was
    assert line(page) == "1475"
    cards.nth(2).click()
    page.click("#join")
    label(page, 9)
    assert line(page) == "149"
    assert page.locator("#boxes button").count() == 3

    page.click("#add")
    sheet = page.locator("#sheet").bounding_box()
    assert sheet is not None
    right, bottom = sheet["x"] + sheet["width"], sheet["y"] + sheet["height"]
    page.mouse.move(right - 50, sheet["y"] + sheet["height"] / 3)
    page.mouse.down()
    page.mouse.move(right - 10, bottom - sheet["height"] / 3, steps=3)
    page.mouse.up()
    label(page, 0)
    assert line(page) == "1490"
    page.click("#add")  # by keys: a line of its own
    page.locator("#frame:focus").wait_for()
    for key in ["Shift+ArrowUp"] * 8 + ["ArrowUp"] * 40 + ["Enter"]:
        page.keyboard.press(key)
    label(page, 6)
    assert page.locator("#lines .text").all_inner_texts() == ["6", "1490"]

    assert page.locator("#download").is_disabled()  # fewer than 5 teach nothing
    cards.nth(2).click()
    label(page, 4)
    assert page.locator("#kept li").count() == 5
    page.reload()
    page.locator("#kept li").nth(4).wait_for()
    with page.expect_download() as download:
        page.click("#download")
    assert download.value.suggested_filename == "digitile-examples.zip"
    saved = tmp_path / "digitile-examples.zip"
    download.value.save_as(saved)
    with zipfile.ZipFile(saved) as archive:
        assert archive.testzip() is None
    check_lessons(load_examples(saved), ["1", "9", "0", "6", "4"])

    page.get_by_role("button", name="Delete this example of 9").click()
    assert page.locator("#kept span").all_inner_texts() == ["1", "0", "6", "4"]
    assert page.locator("#download").is_disabled()
    page.click("#forget")
    assert not page.locator("#examples").is_visible()


def check_lessons(examples: list[Example], texts: list[str]) -> None:
    """All that was saved can be learnt from, also where the network sees no digit."""
    assert [one.text for one in examples] == texts
    model = load_model(bundled_model())
    sight = Sight(model, make_engine("reference", model.network))
    for example in examples:
        lesson = lesson_of(example, sight)
        assert isinstance(lesson, TextLesson), (example.text, lesson)
        assert lesson.text == example.text
        assert np.ptp(lesson.gray) > 10
