"""Videos without labels as shards, and the answers of a shard as a file."""

import os

import numpy as np
import pytest

from support.models import CLASSES, small_model
from twostream.errors import InputError
from twostream.predict import shards, stored
from twostream.predict.answers import Answer, Failure


@pytest.fixture
def folder(tmp_path):
    for number in range(12):
        path = tmp_path / "new" / f"{number % 3}" / f"{number}.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(number))
    return tmp_path / "new"


def test_a_new_video_makes_one_name_new_and_a_touch_none(folder):
    before = shards.find(folder, 3)
    assert sum(map(len, before.values())) == 12 and len(before) <= 3
    os.utime(folder / "0/0.mp4", ns=(1, 1))
    assert shards.find(folder, 3) == before
    (folder / "more.mp4").write_text("more")
    assert len(shards.find(folder, 3).keys() - before.keys()) == 1


def test_a_job_finds_the_videos_of_its_shard_by_its_name(folder):
    for name, videos in shards.find(folder, 3).items():
        assert shards.videos_of(folder, 3, name) == videos


def test_a_job_reads_its_videos_from_the_list_and_lists_no_folder(folder, monkeypatch):
    (folder / os.fsdecode(b"\xff %41.mp4")).write_text("a name of odd bytes")
    named, file = shards.find(folder, 2), folder.parent / "list.json"
    shards.save(file, folder, named)
    (folder / "new.mp4").write_text("came later")
    with monkeypatch.context() as patch:
        patch.delattr(os, "walk")
        assert {name: shards.videos_of(folder, 2, name, file) for name in named} == named
    other = max(shards.find(folder, 2).keys() - named.keys())
    assert other and shards.videos_of(folder, 2, other, file) == shards.find(folder, 2)[other]


def test_a_job_notices_that_its_videos_are_others(folder):
    names = shards.find(folder, 1)
    (folder / "0/0.mp4").write_text("changed")
    with pytest.raises(InputError, match="have changed since the run was planned"):
        shards.videos_of(folder, 1, *names)


def test_a_folder_that_is_none_is_one_line(tmp_path):
    with pytest.raises(InputError, match=r"predict\.folder: .* is not a folder"):
        shards.find(tmp_path / "nothing", 1)


def test_answers_come_back_from_a_file_with_all_digits(tmp_path):
    probabilities = np.random.default_rng(0).dirichlet(np.ones(3))
    answer = Answer(
        video="a.mp4",
        frames=9,
        fps=25.0,
        damaged=1,
        probabilities=probabilities,
        streams={"spatial": probabilities[::-1]},
        trained_on=("spatial",),
    )
    back = stored.from_json(stored.to_json([answer, Failure("b.mp4", "bad")], small_model(), tmp_path / "m"))
    assert back.class_names == CLASSES and back.results[1] == Failure("b.mp4", "bad")
    assert np.array_equal(back.results[0].probabilities, probabilities)
    assert np.array_equal(back.results[0].streams["spatial"], probabilities[::-1])
    assert back.results[0].trained_on == ("spatial",)
