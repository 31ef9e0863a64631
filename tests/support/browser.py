"""Chromium without a network, which opens the report from disk."""

import base64
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
OFFLINE = ("--headless=new", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND")
DESKTOP, PHONE = (1280, 900), (390, 844)
PICTURES = os.environ.get("TWOSTREAM_SCREENSHOTS")
"""A folder to keep screenshots in."""


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    webdriver = pytest.importorskip("selenium.webdriver")
    from selenium.webdriver.chrome.service import Service

    if not (CHROMIUM.exists() and DRIVER.exists()):
        pytest.skip("Debian's chromium and chromium-driver are not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in OFFLINE:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    yield driver
    driver.quit()


def write_page(folder: Path, html: str) -> str:
    (folder / "report.html").write_text(html, encoding="utf-8")
    return (folder / "report.html").as_uri()


def show(browser, url: str, size: tuple[int, int] = DESKTOP, theme: str = "light", motion: str = "no-preference"):
    metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size == PHONE}
    features = {"prefers-color-scheme": theme, "prefers-reduced-motion": motion}
    media = {"features": [{"name": name, "value": value} for name, value in features.items()]}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    browser.get(url)


def live_plot(browser, name: str):
    """Return the plot `name` once it answers to the pointer."""
    figure = browser.find_element("id", f"plot-{name}")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", figure)
    wait_until(lambda: "live" in figure.get_attribute("class"))
    return figure


def wait_until(reached: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.02)


def print_page(browser) -> bytes:
    """Return the open page as a PDF of A4 paper."""
    return base64.b64decode(
        browser.execute_cdp_cmd("Page.printToPDF", {"paperWidth": 8.27, "paperHeight": 11.69})["data"]
    )


def printed_text(browser, folder: Path) -> str:
    """Return the text of the open page on paper, as pdftotext reads it; the test is skipped without that program."""
    if not shutil.which("pdftotext"):
        pytest.skip("the program pdftotext is not installed")
    (folder / "page.pdf").write_bytes(print_page(browser))
    command = ["pdftotext", "-layout", str(folder / "page.pdf"), "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def picture(browser) -> bytes:
    """Return a picture of the whole open page, PNG."""
    return base64.b64decode(browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})["data"])


def keep(name: str, data: bytes) -> None:
    """Keep a picture or a print where the developer asked for it."""
    if PICTURES:
        Path(PICTURES, name).write_bytes(data)


@contextmanager
def without_scripts(browser) -> Iterator[None]:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        yield
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def contrast(ink: list[float], paper: list[float]) -> float:
    """Return the ratio of two sRGB colours' relative luminances, each raised by 0.05."""
    lighter, darker = sorted((luminance(ink), luminance(paper)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: list[float]) -> float:
    shares = [part / 255 for part in colour]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
