"""The wheel, installed with `[fusion]` into an empty environment, fuses score files without torch and OpenCV."""

import json
import os
import pickle
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import twostream

ROOT = Path(__file__).parents[2]
CLASSES = ("Archery", "Bowling", "Diving", "Fencing", "Rowing", "Skiing")
CONSTRAINTS = {"PIP_CONSTRAINT": str(ROOT / "constraints.txt")}


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `command` in `cwd`, where no library lies that is not installed."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(command, cwd=cwd, env=clean | environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the wheel and its environment; where no package index answers, the tests are skipped."""
    folder = tmp_path_factory.mktemp("wheel")
    if run(sys.executable, "-m", "pip", "download", "--no-deps", "setuptools", cwd=folder).returncode:
        pytest.skip("no package index answers pip: the wheel cannot be built and installed")
    return folder


@pytest.fixture(scope="module")
def wheel(folder: Path) -> Path:
    """The wheel, built from a copy of the source."""
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "workflow/twostream", folder / "workflow/twostream", ignore=ignore)
    result = run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", "dist", ".", cwd=folder)
    assert result.returncode == 0, result.stderr
    return next((folder / "dist").glob("*.whl"))


@pytest.fixture(scope="module")
def programs(wheel: Path, folder: Path) -> Path:
    """The programs of an environment that has the wheel with `[fusion]`, and nothing else."""
    programs = folder / "environment/bin"
    assert run(sys.executable, "-m", "venv", folder / "environment", cwd=folder).returncode == 0
    result = run(programs / "python", "-m", "pip", "install", f"{wheel}[fusion]", cwd=folder, **CONSTRAINTS)
    assert result.returncode == 0, result.stderr
    return programs


@pytest.fixture(scope="module")
def splits(folder: Path) -> Path:
    """Split lists as UCF101 has them: of six classes, three recordings, two of them for training."""
    folder = folder / "splits"
    folder.mkdir()
    (folder / "classInd.txt").write_text("".join(f"{i} {name}\n" for i, name in enumerate(CLASSES, start=1)))
    for subset, groups in (("train", (1, 2)), ("test", (3, 4))):
        videos = [f"{name}/v_{name}_g{group:02d}_c01.avi {i}" for i, name in enumerate(CLASSES, 1) for group in groups]
        (folder / f"{subset}list01.txt").write_text("".join(f"{video}\n" for video in videos))
    return folder


@pytest.fixture
def repository(folder: Path) -> Iterator[Path]:
    """The folder of the environment, a repository for as long as the test runs."""
    assert run("git", "init", "--quiet", cwd=folder).returncode == 0
    yield folder
    shutil.rmtree(folder / ".git")


def write_scores(path: Path, seed: int) -> Path:
    """Write scores of the test videos, the right class a little ahead."""
    random = np.random.default_rng(seed)
    names = [(label, f"{name}_g{group:02d}_c01") for label, name in enumerate(CLASSES) for group in (3, 4)]
    scores = {name: (random.normal(size=6) + 2 * np.eye(6)[label]).astype(np.float32) for label, name in names}
    path.write_bytes(pickle.dumps(scores))
    return path


def test_the_wheel_holds_every_file_of_the_library(wheel):
    library = ROOT / "workflow/twostream"
    files = {str(file.relative_to(library.parent)) for file in library.rglob("*") if file.is_file()}
    assert {name for name in files if "__pycache__" not in name} == {
        name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name
    }


def test_score_files_are_fused_into_a_report(programs, splits, folder):
    scores = [
        f"--scores={name}={write_scores(folder / f'{name}.pickle', seed)}" for seed, name in enumerate(("rgb", "flow"))
    ]
    result = run(programs / "twostream", "fuse", *scores, f"--splits={splits}", "--out=out", cwd=folder)
    assert result.returncode == 0, result.stderr
    assert (folder / "out/report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert {row["stream"] for row in json.loads((folder / "out/report.json").read_text())["streams"]} == {"rgb", "flow"}


def test_a_report_from_a_wheel_names_the_version_in_place_of_a_commit(programs, splits, repository):
    """The folder that the wheel is installed in may be a repository of something else."""
    folder = repository
    scores = [
        f"--scores={name}={write_scores(folder / f'{name}.pickle', seed)}" for seed, name in enumerate(("a", "b"))
    ]
    result = run(programs / "twostream", "fuse", *scores, f"--splits={splits}", "--out=second", cwd=folder)
    assert result.returncode == 0, result.stderr
    assert (
        json.loads((folder / "second/report.json").read_text())["made_by"]["commit"]
        == f"twostream {twostream.__version__}"
    )


def test_doctor_says_what_is_missing(programs, folder):
    result = run(programs / "twostream", "doctor", cwd=folder)
    assert result.returncode == 0, result.stderr
    assert "not installed" in result.stdout


def test_the_version_is_printed(programs, folder):
    result = run(programs / "twostream", "--version", cwd=folder)
    assert result.stdout.split() == ["twostream", twostream.__version__]


def test_a_command_that_needs_more_says_what_to_install(programs, folder):
    result = run(programs / "twostream", "flow-preview", "video.avi", "--out=flow.png", cwd=folder)
    assert (
        result.stderr
        == "twostream: cv2: is not installed: install the extra `all` of twostream (README, Only a part of it)\n"
    )


@pytest.mark.parametrize("module", ["torch", "cv2", "snakemake"])
def test_the_fusion_extra_installs_no_torch_opencv_or_snakemake(module, programs, folder):
    result = run(programs / "python", "-c", f"import {module}", cwd=folder)
    assert "ModuleNotFoundError" in result.stderr
