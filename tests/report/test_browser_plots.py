"""The plots in a real browser: they follow the window, the phone and the paper, and are saved as files."""

from urllib.parse import unquote

import pytest

from support.browser import DESKTOP, PHONE, contrast, live_plot, show, wait_until, write_page
from support.reports import made_up
from twostream.report.page import render

pytest.importorskip("selenium")

from selenium.webdriver.common.by import By


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    return write_page(tmp_path_factory.mktemp("page"), render(made_up(classes=40, videos=400)))


@pytest.fixture(scope="module")
def crowded(tmp_path_factory) -> str:
    """A page of ten streams."""
    return write_page(tmp_path_factory.mktemp("crowded"), render(made_up(streams=10)))


def resize(browser, size: tuple[int, int]) -> None:
    metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size == PHONE}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def test_a_plot_is_drawn_anew_where_the_window_changes(browser, page):
    show(browser, page)
    figure = live_plot(browser, "weights")
    wide, height = browser.execute_script(SIZES, figure)
    resize(browser, PHONE)
    small = (pytest.approx(PHONE[0] - 30, abs=30), pytest.approx(height, abs=1))
    wait_until(lambda: tuple(browser.execute_script(SIZES, figure)) == small)
    resize(browser, DESKTOP)
    large = (pytest.approx(wide, abs=2), pytest.approx(height, abs=1))
    wait_until(lambda: tuple(browser.execute_script(SIZES, figure)) == large)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_label_of_a_plot_meets_another_or_leaves_the_screen(browser, page, size):
    show(browser, page, size)
    for element in browser.find_elements(By.CSS_SELECTOR, "figure.plot"):
        name = element.get_attribute("id").removeprefix("plot-")
        figure = live_plot(browser, name)
        boxes = browser.execute_script(BOXES, figure)
        assert boxes, name
        for text, left, right in boxes:
            assert left >= 0 and right <= size[0] + 1, (name, text)
        assert browser.execute_script(MEETINGS, figure) == [], name


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_legend_of_ten_streams_is_whole_and_each_stream_has_its_own_look(browser, crowded, size):
    show(browser, crowded, size)
    figure = live_plot(browser, "calibration")
    labels = [text for text, *_ in browser.execute_script(BOXES, figure)]
    assert {"spatial", "temporal", "stream9", "fused"} <= set(labels)
    looks = browser.execute_script(LOOKS, figure)
    assert len(looks) >= 11 and len(set(looks)) == len(looks)
    assert all(right <= size[0] + 1 for _, _, right in browser.execute_script(BOXES, figure))


def test_one_stream_has_one_colour_in_all_plots(browser, page):
    show(browser, page)
    live_plot(browser, "accuracies")
    (spatial, *_), fused = browser.execute_script(POINTS, "accuracies"), "#d9660d"
    assert spatial == "#2f7fe0"
    assert fused in browser.execute_script(POINTS, "accuracies")
    live_plot(browser, "calibration")
    assert {spatial, fused} <= set(browser.execute_script(POINTS, "calibration"))


def test_what_is_saved_is_the_plot_and_its_numbers(browser, page):
    show(browser, page)
    figure = live_plot(browser, "weights")
    browser.execute_script(CATCH)
    for button in figure.find_elements(By.CSS_SELECTOR, ".save button"):
        button.click()
    wait_until(lambda: len(browser.execute_script("return saved")) == 3)
    saved = {name.rpartition(".")[2]: url for name, url in browser.execute_script("return saved")}
    assert unquote(saved["svg"]).startswith("data:image/svg+xml;charset=utf-8,<svg")
    assert saved["png"].startswith("data:image/png;base64,") and len(saved["png"]) > 10_000
    rows = unquote(saved["csv"].partition(",")[2]).splitlines()
    assert {"weight", "top1", "low", "high"} <= set(rows[0].split(",")) and len(rows) == 102


def test_paper_gets_the_first_drawing_whatever_the_screen_was(browser, page):
    show(browser, page, PHONE)
    figure = live_plot(browser, "weights")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert figure.find_element(By.CSS_SELECTOR, ".drawing > svg").is_displayed()
        assert not figure.find_element(By.CSS_SELECTOR, ".view").is_displayed()
        assert not figure.find_element(By.CSS_SELECTOR, ".save").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_lines_and_points_stand_out_from_the_page(browser, page, theme):
    """Web Content Accessibility Guidelines 2.1, 1.4.11: a contrast of 3 at least."""
    show(browser, page, DESKTOP, theme)
    paper = browser.execute_script("return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    for name in ("accuracies", "weights", "calibration", "gains", "training-0", "why"):
        figure = live_plot(browser, name)
        marks = browser.execute_script(MARKS, figure)
        assert marks, name
        for mark in marks:
            assert contrast(mark, paper) >= 3, (name, mark)


SIZES = """
const boxOf = (what) => arguments[0].querySelector(what).getBoundingClientRect();
return [boxOf(".view svg").width, boxOf(".view .role-axis-label text").height];
"""
BOXES = """
const isSeen = (it) => it.textContent.trim() && it.getBoundingClientRect().width && it.getAttribute("opacity") !== "0";
const box = (it) => [it.textContent, it.getBoundingClientRect().left, it.getBoundingClientRect().right];
return [...arguments[0].querySelectorAll(".view text")].filter(isSeen).map(box);
"""
MEETINGS = """
const meet = (a, b) => a.left < b.right + 1 && b.left < a.right + 1 && a.top < b.bottom - 2 && b.top < a.bottom - 2;
const isLevel = (it) => it.getAttribute("opacity") !== "0" && !(it.getAttribute("transform") ?? "").includes("rotate");
const pairs = [];
for (const axis of arguments[0].querySelectorAll(".view .role-axis-label")) {
  const labels = [...axis.querySelectorAll("text")].filter(isLevel);
  const boxes = labels.map((it) => [it.textContent, it.getBoundingClientRect()]);
  boxes.forEach(([text, a], i) => boxes.slice(i + 1).forEach(([other, b]) => {
    if (meet(a, b)) pairs.push(`${text} ${other}`);
  }));
}
return pairs;
"""
LOOKS = """
return [...arguments[0].querySelectorAll(".view .role-legend-symbol path")]
  .map((it) => [it.getAttribute("fill"), it.getAttribute("stroke"), it.getAttribute("stroke-dasharray")].join());
"""
POINTS = """
const points = document.querySelectorAll(`#plot-${arguments[0]} .view .mark-symbol.role-mark path`);
return [...points].map((it) => it.getAttribute("fill"));
"""
CATCH = """
window.saved = [];
HTMLAnchorElement.prototype.click = function () { saved.push([this.download, this.href]); };
"""
MARKS = """
const number = (colour) => (colour ?? "").startsWith("#")
  ? [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)) : null;
const isSolid = (it) => ["opacity", "fill-opacity"].every((name) => Number(it.getAttribute(name) ?? 1) === 1);
const marks = [...arguments[0].querySelectorAll(".view .role-mark path, .view .role-mark line")];
const colour = (it) => number(it.getAttribute("stroke")) ?? number(it.getAttribute("fill"));
return marks.filter(isSolid).map(colour).filter(Boolean);
"""
