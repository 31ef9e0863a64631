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


def demo_of(settings: object) -> str:
    """Return where the demo of `settings` lies in a project."""
    return str(stages.RENDER_DEMO.path(Path("results"), stages.RENDER_DEMO.key(check(settings)["demo"])))


@pytest.mark.parametrize(
    ("use", "prefix", "of_module"), [("as ts_*", "", "ts_"), ("exclude all, result", "ts/", "")], ids=["as", "prefix"]
)
def test_the_other_workflow_takes_the_report(tmp_path, use, prefix, of_module):
    options = {"config": CONFIG} | ({"prefix": f'"{prefix}"'} if prefix else {})
    rules, files = Outer(tmp_path / "outer", SUMMARY.format(prefix=prefix) + module(use=use, **options)).planned()
    assert rules == {"all", "summary", *(of_module + name for name in RULES)}
    assert {prefix + demo_of(SMALL), f"{prefix}results/fusion_report.json", "summary.txt"} <= files


def test_a_module_without_settings_is_the_demo_whatever_the_other_workflow_is_set_to(tmp_path):
    _, files = Outer(tmp_path / "outer", SUMMARY.format(prefix="") + module(use="as ts_*")).planned()
    assert demo_of(yaml.safe_load((ROOT / "config.yaml").read_text())) in files


def test_two_modules_have_settings_and_folders_of_their_own(tmp_path):
    other = SMALL | {"demo": SMALL["demo"] | {"frames": 14}}
    one = module("one", "as one_*", config=CONFIG, prefix='"one/"')
    two = module("two", "as two_*", config=repr(other), prefix='"two/"')
    both = """
rule both:
    default_target: True
    input:
        rules.one_fusion_report.output.json,
        rules.two_fusion_report.output.json,
"""
    rules, files = Outer(tmp_path / "outer", SUMMARY.format(prefix="one/") + one + two + both).planned()
    assert rules == {"both", *(f"{name}_{rule}" for name in ("one", "two") for rule in RULES)}
    assert {f"one/{demo_of(SMALL)}", f"two/{demo_of(other)}"} <= files


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
    refusal = Outer(tmp_path / "outer", SUMMARY.format(prefix="one/") + one + two).refusal()
    assert refusal.endswith(line.format(cache=cache[1:]))
