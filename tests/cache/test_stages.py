"""One table says what each stage is called and what it makes; rules, steps and library agree with it."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.project import ROOT
from twostream.cache import stages
from twostream.cache.stages import FUSE, IMPORT_FLOW, STAGES
from twostream.config import schema

LIBRARY = ROOT / "workflow" / "twostream"
settings = st.dictionaries(st.text(max_size=4), st.integers() | st.booleans() | st.text(max_size=4), min_size=2)
GATHERING = {"features", "predictions"}
"""Rules and steps that make nothing of their own: they put what the cache holds where a user looks for it."""
HONEST = {
    ("commands/_outputs.py", "report.json"): "a file that the user asked for, outside the cache",
    ("commands/fuse.py", "report.json"): "a file that the user asked for, outside the cache",
    ("commands/mean.py", "report.json"): "a file that the user asked for, outside the cache",
    ("__init__.py", "compute_flow"): "a function that the library offers",
    ("__init__.py", "predict_videos"): "a function that the library offers",
    ("bench/dag.py", "index"): "a section of the configuration",
    ("config/ineffective.py", "index"): "a section of the configuration",
    ("config/neutral.py", "index"): "a section of the configuration",
    ("commands/_dataset.py", "index"): "a section of the configuration",
    ("commands/_own_settings.py", "index"): "a section of the configuration",
    ("config/schema.py", "index"): "a section of the configuration",
    ("plan.py", "index"): "a section of the configuration",
    ("bench/streams.py", "history.csv"): "a file of a benchmark, outside the cache",
    ("bench/_waiting.py", "history.csv"): "a file of a benchmark, outside the cache",
}
"""Literals that are equal to a name of the table and mean something else."""


@given(settings)
def test_order_of_settings_does_not_matter(settings):
    assert FUSE.key(settings) == FUSE.key(dict(reversed(settings.items())))


def test_one_and_one_point_zero_are_the_same_setting():
    assert FUSE.key({"step": 1.0}) == FUSE.key({"step": 1})


def test_swapped_values_are_other_settings():
    assert FUSE.key({"a": 1, "b": 2}) != FUSE.key({"a": 2, "b": 1})


def test_true_is_not_one():
    assert FUSE.key({"a": True}) != FUSE.key({"a": 1})


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
def test_a_new_version_or_upstream_is_a_new_key(stage):
    assert stage.key({}, "another") != stage.key({}, "upstream")
    assert replace(stage, version=stage.version + 1).key({}, "upstream") != stage.key({}, "upstream")


def test_keys_stay_what_they_were():
    assert replace(FUSE, version=2).key({"step": 0.1}, "0123456789ab") == "36a69d32d11d"


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
def test_paths_and_benchmarks_follow_from_the_pattern(stage):
    names = {"shard": "0000-0123456789ab", "modality": "flow"}
    path = stage.path(Path("cache"), "0123456789ab", **names)
    assert str(path) == str(stage.pattern(Path("cache"))).format(key="0123456789ab", **names)
    assert stage.benchmark(path).parent == path.parent
    assert stage.benchmark(path) != path


def test_every_section_is_one_of_the_configuration():
    sections = schema.read()["properties"]
    assert all(stage.section in sections for stage in STAGES.values() if stage.section)


def test_rules_and_steps_are_the_stages_of_the_table():
    rules = re.findall(r"^(?:rule|checkpoint) (\w+):", _rules(), re.MULTILINE)
    steps = [path.stem for path in (LIBRARY / "steps").glob("*.py") if not path.stem.startswith("_")]
    expected = sorted(STAGES.keys() - {IMPORT_FLOW.name} | GATHERING)
    assert sorted(rules) == expected
    assert sorted(steps) == expected


def test_a_rule_has_the_steps_message_log_and_module_of_its_name():
    for block in re.split(r"^(?=rule |checkpoint )", _rules(), flags=re.MULTILINE)[1:]:
        name = re.match(r"\w+ (\w+):", block)[1]
        assert f"python -m twostream.steps.{name} " in block
        assert re.search(rf'"logs/{name}[./]', block)
        assert "    message:\n" in block, name


def test_nobody_else_spells_a_name_of_the_table():
    names = {*STAGES, *(stage.artefact for stage in STAGES.values()), stages.HISTORY, "benchmark.tsv"}
    spelt = {(file, text) for file, text in _literals() if text in names}
    assert spelt - HONEST.keys() == set()
    assert HONEST.keys() - spelt == set(), "no longer there: take it out of the list"
    assert not [line for line in _rules().splitlines() for name in names if "." in name and f"/{name}" in line]


def _rules() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "rules").glob("*.smk")))


def _literals() -> Iterator[tuple[str, str]]:
    """Yield the file and the text of every literal of the library, but for keys into settings, `settings["index"]`."""
    for path in LIBRARY.rglob("*.py"):
        if path == Path(stages.__file__):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        subscripts = {node.slice for node in ast.walk(tree) if isinstance(node, ast.Subscript)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in subscripts:
                yield path.relative_to(LIBRARY).as_posix(), node.value
