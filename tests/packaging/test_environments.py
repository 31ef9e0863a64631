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


@pytest.mark.parametrize(("step", "environment"), STEPS)
def test_a_step_can_be_imported_in_its_environment(step, environment):
    present = set(installed(pip_packages(environment), set())) | {"twostream"}
    hidden = [
        module
        for module, owners in packages_distributions().items()
        if module.isidentifier() and not present & {canonicalize_name(owner) for owner in owners}
    ]
    modules = ", ".join([f"twostream.steps.{step}", *LATER.get(step, [])])
    code = HIDE.format(hidden=hidden, modules=modules)
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
