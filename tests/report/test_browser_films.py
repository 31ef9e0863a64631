"""Films of the report in a real browser: they play for the pointer and the keyboard, and stand still on request."""

import numpy as np
import pytest

from support.browser import DESKTOP, PHONE, print_page, show, wait_until, write_page
from support.reports import HOSTILE, made_up
from twostream.report import strips
from twostream.report.page import render

pytest.importorskip("selenium")

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

POSITION = "return new DOMMatrix(getComputedStyle(document.querySelector('.films img')).transform).e"


class Reader:
    """Stands for the stacks of a modality: noise of some channels."""

    def __init__(self, channels: int) -> None:
        self.fields = np.random.default_rng(0).integers(0, 255, (40, channels, 48, 64), dtype=np.uint8)

    def length(self, video: str) -> int:
        return len(self.fields)

    def step(self, video: str) -> int:
        return 1

    def read(self, video: str, start: int, length: int) -> np.ndarray:
        return self.fields[start : start + length]


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    report = made_up(classes=8)
    videos = {example["video"] for example in report["pictured"]}
    pictures = strips.all_strips({"rgb": Reader(3), "flow": Reader(2)}, videos, 20, dict.fromkeys(videos, 25.0))
    return write_page(tmp_path_factory.mktemp("films"), render(report, pictures, strips.colour_key()))


def positions(browser, count: int = 3) -> set[float]:
    """Return the first different places of the film behind its window."""
    seen: set[float] = set()
    wait_until(lambda: seen.add(browser.execute_script(POSITION)) or len(seen) >= count)
    return seen


def test_rgb_and_flow_play_together_under_the_pointer(browser, page):
    show(browser, page)
    films = browser.find_element(By.CSS_SELECTOR, ".films")
    at_rest = browser.execute_script(POSITION)
    assert at_rest < 0, "a frame from the middle stands in the window"
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", films)
    ActionChains(browser).move_to_element(films).perform()
    width = browser.execute_script("return document.querySelector('.films .screen').clientWidth")
    assert all(place / width == pytest.approx(round(place / width), abs=0.02) for place in positions(browser))
    images = films.find_elements(By.TAG_NAME, "img")
    assert [image.value_of_css_property("animation-name") for image in images] == ["film", "film"]


def test_a_film_plays_while_it_has_the_focus(browser, page):
    show(browser, page, PHONE)
    browser.execute_script("document.querySelector('.films').focus()")
    assert len(positions(browser)) >= 3


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_moves_for_those_who_ask_for_it_and_all_frames_are_seen(browser, page, size):
    show(browser, page, size, motion="reduce")
    browser.execute_script("document.querySelector('.films').focus()")
    name, transform = browser.execute_script(
        "const it = getComputedStyle(document.querySelector('.films img')); return [it.animationName, it.transform]"
    )
    assert (name, transform) == ("none", "none")
    assert browser.execute_script("return document.documentElement.scrollWidth") <= size[0]


def test_the_scale_of_flow_and_the_times_are_text(browser, page):
    show(browser, page)
    text = browser.find_element(By.CSS_SELECTOR, ".films").text
    assert "pixels a frame" in text
    assert "frames 0 to 39 of 40, 0.00 to 1.56 s" in text
    assert HOSTILE[0] in browser.find_element(By.ID, "examples").text


def test_a_page_with_films_prints(browser, page):
    show(browser, page)
    assert print_page(browser).startswith(b"%PDF")
