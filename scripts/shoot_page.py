"""Draw docs/images/web.png, web-train.png and web-forms.png: the server's pages in a browser.

They show the reading page on a desk and on a phone, two trainings side by side, and the page that
describes forms.

python scripts/shoot_page.py      from the repository's root; wants playwright and Chromium
"""

import io
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

HEIGHT, GAP = 800, 16
DESK: dict[str, Any] = {"viewport": {"width": 1120, "height": HEIGHT}, "locale": "en-GB"}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": HEIGHT},
    "locale": "zh-CN",
    "color_scheme": "dark",
    "is_mobile": True,
    "has_touch": True,
}
THREE = [
    (0.3, 0.22),
    (0.55, 0.13),
    (0.7, 0.3),
    (0.48, 0.47),
    (0.72, 0.65),
    (0.55, 0.87),
    (0.28, 0.8),
]
RATES = "0.01", "0.03"


@contextmanager
def opened(browser: Browser, address: str, kind: dict[str, Any]) -> Iterator[Page]:
    """Open a page of the server."""
    context = browser.new_context(**kind)
    context.set_default_timeout(120_000)  # a busy machine is slow
    page = context.new_page()
    page.goto(address)
    yield page
    context.close()


def shot(page: Page) -> Image.Image:
    """Return what of a page is seen."""
    return Image.open(io.BytesIO(page.screenshot()))


def reading(browser: Browser, address: str, photo: str, kind: dict[str, Any]) -> Image.Image:
    """Return the reading page with what was read on a photo, the first digit looked at."""
    with opened(browser, address, kind) as page:
        page.set_input_files("#choose", f"examples/{photo}")
        page.locator("#lines button").first.click()
        page.click("#inside summary")
        page.locator("#maps img").first.wait_for()
        page.evaluate("scrollTo(0, 0)")
        return shot(page)


def training(browser: Browser, address: str) -> Image.Image:
    """Return two trainings side by side, and what they say of a 3."""
    with opened(
        browser, address + "train", {**DESK, "viewport": {"width": 1000, "height": 1500}}
    ) as page:
        for rate in RATES:
            page.locator("#start:enabled").wait_for()
            page.fill("#lr", rate)
            page.locator("#start:enabled").click()
            page.locator("#settings td", has_text=rate).wait_for()
            page.locator("#status", has_text="is done").wait_for()
        page.select_option("#beside", index=1)
        pad = page.locator("#pad")
        pad.scroll_into_view_if_needed()
        place = pad.bounding_box()
        assert place is not None
        for i, (x, y) in enumerate(THREE):
            page.mouse.move(place["x"] + x * place["width"], place["y"] + y * place["height"])
            if i == 0:
                page.mouse.down()
        page.mouse.up()
        page.locator("#answers .text").nth(1).wait_for()
        page.evaluate("document.querySelectorAll('.card')[1].scrollIntoView()")
        return shot(page)


def forms(browser: Browser, address: str) -> Image.Image:
    """Return the page that describes forms, some fields of the example named."""
    with opened(
        browser, address + "forms", {**DESK, "viewport": {"width": 1120, "height": 820}}
    ) as page:
        page.click("#sample")
        page.locator("#download:enabled").wait_for()
        named = [("customer", "length=8"), ("postal code", "postal"), ("birthday", "date=DMY")]
        for row, words in enumerate(named):
            fields = page.locator("#fields li").nth(row).locator("input[type=text]")
            for place, word in enumerate(words):
                fields.nth(place).fill(word)
        page.locator("#download:enabled").wait_for()
        return shot(page)


def beside(desk: Image.Image, phone: Image.Image) -> Image.Image:
    """Return two pictures side by side."""
    sheet = Image.new("RGB", (desk.width + GAP + phone.width, HEIGHT), "white")
    sheet.paste(desk, (0, 0))
    sheet.paste(phone, (desk.width + GAP, 0))
    return sheet


def main() -> None:
    """Write the pictures."""
    command = [sys.executable, "-m", "digitile", "serve", "--port", "0", "--timeout", "60"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().split()[2]
            while httpx.get(address + "api/v1/ready").status_code != 200:
                time.sleep(0.2)
            with sync_playwright() as driver:
                chromium = shutil.which("chromium")
                browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
                desk = reading(browser, address, "lines-1968-725-30416.jpg", DESK)
                phone = reading(browser, address, "postal-code-430072.jpg", PHONE)
                sheets = {
                    "web": beside(desk, phone),
                    "web-train": training(browser, address),
                    "web-forms": forms(browser, address),
                }
                browser.close()
        finally:
            server.terminate()
    for name, sheet in sheets.items():
        sheet.convert("RGB").quantize(256).save(f"docs/images/{name}.png", optimize=True)


if __name__ == "__main__":
    main()
