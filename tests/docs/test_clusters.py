"""Every block of docs/clusters.md is executed by a test, or the page says that it is not.

The convention: a fence reads "```sh NAME" (yaml, python, ... alike), and a test runs what `page.commands("clusters.md",
"NAME")` or `page.block("clusters.md", "NAME")` of tests/support gives; or the line above it ends with "(not run here)".
A block of ```text shows what is printed.
"""

import re
from pathlib import Path

import pytest

from support import page

TESTS = Path(__file__).parents[1]
CODE = [block for block in page.blocks("clusters.md") if block.language != "text"]
READ = re.compile(r'page\.(?:commands|block)\(\s*"clusters\.md",\s*"([^"]+)"')


def names_that_tests_read() -> set[str]:
    files = set(TESTS.rglob("test_*.py")) - {Path(__file__)}
    return {name for file in files for name in READ.findall(file.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("block", CODE, ids=lambda block: block.name or block.text.partition("\n")[0])
def test_a_block_is_read_by_a_test_or_said_not_to_be_run(block):
    assert block.is_not_run != (block.name in names_that_tests_read()), block.text


def test_no_two_blocks_have_one_name():
    names = [block.name for block in CODE if block.name]
    assert len(names) == len(set(names))


def test_what_tests_read_stands_on_the_page():
    assert names_that_tests_read() <= {block.name for block in CODE}


def test_commands_are_joined_and_comments_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(page, "DOCS", tmp_path)
    (tmp_path / "a.md").write_text(
        "So:\n\n```sh one\n# A comment.\nls \\\n    -l\npwd\n```\n\nOr (not run here):\n\n```sh\nrm x\n```\n"
    )
    assert page.commands("a.md", "one") == ["ls -l", "pwd"]
    assert [(block.name, block.is_not_run) for block in page.blocks("a.md")] == [("one", False), ("", True)]
