"""A step fills its settings and checks them, also where it is run by hand."""

import json

import pytest

from twostream.config import check, schema
from twostream.errors import InputError
from twostream.steps import _arguments
from twostream.videos import selection

COMPLETE = check.check({})
STREAM = {"modality": "flow", "stack": 10}


def settings(section: str | None, *arguments: str) -> schema.Settings:
    return _arguments.parser("A step.", section).parse_args([*arguments, "--out", "out.h5"]).settings


@pytest.mark.parametrize("section", ["demo", "frames", "flow", "test", "fusion", "report"])
def test_a_step_without_settings_has_the_defaults_of_its_section(section):
    assert settings(section) == COMPLETE[section]


def test_the_index_step_gets_the_split_lists_but_not_the_number_of_shards():
    expected = {name: value for name, value in COMPLETE["index"].items() if name != "shards"}
    assert settings("index") == expected | {"split": 1, "fps": None, **selection.EVERYTHING}


def test_a_stream_is_filled_together_with_how_it_is_validated():
    expected = COMPLETE["streams"]["temporal"] | {"validation": COMPLETE["validation"]}
    assert settings("streams", "--settings", json.dumps(STREAM)) == expected


def test_a_step_without_a_section_has_no_settings():
    assert settings(None) == {}


@pytest.mark.parametrize("extra", [{}, {"pretrained_digest": "0123456789ab"}])
def test_complete_settings_come_through_as_they_are(extra):
    complete = COMPLETE["streams"]["temporal"] | {"validation": COMPLETE["validation"]} | extra
    received = settings("streams", "--settings", json.dumps(complete))
    assert json.dumps(received) == json.dumps(complete)


@pytest.mark.parametrize(
    ("section", "text", "words"),
    [
        ("frames", '{"short_sid": 3}', "short_sid: is unknown"),
        ("frames", '{"quality": 0}', "quality: is 0"),
        ("streams", "{}", "modality: is missing"),
        ("index", '{"shards": 3}', "shards: is unknown"),
        ("flow", "{", "no JSON"),
        (None, '{"codec": "raw"}', "codec: is unknown"),
    ],
)
def test_settings_that_do_not_fit_are_refused_in_one_line(section, text, words):
    with pytest.raises(InputError, match=words) as refused:
        settings(section, "--settings", text)
    assert "\n" not in str(refused.value)
