"""The first screen in a real browser: five answers without scrolling, and the ways to the rest of the page."""

import pytest

from support.browser import DESKTOP, PHONE, live_plot, show, wait_until, write_page
from support.reports import made_up
from twostream.report.page import render

pytest.importorskip("selenium")

from selenium.webdriver.common.by import By

LAPTOP = (1440, 900)
MACHINE = {"gpu": "NVIDIA H100", "python": "3.11"}


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    report = made_up(classes=40, videos=400)
    cost = {"stage": "train_stream", "key": "0" * 12, "artefacts": 1, "seconds": 7500.0, "bytes": 5e9, "memory": 2e8}
    trained = {"stage": "train_stream", "key": "0" * 12, "settings": {}, "versions": MACHINE, "upstream": []}
    settings = {"architecture": "resnet101", "stack": 10, "modality": "flow"}
    report |= {"title": "Two-stream action recognition", "costs": [cost], "stages": []}
    report["config"] = {"dataset": {"folder": "/data/UCF101"}, "streams": {"temporal": settings}}
    html = render(report | {"stages": [trained | {"seconds": 1.0, "bytes": 1, "outputs": []}], "config": None})
    return write_page(tmp_path_factory.mktemp("page"), html)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_the_first_screen_answers_five_questions(browser, page, size, theme):
    show(browser, page, size, theme)
    live_plot(browser, "why")
    browser.execute_script("scrollTo(0, 0)")
    seen = browser.execute_script(SEEN)
    for words in ("top-1", "400 test videos", "40 classes"):  # how good
        assert words in seen, words
    for words in ("95 % interval", "points over"):  # how sure
        assert words in seen, words
    for words in ("both:", "only spatial:", "only temporal:", "neither:", "fused right"):  # why
        assert words in seen, words
    assert "2 h 05 min of work, 5 GB on disk" in seen  # at what cost
    for words in ("training and", "networks", "NVIDIA H100", "page written"):  # made from what
        assert words in seen, words


def test_the_list_of_sections_stays_in_sight_and_says_where_one_is(browser, page):
    for size in (LAPTOP, PHONE):
        show(browser, page, size)
        live_plot(browser, "calibration")
        wait_until(lambda: browser.find_elements(By.CSS_SELECTOR, "nav a[href='#calibration'][aria-current]"))
        top, bottom = browser.execute_script(
            "const box = document.querySelector('nav').getBoundingClientRect(); return [box.top, box.bottom]"
        )
        assert top >= 0 and bottom <= size[1]


def test_every_section_has_a_link_to_itself_and_an_entry_in_the_list(browser, page):
    show(browser, page, DESKTOP)
    for section in browser.find_elements(By.CSS_SELECTOR, "main > section"):
        name = section.get_attribute("id")
        assert section.find_elements(By.CSS_SELECTOR, f"h2 a.here[href='#{name}']"), name
        assert browser.find_elements(By.CSS_SELECTOR, f"nav a[href='#{name}']"), name


def test_a_text_for_the_paper_is_copied_at_a_click(browser, page):
    show(browser, page, DESKTOP)
    browser.execute_script("document.addEventListener('copy', () => { window.copied = String(getSelection()); })")
    browser.execute_script("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    block = browser.find_element(By.CSS_SELECTOR, "details.copy")
    block.find_element(By.TAG_NAME, "summary").click()
    block.find_element(By.CSS_SELECTOR, ".under button").click()
    wait_until(lambda: "tabular" in (browser.execute_script("return window.copied") or ""))
    assert block.find_element(By.CSS_SELECTOR, ".under button").text == "Copied"
    link = block.find_element(By.CSS_SELECTOR, ".under a")
    assert link.get_attribute("download").endswith("rows.tex")
    assert link.get_attribute("href").startswith("data:text/plain")


SEEN = """
const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
const words = [];
while (walker.nextNode()) {
  const range = document.createRange();
  range.selectNodeContents(walker.currentNode);
  const box = range.getBoundingClientRect();
  if (box.width && box.top >= 0 && box.bottom <= innerHeight && box.left >= 0 && box.right <= innerWidth) {
    words.push(walker.currentNode.textContent);
  }
}
return words.join(" ").replaceAll(/\\s+/g, " ");
"""
