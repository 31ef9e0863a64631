"""Settings of files and of a command line: each text is read once, and arrives as it was given."""

import functools
import json
import re
import shlex

import pytest
import yaml

from twostream.config import check, overlay, strict_yaml
from twostream.errors import InputError


@pytest.mark.parametrize(
    "text",
    ["videos #2", "007", "yes", "a: b", "2024-05-01", "null", "", "{x}", "-x", "1e-3", "~", "'", "ü", "a,b]", "!x"],
)
def test_a_text_in_quotation_marks_arrives_as_it_is(text, tmp_path):
    quoted = json.dumps(text, ensure_ascii=False)
    assert overlay.gather([], [f"dataset={{folder: {quoted}}}"]) == {"dataset": {"folder": text}}
    (tmp_path / "my.yaml").write_text(f"dataset: {{folder: {quoted}}}")
    assert overlay.gather([tmp_path / "my.yaml"]) == {"dataset": {"folder": text}}


@pytest.mark.parametrize(
    ("argument", "settings"),
    [
        ('report={title: "Run #3"}', {"report": {"title": "Run #3"}}),
        ("report={title: Run#3}", {"report": {"title": "Run#3"}}),
        ("dataset={folder: 2024-05-01}", {"dataset": {"folder": "2024-05-01"}}),
        ("dataset={folder: 007}", {"dataset": {"folder": "007"}}),
        ("dataset={folder: 12:30}", {"dataset": {"folder": "12:30"}}),
        ("index={seed: 010, shards: 10}", {"index": {"seed": "010", "shards": 10}}),  # Not 8.
        ("flow={bound: 7, tvl1: {tau: 0.2}}", {"flow": {"bound": 7, "tvl1": {"tau": 0.2}}}),
        ("streams={a: {steps: [1, 2], clip: null}}", {"streams": {"a": {"steps": [1, 2], "clip": None}}}),
        ("index={group_pattern: _g\\d+}", {"index": {"group_pattern": "_g\\d+"}}),
        ('index={group_pattern: "a=b"}', {"index": {"group_pattern": "a=b"}}),
        ("streams={1: {}, yes: {}, null: {}, 1.0: {}}", {"streams": {"1": {}, "yes": {}, "null": {}, "1.0": {}}}),
    ],
)
def test_an_argument_is_yaml_read_once(argument, settings):
    read = overlay.gather([], [argument])
    assert read == settings
    assert json.dumps(read) == json.dumps(settings)  # 7 is not 7.0


def test_later_files_and_arguments_lie_over_earlier_ones_leaf_by_leaf(tmp_path):
    (tmp_path / "a.yaml").write_text("flow: {bound: 1, codec: lz4}\nframes: {codec: raw}")
    (tmp_path / "b.json").write_text('{"flow": {"bound": 2}}')
    (tmp_path / "empty.yaml").write_text("# nothing\n")
    files = [tmp_path / name for name in ("a.yaml", "b.json", "empty.yaml")]
    assert overlay.gather(files, ["flow={codec: zstd}", "flow={quality: 9}"]) == {
        "flow": {"bound": 2, "codec": "zstd", "quality": 9},
        "frames": {"codec": "raw"},
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("flow: {bound: 1}\nflow: {bound: 2}", "`flow` stands twice, in line 1 and in line 2"),
        ("flow:\n  bound: 1\n  codec: lz4\n  bound: 1\n", "`bound` stands twice, in line 2 and in line 4"),
        ("streams: {yes: {}, 'yes': {}}", "`yes` stands twice"),
        ('{"flow": {"bound": 1, "bound": 1}}', "`bound` stands twice"),
    ],
)
def test_a_name_that_stands_twice_is_refused(text, words, tmp_path):
    (tmp_path / "my.yaml").write_text(text)
    with pytest.raises(InputError, match=rf"my\.yaml: {words}.*: delete one of them"):
        strict_yaml.read(tmp_path / "my.yaml")


def test_a_merged_mapping_may_be_overridden():
    text = "a: &a {lr: 1, batch: 2}\nb: {<<: *a, lr: 3}\nc: {<<: [*a], batch: 4}"
    assert strict_yaml.parse(text, "") == {
        "a": {"lr": 1, "batch": 2},
        "b": {"lr": 3, "batch": 2},
        "c": {"lr": 1, "batch": 4},
    }


@pytest.mark.parametrize("text", ["{title: Run #3}", "[1", "? [a]\n: b", "a: &a {b: *a}", "!!python/name:os.system x"])
def test_what_is_no_yaml_of_settings_is_one_line(text):
    with pytest.raises(InputError) as refused:
        check.check(strict_yaml.parse(text, "it"))
    assert "\n" not in str(refused.value)


def test_names_of_streams_are_text():
    given = strict_yaml.parse("{yes: {modality: rgb}, null: {modality: rgb}, off: {modality: rgb}}", "")
    assert list(check.check({"streams": given})["streams"]) == ["yes", "null", "off"]
    with pytest.raises(InputError, match=r"streams\.1: is not a name: rename it"):
        check.check({"streams": strict_yaml.parse("{1: {modality: rgb}}", "")})


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ("--config flow.bound=10", "--config 'flow={bound: 10}'"),
        ("-j2 --config=streams.temporal.lr=1.0e-3 -n", "--config 'streams={temporal: {lr: 1.0e-3}}'"),
        ("-C flow.bound=10 index.seed=1 -n", "--config 'flow={bound: 10}' 'index={seed: 1}'"),
        ("a.b=c --config flow={bound: 10}", ""),
        ("--config dataset={folder: a.b} --configfile a.b=c", ""),
    ],
)
def test_a_dotted_name_is_answered_with_what_is_read_as_it_is_meant(words, advice):
    words = re.findall(r"(?:{[^}]*}|\S)+", words)
    answer = overlay.undotted(words)
    assert answer.rpartition("give ")[2] == advice
    if advice:
        dotted = re.findall(r"(?<![-\w])([a-z.]+)\.([a-z]+)=(\S+)", " ".join(words))
        settings = overlay.gather([], shlex.split(advice)[1:])
        for path, last, value in dotted:
            section = functools.reduce(dict.__getitem__, path.split("."), settings)
            assert section[last] == yaml.safe_load(value)


@pytest.mark.parametrize(
    ("name", "problem"),
    [("none.yaml", "is not there"), (".", r"is not a YAML file that can be read \(Is a directory\)")],
)
def test_a_file_that_is_none_is_said_without_the_systems_numbers(tmp_path, name, problem):
    with pytest.raises(InputError, match=problem):
        strict_yaml.read(tmp_path / name)
