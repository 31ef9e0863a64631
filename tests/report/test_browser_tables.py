"""Tables of the report in a real browser: sorted, filtered, found, and whole on paper."""

import pytest

from support.browser import DESKTOP, PHONE, printed_text, show, write_page
from support.reports import made_up
from twostream.report.page import render

pytest.importorskip("selenium")

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

CLASSES = 101


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    made_by = {"made_by": {"machine of this page": "Linux x86_64, AMD EPYC, 2 cores"}}
    return write_page(tmp_path_factory.mktemp("page"), render(made_up(classes=CLASSES, videos=606) | made_by))


@pytest.fixture
def opened(browser, page):
    show(browser, page)
    return browser


def column(browser, section: str, number: int) -> list[str]:
    """Return the visible cells of a column of the first table of a section."""
    cells = browser.find_elements(By.CSS_SELECTOR, f"#{section} tbody tr:not([hidden]) > :nth-child({number})")
    return [cell.text for cell in cells]


def test_a_table_is_sorted_by_click_and_by_key(opened):
    button = opened.find_element(By.XPATH, "//section[@id='classes']//th[normalize-space()='fused, %']/button")
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


def test_the_browser_finds_every_row(opened):
    last = column(opened, "classes", 1)[-1]
    assert len(column(opened, "classes", 1)) == CLASSES
    assert opened.execute_script("return window.find(arguments[0])", last)


def test_a_filter_leaves_the_rows_that_have_all_its_words(opened):
    box = opened.find_element(By.CSS_SELECTOR, "#classes input[type=search]")
    box.send_keys("CLASS 004")
    assert sorted(column(opened, "classes", 1)) == [f"class {number:04d}" for number in range(40, 50)]
    assert "10 of 101 rows" in opened.find_element(By.CSS_SELECTOR, "#classes .tools").text
    box.send_keys(Keys.CONTROL, "a")
    box.send_keys(Keys.BACKSPACE)
    assert len(column(opened, "classes", 1)) == CLASSES


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_head_and_the_first_column_stay_and_the_gain_is_seen(browser, page, size):
    show(browser, page, size)
    left, head, gain = browser.execute_script(
        """
        const box = document.querySelector("#classes .wide"), table = box.querySelector("table");
        box.scrollIntoView();
        const edges = box.getBoundingClientRect(), cell = table.tBodies[0].rows[0].cells[2].getBoundingClientRect();
        box.scrollTo(400, 400);
        return [
          table.tBodies[0].rows[20].cells[0].getBoundingClientRect().left - edges.left,
          table.tHead.rows[0].cells[1].getBoundingClientRect().top - edges.top,
          edges.right - cell.right,
        ];
        """
    )
    assert (left, head) == pytest.approx((0, 0), abs=1.5)
    assert gain >= 0, "the column of the gain is in sight"


def test_print_has_every_row_even_those_that_are_filtered_out(opened, tmp_path):
    opened.find_element(By.CSS_SELECTOR, "#classes input[type=search]").send_keys("class 0042")
    text = printed_text(opened, tmp_path)
    start = text.index("Top-1 by class")
    printed = text[start : text.index("Which classes are confused", start)]
    missing = [number for number in range(6, CLASSES) if f"class {number:04d}" not in printed]
    assert not missing


def test_captions_and_facts_are_read_on_a_phone_without_scrolling_sideways(browser, page):
    show(browser, page, PHONE)
    ends = browser.execute_script(
        """
        const captions = [...document.querySelectorAll("caption span")];
        document.querySelectorAll(".wide").forEach((box) => box.scrollTo(400, 0));
        return captions.map((each) => each.getBoundingClientRect()).map((box) => [box.left, box.right]);
        """
    )
    assert len(ends) > 3
    assert all(left >= 0 and right <= PHONE[0] for left, right in ends)
    fact = browser.find_element(By.CSS_SELECTOR, "#made-from dd")
    assert fact.size["width"] > PHONE[0] / 2
