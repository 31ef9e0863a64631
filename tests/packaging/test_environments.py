"""The conda environments of the rules name the same packages as the extras that their steps need."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = {
    "fusion": ["fusion"],
    "predict": ["fusion", "predict"],
    "report": ["report", "video"],
    "torch": ["train"],
    "video": ["video"],
}
LATER = {
    "compute_flow": ["dask.delayed", "dask.callbacks", "twostream.flow.opencv", "twostream.flow.fused"],
    "extract_frames": ["dask.delayed", "dask.callbacks"],
    "fuse": ["scipy.stats"],
    "index": ["dask.delayed", "dask.callbacks", "twostream.videos.decode"],
    "render_demo": ["dask.delayed", "dask.callbacks"],
}
"""What a step imports while it runs."""
STEPS = [
    (step, environment)
    for file in sorted((ROOT / "rules").glob("*.smk"))
    for step in re.findall(r"twostream\.steps\.([a-z]\w*)", file.read_text(encoding="utf-8"))
    for environment in re.findall(r"envs/(\w+)\.yaml", file.read_text(encoding="utf-8"))[-1:]
]


RULE = re.compile(r"^(?:rule|checkpoint) (\w+):\n((?:(?: .*)?\n)+)", re.MULTILINE)
RULES = {
    name: body
    for file in sorted((ROOT / "rules").glob("*.smk"))
    for name, body in RULE.findall(file.read_text(encoding="utf-8"))
}


def packages(extras: Iterable[str]) -> set[str]:
    """Return what `pip install twostream[extras]` asks for, extras of extras included."""
    lines = [*PROJECT["dependencies"]]
    for extra in extras:
        for line in PROJECT["optional-dependencies"][extra]:
            needed = Requirement(line)
            lines += packages(needed.extras) if needed.name == "twostream" else [line]
    return {str(Requirement(line)) for line in lines}


def pip_packages(environment: str) -> set[str]:
    """Return what the conda environment installs with pip."""
    dependencies = yaml.safe_load((ROOT / f"envs/{environment}.yaml").read_text(encoding="utf-8"))["dependencies"]
    (names,) = (entry["pip"] for entry in dependencies if isinstance(entry, dict))
    return {str(Requirement(name)) for name in names}


def installed(lines: Iterable[str], seen: set[str]) -> Iterator[str]:
    """Yield the distributions that come with `lines`, by their canonical names."""
    for needed in map(Requirement, lines):
        name = canonicalize_name(needed.name)
        if name not in seen and (needed.marker is None or needed.marker.evaluate({"extra": ""})):
            seen.add(name)
            yield name
            try:
                yield from installed(requires(name) or [], seen)
            except PackageNotFoundError:
                continue


def test_every_environment_has_its_extras():
    assert {file.stem for file in (ROOT / "envs").iterdir()} == EXTRAS.keys()


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_that_runs_a_step_names_its_environment(rule):
    (line,) = re.findall(r"^    conda:\n +(.+)$", RULES[rule], re.MULTILINE)
    assert {Path(file).stem for file in re.findall(r'"\.\./(envs/\w+\.yaml)"', line)} & EXTRAS.keys()


@pytest.mark.parametrize("environment", EXTRAS)
def test_an_environment_admits_the_versions_that_are_tested(environment):
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    tested = {canonicalize_name(name): version for name, version in (line.split("==") for line in lines)}
    needed = map(Requirement, pip_packages(environment))
    refused = [str(one) for one in needed if not one.specifier.contains(tested[canonicalize_name(one.name)])]
    assert refused == []


@pytest.mark.parametrize("environment", EXTRAS)
def test_an_environment_is_what_its_extras_are(environment):
    assert pip_packages(environment) == packages(EXTRAS[environment])


def test_all_is_every_extra_but_the_developers():
    every = PROJECT["optional-dependencies"].keys() - {"all", "dev"}
    assert packages(["all"]) == packages(every)


HIDE = """
import sys
from importlib.machinery import PathFinder

class Installed(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.split(".")[0] in {hidden} else super().find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Installed
import {modules}
"""
"""Imports `modules` as if those called `hidden` were not installed."""


def import_with(lines: Iterable[str], modules: Iterable[str]) -> subprocess.CompletedProcess[str]:
    """Import `modules` where nothing is installed but what comes with `lines`, and this package."""
    present = set(installed(lines, set())) | {"twostream"}
    hidden = [
        module
        for module, owners in packages_distributions().items()
        if module.isidentifier() and not present & {canonicalize_name(owner) for owner in owners}
    ]
    code = HIDE.format(hidden=hidden, modules=", ".join(modules))
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("step", "environment"), STEPS)
def test_a_step_can_be_imported_in_its_environment(step, environment):
    modules = [f"twostream.steps.{step}", "twostream.job_log", *LATER.get(step, [])]
    result = import_with(pip_packages(environment), modules)
    assert result.returncode == 0, result.stderr


def test_with_the_extra_workflow_the_rules_can_be_read():
    """Where the rules have conda's environments, Snakemake needs no more beside it."""
    text = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "rules").glob("*.smk"))
    modules = {
        f"twostream.{name}"
        for line in re.findall(r"^from twostream import (.+)", text, re.MULTILINE)
        for name in line.split(", ")
    }
    modules |= {
        f"twostream.{package}" for package in re.findall(r"^ *from twostream\.([\w.]+) import", text, re.MULTILINE)
    }
    result = import_with(packages(["workflow"]), sorted(modules))
    assert result.returncode == 0, result.stderr
