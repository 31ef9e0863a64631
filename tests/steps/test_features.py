"""The features of all streams, where a user looks for them."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from support import features
from twostream.steps import features as step


@pytest.fixture
def cached(tmp_path) -> Path:
    path = tmp_path / "results" / "dump_features" / ("a" * 12) / "features.h5"
    features.write(path)
    return path


def gather(monkeypatch, file: Path, folder: Path) -> None:
    monkeypatch.setattr("sys.argv", ["features", "--features", f"spatial={file}", "--folder", str(folder)])
    step.main()


def test_the_files_have_the_streams_names_and_the_link_survives_a_move(cached, tmp_path, monkeypatch):
    gather(monkeypatch, cached, tmp_path / "results" / "features")
    shutil.move(tmp_path / "results", tmp_path / "moved")
    there = tmp_path / "moved" / "features"
    assert (there / "spatial.h5").resolve() == tmp_path / "moved" / "dump_features" / ("a" * 12) / "features.h5"
    assert np.load(there / "spatial.npz")["features"].shape == (features.VIDEOS, features.SAMPLES, features.DIMS)


def test_npz_is_written_again_for_another_key_alone(cached, tmp_path, monkeypatch):
    out = tmp_path / "results" / "features"
    gather(monkeypatch, cached, out)
    before = (out / "spatial.npz").stat().st_ino
    gather(monkeypatch, cached, out)
    assert (out / "spatial.npz").stat().st_ino == before
    other = cached.parent.with_name("b" * 12) / "features.h5"
    features.write(other, scale=2)
    gather(monkeypatch, other, out)
    assert (out / "spatial.h5").resolve() == other
    assert np.abs(np.load(out / "spatial.npz")["features"]).max() > 2
