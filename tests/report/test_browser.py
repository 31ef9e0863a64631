"""The report in a real browser, opened from disk, with the network cut off."""

import pytest

from support.browser import (
    DESKTOP,
    PHONE,
    contrast,
    keep,
    live_plot,
    picture,
    print_page,
    show,
    wait_until,
    without_scripts,
    write_page,
)
from support.reports import HOSTILE, made_up
from twostream.report.page import render

pytest.importorskip("selenium")

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    return write_page(tmp_path_factory.mktemp("page"), render(made_up(classes=40, videos=400)))


@pytest.fixture
def opened(browser, page):
    show(browser, page)
    return browser


def test_no_error_is_logged_and_every_plot_comes_alive(browser, page):
    browser.get_log("browser")
    show(browser, page)
    names = [figure.get_attribute("id") for figure in browser.find_elements(By.CSS_SELECTOR, "figure.plot")]
    assert len(names) > 5
    for name in names:
        live_plot(browser, name.removeprefix("plot-"))
    assert browser.get_log("browser") == []


def test_a_bar_shows_its_numbers_under_the_pointer(opened):
    figure = live_plot(opened, "gains")
    bar = figure.find_element(By.CSS_SELECTOR, ".view .mark-rect path")
    ActionChains(opened).move_to_element(bar).perform()
    wait_until(lambda: opened.find_elements(By.CSS_SELECTOR, "#vg-tooltip-element.visible"))
    assert "its best stream" in opened.find_element(By.ID, "vg-tooltip-element").text


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
    keep(f"{size[0]}-{theme}.png", picture(browser))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_has_enough_contrast_with_its_background(browser, page, theme):
    """Web Content Accessibility Guidelines 2.1: a contrast of 4.5 at least, for every colour of text in use."""
    show(browser, page, DESKTOP, theme)
    pairs = browser.execute_script(COLOURS)
    assert len(pairs) > 3
    for ink, paper in pairs:
        assert contrast(ink, paper) >= 4.5, (ink, paper)


def test_without_scripts_plots_and_tables_are_whole(browser, page):
    with without_scripts(browser):
        show(browser, page)
        assert len(browser.find_elements(By.CSS_SELECTOR, "figure.plot .drawing > svg")) > 5
        assert len(browser.find_elements(By.CSS_SELECTOR, "#classes tbody tr")) == 40
        assert not browser.find_elements(By.CSS_SELECTOR, "table button")


def test_the_page_prints(opened):
    printed = print_page(opened)
    assert printed.startswith(b"%PDF") and len(printed) > 50_000
    keep("report.pdf", printed)


def test_a_thousand_classes_and_ten_streams_are_painted_soon(browser, tmp_path):
    html = render(made_up(classes=1000, streams=10, videos=2000))
    assert len(html.encode()) < 8_000_000
    show(browser, write_page(tmp_path, html))
    painted = "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
    wait_until(lambda: browser.execute_script(painted))
    # Milliseconds. Some 300 where nothing else runs; the bound is for machines that are busy.
    assert browser.execute_script(painted) < 10_000
    assert len(browser.find_elements(By.CSS_SELECTOR, "#classes tbody tr")) == 1000


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
