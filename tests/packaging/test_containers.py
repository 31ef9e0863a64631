"""The images hold what `make env` installs, as nobody's root, from the same lists."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from support.project import ROOT

DOCKER = ROOT / "containers/Dockerfile"
APPTAINER = ROOT / "containers/apptainer.def"
IMAGES = [DOCKER, APPTAINER]
BASE = re.compile(r"^(?:FROM|From:) (.+)$", re.MULTILINE)


def instructions(file: Path) -> str:
    """Return the lines of `file` that are no comments."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith("#"))


def copied_by_docker() -> set[str]:
    lines = re.findall(r"^COPY (.+)$", DOCKER.read_text(encoding="utf-8"), re.MULTILINE)
    return {name for line in lines for name in line.split()[:-1]}


def copied_by_apptainer() -> set[str]:
    return set(re.findall(r"^ +(\S+) /opt/twostream/$", APPTAINER.read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("file", IMAGES, ids=lambda file: file.name)
def test_an_image_installs_an_extra_with_the_pinned_versions(file):
    (options, extras) = re.findall(r"pip install (.*) '\.\[([\w,]+)\]'", instructions(file))[0]
    assert "--constraint constraints.txt" in options
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert set(extras.split(",")) <= extra.keys() - {"dev"}


def test_both_images_have_the_same_base_commands_and_files():
    assert BASE.findall(instructions(DOCKER)) == BASE.findall(instructions(APPTAINER)) == ["python:3.11-slim-bookworm"]
    commands = [set(re.findall(r"(?:python -m pip|apt-get) install [^\n\\]+", instructions(file))) for file in IMAGES]
    assert {command.strip() for command in commands[0]} == {command.strip() for command in commands[1]}
    assert copied_by_docker() == copied_by_apptainer()
    assert all((ROOT / name).exists() for name in copied_by_docker())


def test_the_images_hold_all_that_the_workflow_includes():
    text = "".join(file.read_text(encoding="utf-8") for file in [ROOT / "Snakefile", *ROOT.glob("rules/*.smk")])
    folders = {path.split("/")[0] for path in re.findall(r'"(?:\.\./)?((?:rules|envs|workflow)/[\w./]+)"', text)}
    assert folders == {"rules", "envs", "workflow"}
    assert folders | {"Snakefile", "config.yaml", "profiles"} <= copied_by_docker()


def test_docker_is_sent_just_what_it_copies():
    kept = (ROOT / "containers/Dockerfile.dockerignore").read_text(encoding="utf-8")
    assert set(re.findall(r"^!(\S+)$", kept, re.MULTILINE)) == copied_by_docker()


def test_the_image_runs_as_a_user_without_rights():
    users = re.findall(r"^(USER|RUN) (.+)$", instructions(DOCKER), re.MULTILINE)
    assert users[-1] == ("USER", "1000")


@pytest.mark.parametrize("file", IMAGES, ids=lambda file: file.name)
def test_an_image_names_no_host(file):
    assert not re.search(r"://|--index-url|--extra-index-url|--trusted-host", file.read_text(encoding="utf-8"))


@pytest.mark.skipif(shutil.which("hadolint") is None, reason="without hadolint its rules are not checked")
def test_hadolint_has_nothing_to_say():
    done = subprocess.run(["hadolint", str(DOCKER)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
