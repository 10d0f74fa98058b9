"""Draw docs/images/web.png: the reading page in a browser, on a desk and on a phone.

python scripts/shoot_page.py      from the repository's root; wants playwright and Chromium
"""

import io
import shutil
import subprocess
import sys
import time
from typing import Any

import httpx
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

HEIGHT, GAP = 800, 16
DESK: dict[str, Any] = {"viewport": {"width": 1120, "height": HEIGHT}, "locale": "en-GB"}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": HEIGHT},
    "locale": "zh-CN",
    "color_scheme": "dark",
    "is_mobile": True,
    "has_touch": True,
}


def shoot(browser: Browser, address: str, photo: str, kind: dict[str, Any]) -> Image.Image:
    """Return the page with what was read on a photo, the first digit looked at."""
    context = browser.new_context(**kind)
    context.set_default_timeout(120_000)  # a busy machine is slow
    page = context.new_page()
    page.goto(address)
    page.set_input_files("#choose", f"examples/{photo}")
    page.locator("#lines button").first.click()
    page.locator("#look").wait_for()
    page.evaluate("scrollTo(0, 0)")
    shot = Image.open(io.BytesIO(page.screenshot()))
    context.close()
    return shot


def main() -> None:
    """Write the picture."""
    command = [sys.executable, "-m", "digitile", "serve", "--port", "0", "--timeout", "60"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().split()[2]
            while httpx.get(address + "api/ready").status_code != 200:
                time.sleep(0.2)
            with sync_playwright() as driver:
                chromium = shutil.which("chromium")
                browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
                desk = shoot(browser, address, "lines-1968-725-30416.jpg", DESK)
                phone = shoot(browser, address, "postal-code-430072.jpg", PHONE)
                browser.close()
        finally:
            server.terminate()
    sheet = Image.new("RGB", (desk.width + GAP + phone.width, HEIGHT), "white")
    sheet.paste(desk, (0, 0))
    sheet.paste(phone, (desk.width + GAP, 0))
    sheet.quantize(256).save("docs/images/web.png", optimize=True)


if __name__ == "__main__":
    main()
