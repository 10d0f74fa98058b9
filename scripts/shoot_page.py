"""Draw docs/images/web.png: the page in a browser, with digits written on it.

python scripts/shoot_page.py      from the repository's root; wants playwright and Chromium
"""

import shutil
import subprocess
import sys
import time

import httpx
from playwright.sync_api import Page, sync_playwright

STROKES = [  # 2, 0, 1, 6, in shares of the sheet
    [(0.08, 0.34), (0.11, 0.22), (0.17, 0.2), (0.2, 0.31), (0.17, 0.46), (0.08, 0.74), (0.2, 0.73)],
    [(0.37, 0.2), (0.31, 0.3), (0.3, 0.55), (0.35, 0.74), (0.42, 0.66), (0.44, 0.42), (0.4, 0.22),
     (0.36, 0.2)],
    [(0.56, 0.21), (0.555, 0.48), (0.55, 0.75)],
    [(0.76, 0.18), (0.69, 0.38), (0.67, 0.6), (0.71, 0.75), (0.79, 0.72), (0.8, 0.58), (0.74, 0.5),
     (0.68, 0.58)],
]  # fmt: skip


def write(page: Page) -> None:
    paper = page.locator("#paper").bounding_box()
    assert paper is not None
    for stroke in STROKES:
        for i, (x, y) in enumerate(stroke):
            place = paper["x"] + x * paper["width"], paper["y"] + y * paper["height"]
            page.mouse.move(*place, steps=6)
            if i == 0:
                page.mouse.down()
        page.mouse.up()


def shoot(address: str) -> None:
    with sync_playwright() as driver:
        chromium = shutil.which("chromium")
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1240, "height": 860}, locale="en-GB")
        page.goto(address)
        write(page)
        page.locator("#boxes button").nth(len(STROKES) - 1).wait_for()
        page.locator("#lines button").nth(len(STROKES) - 1).click()
        page.locator("#look").wait_for()
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path="docs/images/web.png")
        browser.close()


def main() -> None:
    """Write the picture."""
    command = [sys.executable, "-m", "digitile", "serve", "--port", "0", "--timeout", "60"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().split()[2]
            while httpx.get(address + "api/ready").status_code != 200:
                time.sleep(0.2)
            shoot(address)
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
