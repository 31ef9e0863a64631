"""The self-test of `twostream doctor --gpu`."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import twostream
from twostream.bench import _clips, _self_test, _settings
from twostream.config import check
from twostream.errors import InputError

LIBRARY = Path(twostream.__file__).parents[1]
UNNEEDED = ("altair", "av", "dask", "jsonschema", "psutil", "scipy", "snakemake", "tqdm", "yaml")
"""What the self-test does without."""
NO_CONTRIB = "import cv2\ndel cv2.optflow, cv2.ximgproc\n"


def hide(folder: Path, names: tuple[str, ...]) -> None:
    """Write modules that are, to whoever imports them from `folder`, not installed; OpenCV lacks contrib there."""
    for name in names:
        (folder / f"{name}.py").write_text(f"raise ModuleNotFoundError('No module named {name}', name='{name}')")
    (folder / "sitecustomize.py").write_text(NO_CONTRIB)


def doctor(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), str(LIBRARY)]), "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, "-m", "twostream", "doctor", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_everything_but_the_gpu_is_tried_on_a_bare_machine(tmp_path):
    hide(tmp_path, UNNEEDED)
    clips = tmp_path / "clips"
    clips.mkdir()
    frames = np.random.default_rng(0).integers(0, 255, (3, 40, 48, 3), dtype=np.uint8)
    np.savez_compressed(clips / "a.npz", frames)
    done = doctor(tmp_path, "--gpu", "--dry", f"--clips={clips}")
    assert done.returncode == 0, done.stdout + done.stderr
    *table, said, line = done.stdout.splitlines()
    assert said.startswith("skipped: the card")
    figures = json.loads(line)
    assert figures["errors"] == []
    assert figures["rendered_flow"]["bytes_equal"] == figures["real_flow"]["bytes_equal"] == 1
    for part, name in (("scored", "over_bare"), ("trained", "data_wait"), ("loader", "lz4_samples_per_second")):
        assert figures[part][name] > 0
        assert any(row.split()[:2] == [part, name] for row in table)


def test_a_part_that_fails_is_named_and_the_others_go_on(tmp_path, monkeypatch):
    hide(tmp_path, ("hdf5plugin",))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(LIBRARY)]))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(_self_test, "WEIGHTS", {"machine": 1, "loader": 1, "real_flow": 1})
    figures = _self_test.measure(True, None)
    assert figures["loader"]["error"] == "hdf5plugin is not installed"
    assert "skipped" in figures["real_flow"]
    assert _self_test.errors(figures) == ["loader"]
    assert "loader     error    hdf5plugin is not installed" in _self_test.table(figures)


def test_a_part_that_takes_too_long_is_stopped():
    began = time.monotonic()
    figures = _self_test.measure(True, None, 1e-3)
    assert time.monotonic() - began < 60
    assert _self_test.errors(figures) == list(_self_test.WEIGHTS)
    assert all(of_part["error"].startswith("took longer than") for of_part in figures.values())


def test_without_a_gpu_the_status_says_so(tmp_path):
    done = doctor(tmp_path, "--gpu")
    assert done.returncode == 1
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["errors"] == ["machine"]
    assert "torch finds no GPU that it can use: add --dry" in figures["machine"]["error"]


def test_its_settings_are_those_of_the_schema():
    settings = check.check({"streams": {"x": dict(_settings.STREAM)}})
    assert settings["streams"]["x"] == dict(_settings.STREAM)
    assert settings["flow"]["tvl1"] == dict(_settings.TVL1_DEFAULTS)
    assert settings["flow"]["bound"] == _settings.BOUND


def test_frames_of_an_archive_are_a_clip_in_grey(tmp_path):
    frames = np.zeros((4, 20, 30, 3), np.uint8)
    frames[1:, ..., 1] = 255
    np.savez(tmp_path / "colour.npz", frames)
    np.savez(tmp_path / "grey.npz", frames[..., 1])
    colour, grey = _clips.from_folder(tmp_path, 5, 3)
    assert [frame.shape for frame in colour + grey] == [(20, 30)] * 6
    assert [frame.max() for frame in colour] == [0, 150, 150]
    assert [frame.max() for frame in grey] == [0, 255, 255]


@pytest.mark.parametrize("array", [np.zeros((4, 20, 30)), np.zeros((20, 30), np.uint8)])
def test_an_archive_of_no_frames_is_named(tmp_path, array):
    np.savez(tmp_path / "a.npz", array)
    with pytest.raises(InputError, match=r"a\.npz: its first array is"):
        list(_clips.from_folder(tmp_path, 1, 3))


def test_options_of_the_self_test_need_it(tmp_path):
    done = doctor(tmp_path, "--dry")
    assert done.stderr == "twostream: --dry and --clips: belong to the self-test: add --gpu\n"
