"""`twostream features`: what the classifiers see of videos without labels."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from support.models import CLASSES, small_model
from support.videos import encode, moving_dots
from twostream import cli
from twostream.errors import InputError
from twostream.logits import features_file
from twostream.predict import videos

OPTIONS = videos.Options(device="cpu", threads=1)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("features") / "new"
    encode(folder / "a.avi", moving_dots(14))
    encode(folder / "deep" / "b.avi", moving_dots(6, step=2))
    return folder


@pytest.fixture
def new(rendered, tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(rendered, "new"))


def call(file: Path, *arguments: str) -> None:
    cli.call(["features", "new", "--model", str(file), "--device", "cpu", "--threads", "1", *arguments])


def test_the_classifiers_make_the_scores_of_the_features(new, model_file):
    call(model_file, "--out", "out")
    expected = dict.fromkeys(("spatial", "temporal"), ())
    for _, samples in videos.score(sorted(new.rglob("*.avi")), small_model(), OPTIONS, "score"):
        expected = {name: (*expected[name], samples[name]) for name in expected}
    for name, scores in expected.items():
        found = features_file.read(Path("out") / f"{name}.h5")
        assert found.features.shape == (2, 3, 1024)
        assert np.allclose(found.logits, np.stack(scores), atol=1e-4)
        assert (found.class_name, found.split, found.label.tolist()) == (CLASSES, ("new",) * 2, [-1, -1])
        with np.load(f"out/{name}.npz") as stored:
            assert np.array_equal(stored["features"], found.features)


def test_half_precision(new, model_file):
    call(model_file)
    call(model_file, "--precision", "float16")
    assert features_file.read(Path("features/spatial.h5")).features.dtype == np.float16


def test_a_broken_video_is_named_and_the_others_go_on(new, model_file, capsys):
    (new / "aa.avi").write_bytes(b"no video" * 100)
    with pytest.raises(InputError, match=r"^features: 1 video of 3 could not be read, as said above: give"):
        call(model_file)
    assert "warning: new/aa.avi: not a video" in capsys.readouterr().err
    assert features_file.read(Path("features/temporal.h5")).video_id == ("new/a.avi", "new/deep/b.avi")


def test_only_broken_videos_leave_no_file(new, model_file):
    for path in new.rglob("*.avi"):
        path.write_bytes(b"")
    with pytest.raises(InputError, match="2 videos of 2"):
        call(model_file)
    assert not Path("features").exists()


def test_no_video_no_model_and_no_project_are_one_line_each(new, model_file):
    Path("empty").mkdir()
    for arguments in (["empty"], ["nowhere.avi"], ["new", "--model", "nothing.twostream"], ["new"]):
        with pytest.raises(InputError) as error:
            cli.call(["features", *arguments])
        assert "\n" not in str(error.value)
