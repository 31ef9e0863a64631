"""The report in a real browser, opened from disk, with the network cut off."""

import base64
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.reports import HOSTILE, made_up
from twostream.report.page import render

selenium = pytest.importorskip("selenium")

from selenium import webdriver  # noqa: E402
from selenium.webdriver.chrome.service import Service  # noqa: E402
from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
OFFLINE = ("--headless=new", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND")
DESKTOP, PHONE = (1280, 900), (390, 844)
PICTURES = os.environ.get("TWOSTREAM_SCREENSHOTS")
"""A folder to keep screenshots in."""

pytestmark = pytest.mark.skipif(
    not (CHROMIUM.exists() and DRIVER.exists()), reason="Debian's chromium and chromium-driver are not installed"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in OFFLINE:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    return write_page(tmp_path_factory.mktemp("page"), render(made_up(classes=40, videos=400)))


@pytest.fixture
def opened(browser, page) -> webdriver.Chrome:
    show(browser, page)
    return browser


def write_page(folder: Path, html: str) -> str:
    (folder / "report.html").write_text(html, encoding="utf-8")
    return (folder / "report.html").as_uri()


def show(browser, url: str, size: tuple[int, int] = DESKTOP, theme: str = "light") -> None:
    metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size == PHONE}
    media = {"features": [{"name": "prefers-color-scheme", "value": theme}]}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    browser.get(url)


def live_plot(browser, name: str):
    """Return the plot `name` once it answers to the pointer."""
    figure = browser.find_element(By.ID, f"plot-{name}")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", figure)
    wait_until(lambda: "live" in figure.get_attribute("class"))
    return figure


def wait_until(reached: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.02)


def column(browser, section: str, number: int) -> list[str]:
    """Return the visible cells of a column of the first table of a section."""
    cells = browser.find_elements(By.CSS_SELECTOR, f"#{section} tbody tr:not([hidden]) > :nth-child({number})")
    return [cell.text for cell in cells]


def test_no_error_is_logged_and_every_plot_comes_alive(browser, page):
    browser.get_log("browser")
    show(browser, page)
    names = [figure.get_attribute("id") for figure in browser.find_elements(By.CSS_SELECTOR, "figure.plot")]
    assert len(names) > 5
    for name in names:
        live_plot(browser, name.removeprefix("plot-"))
    assert browser.get_log("browser") == []


def test_a_table_is_sorted_by_click_and_by_key(opened):
    button = opened.find_element(By.XPATH, "//section[@id='classes']//th[normalize-space()='fused']/button")
    heading = button.find_element(By.XPATH, "..")
    number = len(heading.find_elements(By.XPATH, "preceding-sibling::th")) + 1
    button.click()
    falling = [float(text) for text in column(opened, "classes", number)]
    assert falling == sorted(falling, reverse=True)
    assert heading.get_attribute("aria-sort") == "descending"
    button.send_keys(Keys.ENTER)
    rising = [float(text) for text in column(opened, "classes", number)]
    assert rising == sorted(rising)
    assert rising[0] < falling[0]


def test_a_long_table_is_paged(opened):
    assert len(column(opened, "classes", 1)) == 15
    first = column(opened, "classes", 1)
    opened.find_element(By.XPATH, "//section[@id='classes']//button[text()='next']").click()
    assert len(column(opened, "classes", 1)) == 15
    assert not set(first) & set(column(opened, "classes", 1))


def test_a_bar_shows_its_numbers_under_the_pointer(opened):
    figure = live_plot(opened, "gains")
    bar = figure.find_element(By.CSS_SELECTOR, ".mark-rect path")
    ActionChains(opened).move_to_element(bar).perform()
    wait_until(lambda: opened.find_elements(By.CSS_SELECTOR, "#vg-tooltip-element.visible"))
    assert "class name" in opened.find_element(By.ID, "vg-tooltip-element").text


def test_names_come_out_as_text(opened):
    text = opened.execute_script("return document.body.textContent")
    assert all(name in text for name in HOSTILE)
    assert opened.title == HOSTILE[0]
    live_plot(opened, "gains")
    labels = [label.text for label in opened.find_elements(By.CSS_SELECTOR, "#plot-gains text")]
    assert set(HOSTILE) & set(labels)
    assert not opened.find_elements(By.XPATH, "//b[text()='bold']")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_page_fits_the_screen(browser, page, size, theme):
    show(browser, page, size, theme)
    for figure in browser.find_elements(By.CSS_SELECTOR, "figure.plot"):
        live_plot(browser, figure.get_attribute("id").removeprefix("plot-"))
    assert browser.execute_script("return document.documentElement.scrollWidth") <= size[0]
    picture = browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})["data"]
    assert len(picture) > 10_000
    if PICTURES:
        Path(PICTURES, f"{size[0]}-{theme}.png").write_bytes(base64.b64decode(picture))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_has_enough_contrast_with_its_background(browser, page, theme):
    """Web Content Accessibility Guidelines 2.1: a contrast of 4.5 at least, for every colour of text in use."""
    show(browser, page, DESKTOP, theme)
    pairs = browser.execute_script(COLOURS)
    assert len(pairs) > 3
    for ink, paper in pairs:
        assert contrast(ink, paper) >= 4.5, (ink, paper)


def test_without_scripts_plots_and_tables_are_whole(browser, page):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        show(browser, page)
        assert len(browser.find_elements(By.CSS_SELECTOR, "figure.plot .drawing > svg")) > 5
        assert len(browser.find_elements(By.CSS_SELECTOR, "#classes tbody tr")) == 40
        assert not browser.find_elements(By.CSS_SELECTOR, "table button")
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_the_page_prints(opened):
    printed = base64.b64decode(opened.execute_cdp_cmd("Page.printToPDF", {})["data"])
    assert printed.startswith(b"%PDF") and len(printed) > 50_000
    if PICTURES:
        Path(PICTURES, "report.pdf").write_bytes(printed)


def test_a_thousand_classes_and_ten_streams_are_painted_soon(browser, tmp_path):
    html = render(made_up(classes=1000, streams=10, videos=2000))
    assert len(html.encode()) < 8_000_000
    show(browser, write_page(tmp_path, html))
    painted = "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
    wait_until(lambda: browser.execute_script(painted))
    # Milliseconds. Some 300 where nothing else runs; the bound is for machines that are busy.
    assert browser.execute_script(painted) < 10_000
    assert len(column(browser, "classes", 1)) == 15


def contrast(ink: list[float], paper: list[float]) -> float:
    """Return the ratio of two sRGB colours' relative luminances, each raised by 0.05."""
    lighter, darker = sorted((luminance(ink), luminance(paper)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: list[float]) -> float:
    shares = [part / 255 for part in colour]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


COLOURS = """
const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
const paper = (element) => {
  for (let it = element; it; it = it.parentElement) {
    const colour = numbers(getComputedStyle(it).backgroundColor);
    if (colour.length < 4 || colour[3] > 0) return colour.slice(0, 3);
  }
  return [255, 255, 255];
};
const pairs = new Map();
for (const element of document.querySelectorAll("main *, header *")) {
  const style = getComputedStyle(element);
  const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!text || element.tagName === "SCRIPT") continue;
  const pair = [numbers(element instanceof SVGElement ? style.fill : style.color).slice(0, 3), paper(element)];
  pairs.set(String(pair), pair);
}
return [...pairs.values()];
"""
