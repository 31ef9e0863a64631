"""The oldest OpenCV that pyproject.toml admits carries the workflow from videos to the report, in half a minute."""

import json
import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from support.project import ROOT, Project

OPENCV = "opencv-contrib-python-headless"
PATIENCE = 240
"""Seconds for a download of some 60 MB, after which the test is skipped."""
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RUN = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from support.project import Project
Project(Path(sys.argv[2])).run()
"""


def oldest() -> str:
    """Return the version from which on pyproject.toml admits OpenCV."""
    needed = map(Requirement, SETTINGS["optional-dependencies"]["video"])
    (bound,) = (part.version for one in needed if one.name == OPENCV for part in one.specifier if part.operator == ">=")
    return bound


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the oldest OpenCV and, besides, all that is installed here."""
    folder = tmp_path_factory.mktemp("oldest")
    # Without the environment of this run, whose PYTHONPATH and constraints ask for the newest.
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PIP_CONSTRAINT")}
    wheel = ("--no-deps", "--only-binary", ":all:", "--target", folder / "cv", f"{OPENCV}=={oldest()}.*")
    command = [sys.executable, "-m", "pip", "install", "--retries", "1", *wheel]
    try:
        subprocess.run(command, env=clean, capture_output=True, check=True, timeout=PATIENCE)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        pytest.skip(
            f"pip cannot have OpenCV {oldest()} here: {' '.join((error.stderr or b'').decode().split())[-200:]}"
        )
    venv.create(folder / "environment", symlinks=True)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder / "environment")}))
    paths = [folder / "cv", sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    (packages / "here.pth").write_text("".join(f"{path}\n" for path in dict.fromkeys(map(str, paths))))
    return folder / "environment" / "bin" / "python"


def test_the_oldest_opencv_makes_the_report(python, tmp_path):
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow")}
    command = [python, "-c", RUN, ROOT / "tests", tmp_path / "project"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    files = Project(tmp_path / "project").files("*/*/*provenance.json")
    versions = [json.loads(file.read_text())["versions"].get(OPENCV) for file in files]
    assert all(version.startswith(f"{oldest()}.") for version in versions if version), versions
    stages = {file.parent.parent.name for file, version in zip(files, versions, strict=True) if version}
    assert stages >= {"render_demo", "extract_frames", "compute_flow", "train_stream", "dump_logits"}
