"""The confusion matrix in a real browser: its numbers, its videos, and that it can be seen and read."""

import base64

import cv2
import numpy as np
import pytest

from support.browser import DESKTOP, PHONE, contrast, show, without_scripts, write_page
from support.reports import HOSTILE, made_up
from twostream.report import confusion
from twostream.report.page import render

pytest.importorskip("selenium")

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys


@pytest.fixture(scope="module")
def report() -> dict:
    return made_up(classes=12, videos=240)


@pytest.fixture(scope="module")
def page(report, tmp_path_factory) -> str:
    return write_page(tmp_path_factory.mktemp("matrix"), render(report))


@pytest.fixture
def opened(browser, page):
    show(browser, page)
    return browser


def canvas(browser):
    return browser.find_element(By.CSS_SELECTOR, ".matrix canvas")


def readout(browser) -> str:
    return browser.find_element(By.CSS_SELECTOR, ".matrix .readout").text


def choose(browser, field: str, value: str) -> None:
    control = browser.find_element(
        By.XPATH, f"//figure[contains(@class, 'matrix')]//label[starts-with(., '{field}')]/select"
    )
    control.find_element(By.XPATH, f"option[.='{value}']").click()


def listed(browser) -> list[str]:
    return [cell.text for cell in browser.find_elements(By.CSS_SELECTOR, ".cell-videos tbody td:first-child")]


def test_a_number_of_the_table_leads_to_its_cell_and_its_videos(opened, report):
    worst = confusion.mistakes(report)[0]
    opened.find_element(By.CSS_SELECTOR, "#confusion .table tbody td button").click()
    text = readout(opened)
    assert text.startswith(f"{worst['right']} predicted as {worst['taken_for']}: ")
    assert f"fused {worst['videos']} of {worst['of']} videos ({worst['percent']:.1f} %)" in text
    for name, videos in worst["streams"].items():
        assert f"{name} {videos} (" in text
    names, predictions = report["class_names"], report["predictions"]
    rows = zip(predictions["video"], predictions["label"], predictions["predicted"]["fused"], strict=True)
    pair = (worst["right"], worst["taken_for"])
    assert listed(opened) == [video for video, c, p in rows if (names[c], names[p]) == pair]


def test_every_mistake_is_reached_by_the_keyboard(opened, report):
    mistakes = confusion.mistakes(report)
    seen = set()
    for _ in range(len(mistakes) + 2):
        canvas(opened).send_keys(Keys.ARROW_RIGHT)
        seen.add(readout(opened).split(":")[0])
    assert seen == {f"{row['right']} predicted as {row['taken_for']}".split(":")[0] for row in mistakes}
    canvas(opened).send_keys(Keys.ENTER)
    assert listed(opened)


def test_the_cell_under_a_click_is_that_of_its_classes_in_either_order_and_zoomed(opened, report):
    names = report["class_names"]
    similar = confusion.similar_classes_together(report)
    for order, numbers in (("similar classes together", similar), ("order of the list", range(len(names)))):
        choose(opened, "Order", order)
        opened.execute_script(CLICK_THE_LAST_CELL_OF_THE_DIAGONAL, canvas(opened))
        assert readout(opened).startswith(f"{names[list(numbers)[-1]]} predicted right: fused ")


def test_a_difference_is_green_where_the_fusion_is_better(opened, report):
    names = report["class_names"]
    matrices = {name: np.zeros((12, 12), int) for name in ("fused", "spatial")}
    for name, matrix in matrices.items():
        np.add.at(matrix, (confusion.labels(report), confusion.predicted_classes(report)[name]), 1)
    gain = (matrices["fused"] - matrices["spatial"]).diagonal()
    choose(opened, "Matrix", "fused \N{MINUS SIGN} spatial")
    choose(opened, "Order", "order of the list")
    assert gain.max() > 0
    for number, points in enumerate(gain):
        red, green, _, alpha = opened.execute_script(COLOUR_ON_THE_DIAGONAL, canvas(opened), number, len(names))
        assert (alpha > 0) == (points != 0)
        assert not alpha or (green > red) == (points > 0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_weakest_cell_stands_out_from_the_page(browser, page, theme):
    """Web Content Accessibility Guidelines 2.2: 3 at least for what is no text."""
    show(browser, page, theme=theme)
    weakest = browser.execute_script(
        "const style = getComputedStyle(document.querySelector('.matrix'));"
        "const parts = (text) => text.match(/\\w\\w/g).map((hex) => parseInt(hex, 16));"
        "return ['--bad-few', '--good-few', '--paper'].map((name) => parts(style.getPropertyValue(name)))"
    )
    assert min(contrast(weakest[0], weakest[2]), contrast(weakest[1], weakest[2])) >= 3


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_thousand_classes_fit_and_each_mistake_is_wide_enough_to_be_seen(browser, tmp_path, size):
    big = made_up(classes=1000, streams=10, videos=2000)
    big["predictions"]["predicted"]["fused"][7] = 500
    show(browser, write_page(tmp_path, render(big)), size)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= size[0]
    canvas(browser).send_keys(Keys.ARROW_RIGHT)
    assert "predicted as" in readout(browser)
    wide = browser.execute_script(WIDEST_RUN_OF_RED, canvas(browser))
    assert wide >= 3


def test_without_scripts_there_is_a_picture_of_the_matrix(browser, page, report):
    with without_scripts(browser):
        show(browser, page)
        image = browser.find_element(By.CSS_SELECTOR, ".matrix img")
        assert image.is_displayed()
        data = base64.b64decode(image.get_attribute("src").split(",")[1])
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert picture.shape[:2] == (12, 12)
    assert (picture[..., 3] > 0).sum() == len(confusion.mistakes(report)) + 12


def test_on_paper_the_picture_stands_in_place_of_the_canvas(opened):
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert not canvas(opened).is_displayed()
        assert opened.find_element(By.CSS_SELECTOR, ".matrix img").is_displayed()
    finally:
        opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_names_are_text_in_the_list_of_videos(opened):
    opened.get_log("browser")
    for _ in range(20):
        canvas(opened).send_keys(Keys.ARROW_DOWN, Keys.ENTER)
    assert any(name in readout(opened) + " ".join(listed(opened)) for name in HOSTILE)
    assert opened.get_log("browser") == []


CLICK_THE_LAST_CELL_OF_THE_DIAGONAL = """
const box = arguments[0].getBoundingClientRect(), at = { clientX: box.right - 6, clientY: box.bottom - 6 };
arguments[0].dispatchEvent(new MouseEvent("click", { ...at, bubbles: true }));
"""
COLOUR_ON_THE_DIAGONAL = """
const [canvas, number, classes] = arguments, pixels = canvas.getContext("2d");
// The frame's left end: the first opaque pixel of the lowest row but one.
const row = pixels.getImageData(0, canvas.height - 1, canvas.width, 1).data;
let left = 0;
while (row[4 * left + 3] === 0) left += 1;
const size = (canvas.width - left) / classes, at = Math.round(left + (number + 0.5) * size);
return [...pixels.getImageData(at, at, 1, 1).data];
"""
WIDEST_RUN_OF_RED = """
const { width, height } = arguments[0], data = arguments[0].getContext("2d").getImageData(0, 0, width, height).data;
let widest = 0, run = 0;
for (let i = 0; i < data.length; i += 4) {
  run = data[i] > data[i + 1] + 40 && data[i + 3] === 255 ? run + 1 : 0;
  widest = Math.max(widest, run);
}
return widest;
"""
