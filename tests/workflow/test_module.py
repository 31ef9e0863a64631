"""The workflow as a module of another one, from a folder, where the package is not installed."""

from pathlib import Path

import pytest
import yaml

from support.outer import SUMMARY, Outer, module
from support.project import ROOT, SMALL
from twostream.cache import stages
from twostream.config.check import check

CONFIG = 'config["ts"]'
RULES = ("render_demo", "index", "fusion_report")


def demo_of(settings: object, folder: str = "results") -> str:
    """Return where the demo of `settings` lies in a `folder` of results."""
    return str(stages.RENDER_DEMO.path(Path(folder), stages.RENDER_DEMO.key(check(settings)["demo"])))


@pytest.mark.parametrize(
    ("use", "options", "folder"),
    [
        ("as ts_*", {}, "results"),
        ("exclude all, result", {"replace_prefix": '{"results/": "out/"}'}, "out"),
    ],
    ids=["as", "replace_prefix"],
)
def test_the_other_workflow_takes_the_report(tmp_path, use, options, folder):
    taken = module(use=use, config=CONFIG, **options)
    rules, files = Outer(tmp_path / "outer", SUMMARY.format(folder=folder) + taken).planned()
    assert rules == {"all", "summary", *(f"ts_{name}" if use == "as ts_*" else name for name in RULES)}
    assert {demo_of(SMALL, folder), f"{folder}/fusion_report.json", "summary.txt"} <= files


def test_two_modules_have_settings_and_folders_of_their_own(tmp_path):
    """One without settings is the demo, whatever the other workflow is set to."""
    demo = yaml.safe_load((ROOT / "config.yaml").read_text())
    one = module("one", "as one_*", config=CONFIG, prefix='"one/"')
    two = module("two", "as two_*", prefix='"two/"')
    both = """
rule both:
    default_target: True
    input:
        rules.one_fusion_report.output.json,
        rules.two_fusion_report.output.json,
"""
    rules, files = Outer(tmp_path / "outer", SUMMARY.format(folder="one/results") + one + two + both).planned()
    assert rules == {"both", *(f"{name}_{rule}" for name in ("one", "two") for rule in RULES)}
    assert {demo_of(SMALL, "one/results"), demo_of(demo, "two/results")} <= files


@pytest.mark.parametrize(
    ("prefix", "line"),
    [
        ('"one/"', "one/results: two modules with different settings write to it: give each a prefix of its own"),
        ('"two/"', "compute.cache_root: /{cache} is that of another module too: give each module a folder of its own"),
    ],
    ids=["folder", "cache"],
)
def test_two_modules_that_would_write_the_same_files_are_refused(tmp_path, prefix, line):
    cache = str(tmp_path / "cache")
    settings = [SMALL | {"compute": {"cache_root": cache}, "report": {"title": title}} for title in ("one", "two")]
    one = module("one", "as one_*", config=repr(settings[0]), prefix='"one/"')
    two = module("two", "as two_*", config=repr(settings[1]), prefix=prefix)
    refusal = Outer(tmp_path / "outer", SUMMARY.format(folder="one/results") + one + two).refusal()
    assert refusal.endswith(line.format(cache=cache[1:]))
