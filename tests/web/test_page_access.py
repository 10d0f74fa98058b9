"""What axe-core says of the pages: on a desk and on a phone, in both languages."""

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.web.conftest import Server, opened
from tests.web.samples import EXAMPLES
from tests.web.test_page_training import draw

if TYPE_CHECKING:
    from playwright import sync_api as playwright

KINDS: dict[str, dict[str, Any]] = {
    "desk": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
    "aside": {"viewport": {"width": 844, "height": 390}, "is_mobile": True, "has_touch": True},
}


@pytest.fixture(scope="module")
def trained(server: Server) -> None:
    """Two short trainings, to be compared."""
    network = "1x28x28 - 3C5 - MP4 - 10N - softmax"
    with server.client() as client:
        for rate in (0.05, 0.1):
            wanted = {"recipe": "sjtu2025", "network": network, "lr": rate, "epochs": 1}
            started = client.post("/api/v1/trainings", json=wanted).json()
            while client.get(f"/api/v1/trainings/{started['id']}").json()["state"] == "running":
                time.sleep(0.2)


def check(page: "playwright.Page") -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("trained")
def test_axe_finds_nothing(
    browser: "playwright.Browser", server: Server, locale: str, kind: str
) -> None:
    with opened(browser, server.address, locale=locale, **KINDS[kind]) as page:
        page.set_input_files("#choose", [EXAMPLES / "eight-small.png", EXAMPLES / "six-chalk.jpg"])
        page.locator("#pictures strong", has_text="6").wait_for()
        page.locator("#lines button").click()
        page.click("#inside summary")
        page.locator("#maps img").nth(14).wait_for()
        page.locator("#labels button").nth(3).click()
        page.locator("#kept li").wait_for()
        page.click(".more summary")
        check(page)
        page.click("#add")
        check(page)

        page.goto(server.address + "train")
        page.locator("#start:enabled").wait_for()
        check(page)
        page.select_option("#beside", index=1)
        for summary in page.locator("summary").all():
            summary.click()
        page.fill("#network", "1x28x28 - nonsense")
        page.locator("#network-trouble").wait_for()
        draw(page, (0.3, 0.15), (0.8, 0.2), (0.5, 0.85))
        page.locator("#answers .text").nth(1).wait_for()
        check(page)

        page.goto(server.address + "forms")
        page.locator("#status", has_text=".").or_(page.locator("#status", has_text="。")).wait_for()
        check(page)
        page.click("#sample")
        page.locator("#download:enabled").wait_for()
        page.locator("#fields input").nth(2).fill("nonsense")
        page.locator("#wrong").wait_for()
        check(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
