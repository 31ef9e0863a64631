"""`make env` in a folder that was moved: an environment's programs name the folder that they were installed in."""

import shutil
import subprocess
from pathlib import Path

import pytest

from support.project import ROOT


@pytest.fixture(params=["project", "my project, 视频"])
def project(tmp_path, request) -> Path:
    """A project whose environment is installed, as far as make can tell."""
    folder = tmp_path / request.param
    (folder / ".venv" / "bin").mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, folder)
    python = folder / ".venv" / "bin" / "python"
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)
    (folder / ".venv" / "bin" / "pip").write_text(f"#!/bin/sh\n'''exec' \"{python}3.11\" \"$0\" \"$@\"\n' '''\n")
    (folder / ".venv" / "installed").touch()
    return folder


def planned(folder: Path) -> str:
    done = subprocess.run(["make", "-n", "env"], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


def test_an_environment_stays_where_it_was_installed(project):
    assert "Nothing to be done" in planned(project)


def test_an_environment_that_is_a_link_stays(project, tmp_path):
    linked = tmp_path / "other"
    linked.mkdir()
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy2(project / name, linked)
    (linked / ".venv").symlink_to(project / ".venv")
    assert "Nothing to be done" in planned(linked)


@pytest.mark.parametrize("move", [Path.rename, shutil.copytree])
def test_an_environment_that_was_moved_or_copied_is_made_anew(project, tmp_path, move):
    move(project, tmp_path / "moved")
    steps = planned(tmp_path / "moved").splitlines()
    assert "rm -rf .venv" in steps
    assert any("-m venv .venv" in step for step in steps[steps.index("rm -rf .venv") :])
