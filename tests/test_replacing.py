"""The demo does not take the place of another result because nobody named a configuration."""

import re

import pytest

from twostream import replacing
from twostream.config import check
from twostream.errors import InputError
from twostream.plan import Plan
from twostream.survey import Survey


def planned(folder: str | None) -> Plan:
    return Plan(check.check({"dataset": {"folder": folder}}), Survey(backend="fused", weights={}, data="0" * 12))


@pytest.fixture
def last(tmp_path):
    """Return what makes the file that a run leaves of its configuration."""

    def make(folder: str | None):
        file = tmp_path / "results" / "config.json"
        file.parent.mkdir()
        file.write_text(planned(folder).report_config)
        return file

    return make


@pytest.mark.parametrize(("before", "now"), [("mine", "mine"), ("mine", "others"), (None, None), (None, "mine")])
def test_nothing_is_asked_of_other_videos_or_of_the_demo_after_the_demo(last, before, now):
    replacing.check(planned(now), last(before), None)


@pytest.mark.parametrize("content", [None, "{", "[]", "{}"])
def test_nothing_is_asked_where_there_is_no_result_to_tell_of(tmp_path, content):
    file = tmp_path / "config.json"
    if content:
        file.write_text(content)
    replacing.check(planned(None), file, None)


def test_without_a_terminal_the_demo_is_refused_in_one_line(last):
    words = "results: no configuration is given, and the demo's result would replace that of mine: give --configfile"
    with pytest.raises(InputError, match=re.escape(words)):
        replacing.check(planned(None), last("mine"), None)


@pytest.mark.parametrize("answer", ["", "n", "maybe", EOFError])
def test_on_a_terminal_anything_but_yes_ends_the_run(last, answer):
    def ask(question: str) -> str:
        assert question.endswith("Go on with the demo? [y/N] ")
        if answer is EOFError:
            raise EOFError
        return answer

    with pytest.raises(InputError, match=r"or --configfile config\.yaml for the demo"):
        replacing.check(planned(None), last("mine"), ask)


@pytest.mark.parametrize("answer", ["y", " YES "])
def test_on_a_terminal_yes_goes_on(last, answer):
    replacing.check(planned(None), last("mine"), lambda _: answer)
