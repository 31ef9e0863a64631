"""The rows and the speed that `twostream bench fusion` prints."""

import json
import sys

import numpy as np
import pytest

from twostream import cli
from twostream.bench import _fusion_gains, _fusion_speed
from twostream.errors import InputError

CLASSES = ("Jump", "Run", "Walk")


@pytest.fixture
def data(tmp_path):
    """Scores of three streams for 90 videos, and their lists."""
    rng = np.random.default_rng(0)
    labels = np.arange(90) % 3
    videos = [f"{CLASSES[c]}/v_{CLASSES[c]}_g{v // 3 % 6 + 1:02d}_c{v:02d}.avi" for v, c in enumerate(labels)]
    (tmp_path / "splits").mkdir()
    (tmp_path / "splits" / "classInd.txt").write_text("".join(f"{c + 1} {name}\n" for c, name in enumerate(CLASSES)))
    (tmp_path / "splits" / "testlist01.txt").write_text("".join(f"{video}\n" for video in videos))
    train = [f"{name}/v_{name}_g20_c01.avi {c + 1}\n" for c, name in enumerate(CLASSES)]
    (tmp_path / "splits" / "trainlist01.txt").write_text("".join(train))
    (tmp_path / "scores").mkdir()
    for name, noise in (("look_s1", 1.0), ("motion_s1", 1.5), ("sound_s1", 2.0)):
        scores = 2 * np.eye(3)[labels] + rng.normal(0, noise, (90, 3))
        np.savez(tmp_path / "scores" / f"{name}.npz", scores=scores, names=np.array(videos))
    return tmp_path


def printed(monkeypatch, capsys, *options):
    monkeypatch.setattr(sys, "argv", ["twostream", "bench", "fusion", *options])
    cli.main()
    return capsys.readouterr().out.splitlines()


# The benchmark is imported here already when the command runs it.
@pytest.mark.filterwarnings("ignore:'twostream.bench.fusion' found in sys.modules")
def test_rows_are_compared_with_the_average_and_with_scales(monkeypatch, capsys, data):
    *table, last = printed(monkeypatch, capsys, "--data", f"{data}:look,motion")
    assert list(json.loads(last)) == [f"{data.name}: look + motion"]
    scales = next(line for line in table if " scales " in line and "prior" not in line)
    assert scales.rstrip().endswith("]") and "+0.00 [" in scales
    assert {"best of all", "2:1", "blend"} <= {
        name for name in ("best of all", "2:1", "blend") if name in "\n".join(table)
    }


def test_without_names_all_files_are_streams(data):
    assert {row["data"] for row in _fusion_gains.rows(str(data), 1)} == {f"{data.name}: look_s1 + motion_s1 + sound_s1"}


def test_a_part_of_a_name_that_fits_several_files_is_refused(data):
    with pytest.raises(InputError, match="3 files have s1 in their names"):
        _fusion_gains.rows(f"{data}:look,s1", 1)


def test_speed_is_measured_of_scores_that_no_stream_has_right_alone():
    scores = _fusion_speed.draw(3, 202, 101)
    right = (scores.scores.argmax(axis=2) == scores.labels).mean(axis=1)
    assert ((right > 0.2) & (right < 0.95)).all()
    assert (scores.scores.mean(axis=0).argmax(axis=1) == scores.labels).mean() > right.max()
