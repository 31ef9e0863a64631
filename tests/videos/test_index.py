import csv
import shutil
from collections import Counter
from dataclasses import replace

import cv2
import numpy as np
import pytest

from support.project import make_lists
from support.videos import encode, index_from_counts, moving_dots
from twostream.errors import InputError
from twostream.videos import index, left_out, listing, probe, split_lists, summary
from twostream.videos.account import Account
from twostream.videos.left_out import LeftOut
from twostream.videos.probe import Probe

SETTINGS = {
    "max_bad": 0.05,
    "damaged": "refuse",
    "group_pattern": r"_g(\d+)",
    "test_fraction": 0.3,
    "seed": 0,
    "split": 1,
}


def assemble(folder, lists=None, **changed):
    """The index of the videos in `folder`, really decoded, as the step makes it."""
    settings = SETTINGS | changed
    files = listing.scan(folder)
    ids = [file.id for file in files]
    split = split_lists.read_for(folder, ids, lists, settings["split"]) if lists else None
    candidates = [id for id in ids if split is None or id in split.subset_of]
    probes = {id: probe.probe(folder / id) for id in candidates}
    account = Account(left_out=left_out.count((left_out.UNLISTED, id) for id in ids if id not in candidates))
    return index.assemble(folder, probes, split, settings, account)


def test_a_tree_without_lists_is_split_by_group(tree):
    catalogue = assemble(tree())
    assert catalogue.class_names == ("Jump", "Run")
    assert len(catalogue.videos) == 12
    sides = {(video.group, video.subset) for video in catalogue.videos}
    assert len(sides) == 3
    assert Counter(split for _, split in sides) == {"train": 2, "test": 1}
    assert {video.frames for video in catalogue.videos} == {15, 16}


def test_the_index_comes_back_as_it_was_written(tree, tmp_path):
    catalogue = assemble(tree(groups=2))
    index.write(tmp_path / "index.json", catalogue)
    assert index.read(tmp_path / "index.json") == catalogue


def test_bad_videos_are_recorded_and_left_out(tree):
    folder = tree()
    (folder / "Jump" / "empty.avi").touch()
    (folder / "Run" / "text.mp4").write_text("<script>alert(1)</script>")
    encode(folder / "Run" / "single.avi", moving_dots(1))
    catalogue = assemble(folder, max_bad=0.25)
    assert {bad.id: bad.reason.split(":")[0] for bad in catalogue.bad} == {
        "Jump/empty.avi": "the file is empty",
        "Run/single.avi": "a single frame",
        "Run/text.mp4": "not a video that FFmpeg can open, or cut short",
    }
    assert len(catalogue.videos) == 12


def test_too_many_bad_videos_end_the_run(tree):
    folder = tree()
    (folder / "Jump" / "empty.avi").touch()
    with pytest.raises(InputError, match=r"index.max_bad: 1 of 13 videos is bad, 5.0% are allowed.*Jump/empty.avi"):
        assemble(folder)


def test_a_listed_video_that_is_not_there_is_named(tree, tmp_path):
    folder = tree(groups=1)
    (tmp_path / "classInd.txt").write_text("1 Jump\n2 Run\n")
    (tmp_path / "trainlist01.txt").write_text("Jump/v_Jump_g01_c01.avi 1\nRun/v_Run_g01_c01.avi 2\n")
    (tmp_path / "testlist01.txt").write_text("Jump/gone.avi\n")
    with pytest.raises(InputError, match=r"testlist01\.txt: Jump/gone\.avi is not in"):
        assemble(folder, tmp_path)


def test_videos_in_no_list_are_counted_and_left_out(tree, tmp_path):
    folder = tree(groups=1)
    (tmp_path / "classInd.txt").write_text("1 Jump\n2 Run\n")
    (tmp_path / "trainlist01.txt").write_text("Jump/v_Jump_g01_c01.avi 1\nRun/v_Run_g01_c01.avi 2\n")
    (tmp_path / "testlist01.txt").write_text("Jump/v_Jump_g01_c02.avi\n")
    catalogue = assemble(folder, tmp_path)
    assert (len(catalogue.videos), catalogue.account.unlisted) == (3, 1)


def test_one_recording_cannot_be_split(tree):
    with pytest.raises(InputError, match=r"no video is left to test.*index\.group_pattern"):
        assemble(tree(groups=1))
    assert assemble(tree(groups=1), group_pattern=None).subset("test")


def test_where_the_limit_leaves_no_video_to_test_it_is_named(tree):
    folder = tree(groups=1)
    probes = {
        f"{name}/v_{name}_g01_c01.avi": probe.probe(folder / name / f"v_{name}_g01_c01.avi") for name in ("Jump", "Run")
    }
    account = Account(left_out=left_out.count([(left_out.BEYOND_LIMIT, "Jump/v_Jump_g01_c02.avi")]))
    with pytest.raises(
        InputError, match=r"no video is left to test: raise dataset\.limit: a class needs videos of two"
    ):
        index.assemble(folder, probes, None, SETTINGS, account)


def test_one_file_and_one_video_are_counted_as_one(tree):
    folder = tree(groups=4)
    copy = folder / "Jump" / "v_Jump_g01_c09.avi"
    shutil.copy(folder / "Jump" / "v_Jump_g01_c01.avi", copy)
    (folder / "Run" / "v_Run_g01_c01.avi").write_bytes(b"")
    lines = summary.lines(assemble(folder, max_bad=0.5))
    assert any(line.startswith("1 video is bad, Run/v_Run_g01_c01.avi: the file is empty") for line in lines)
    assert any(line.startswith("1 video is a copy of another, to the byte: Jump/") for line in lines)


def test_a_folder_without_videos_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no `class/video` file"):
        listing.scan(tmp_path)
    with pytest.raises(InputError, match="is not a folder"):
        listing.scan(tmp_path / "nowhere")


def test_one_class_is_refused(tree):
    with pytest.raises(InputError, match="has one class, `Jump`, so that there is nothing to tell apart: add"):
        assemble(tree(classes=("Jump",)))


def test_classes_without_a_training_video_are_named(tree, tmp_path):
    folder = tree(classes=("Jump", "Run", "Swim"), groups=2)
    make_lists(tmp_path / "splits", folder)
    (tmp_path / "splits" / "classInd.txt").write_text("1 Jump\n2 Run\n3 Swim\n4 Wave\n")
    (tmp_path / "splits" / "trainlist01.txt").write_text("Jump/v_Jump_g02_c01.avi 1\n")
    with pytest.raises(InputError, match="class `Run` has no training video, nor have 2 more"):
        assemble(folder, tmp_path / "splits")


def test_classes_without_a_test_video_or_a_usable_one_are_noted(tree):
    folder = tree(groups=2)
    encode(folder / "Swim" / "v_Swim_g07_c01.avi", moving_dots(20))
    (folder / "Wave").mkdir()
    (folder / "Wave" / "v_Wave_g01_c01.avi").write_bytes(b"no video")
    catalogue = assemble(folder, max_bad=0.2)
    assert summary.notes(catalogue) == ["without a test video: 1 class (Swim)", "all videos are bad: 1 class (Wave)"]
    of_table = replace(catalogue, account=replace(catalogue.account, form="csv, since all.csv has the columns"))
    assert summary.notes(of_table) == ["without a test video: 1 class (Swim)"]  # Its folders say no class.


class TestCopies:
    """Files of the same bytes."""

    def test_are_one_recording_in_a_split_of_our_own(self, tree):
        folder = tree(groups=4)
        for group in (1, 2, 3):
            copy = folder / "Run" / f"v_Run_g{group:02d}_c09.avi"
            shutil.copy(folder / "Jump" / "v_Jump_g01_c01.avi", copy)
        catalogue = assemble(folder)
        rows = catalogue.account.copies
        assert [(len(row.ids), row.classes, row.subsets) for row in rows] == [(4, 2, 1)]
        assert {video.group for video in catalogue.videos} == {"g01", "g04"}
        first = " = ".join(rows[0].ids[:3])
        assert summary.notes(catalogue) == [
            f"3 videos are copies of others, to the byte: {first} = ...",
            f"equal videos are in several classes, 1 in all: {first} = ...",
        ]

    def test_are_named_where_nothing_else_is_left_to_test(self, tree):
        folder = tree(groups=1)
        for name in ("Jump", "Run"):
            shutil.copy(folder / name / f"v_{name}_g01_c01.avi", folder / name / f"v_{name}_g02_c01.avi")
        message = (
            r"no video is left to test \(2 of 6 are copies, as Jump/v_Jump_g01_c01\.avi = Jump/v_Jump_g02_c01\.avi"
        )
        with pytest.raises(InputError, match=message):
            assemble(folder)

    def test_stay_where_the_lists_put_them_and_are_named(self, tree, tmp_path):
        folder = tree(groups=2)
        shutil.copy(folder / "Jump" / "v_Jump_g01_c01.avi", folder / "Jump" / "v_Jump_g02_c02.avi")
        make_lists(tmp_path / "splits", folder)
        catalogue = assemble(folder, tmp_path / "splits")
        assert (len(catalogue.subset("train")), len(catalogue.subset("test"))) == (4, 4)
        equal = "Jump/v_Jump_g01_c01.avi = Jump/v_Jump_g02_c02.avi"
        assert f"equal videos are in both subsets, 1 in all: {equal}" in summary.notes(catalogue)


class TestUnknownSuffixes:
    """Files that are opened to tell whether they are videos."""

    @pytest.fixture
    def folder(self, tree):
        folder = tree()
        for path in (folder / "Run").iterdir():
            path.rename(path.with_suffix(".divx_of_old"))
        picture = next(moving_dots(1))
        assert cv2.imwrite(str(folder / "Run" / "picture.png"), picture)
        (folder / "Run" / "picture.png").rename(folder / "Run" / "picture.thumbnail")
        (folder / "Run" / "noise.blob").write_bytes(np.random.default_rng(0).bytes(5000))
        return folder

    def test_are_used_or_counted(self, folder):
        catalogue = assemble(folder, max_bad=0)
        assert (len(catalogue.videos), catalogue.class_names) == (12, ("Jump", "Run"))
        names = ("Run/noise.blob", "Run/picture.thumbnail")
        assert catalogue.account.left_out == (LeftOut(left_out.NO_VIDEO, 2, names),)

    def test_strict_admits_none_that_is_not_used(self, folder):
        with pytest.raises(
            InputError, match=r"index\.strict: 2 of an unknown suffix.*\(Run/noise\.blob, .*: delete these"
        ):
            assemble(folder, strict=True)
        for path in (folder / "Run").glob("*.[bt]*"):
            path.unlink()
        assert not assemble(folder, strict=True).account.left_out


class TestOfficialLists:
    @pytest.fixture
    def frames(self, ucf101):
        with (ucf101 / "frame_counts.csv").open() as file:
            return {row["video"]: int(row["frames"]) for row in csv.DictReader(file)}

    def test_split_1_has_its_published_size(self, ucf101, frames):
        catalogue = index_from_counts(ucf101 / "splits", frames, SETTINGS | {"max_bad": 0})
        assert (len(catalogue.subset("train")), len(catalogue.subset("test"))) == (9537, 3783)
        assert len(catalogue.videos) == 13320
        assert len(catalogue.class_names) == 101
        assert len({video.group for video in catalogue.videos}) == 25
        assert {video.group for video in catalogue.subset("test")} == {f"g{group:02d}" for group in range(1, 8)}
        assert sum(video.frames - 1 for video in catalogue.videos) == 2_469_975

    @pytest.mark.parametrize("number", [1, 2, 3])
    def test_no_recording_is_in_both_train_and_test(self, ucf101, number):
        split = split_lists.read(ucf101 / "splits", number)
        sides = {(id.split("/")[0], id.split("_")[2], side) for id, side in split.subset_of.items()}
        assert len(sides) == len({(name, group) for name, group, _ in sides})

    def test_a_length_that_is_not_recorded_makes_a_bad_video(self, ucf101, frames):
        del frames["v_Archery_g01_c01"]
        catalogue = index_from_counts(ucf101 / "splits", frames, SETTINGS)
        assert [bad.id for bad in catalogue.bad] == ["Archery/v_Archery_g01_c01.avi"]


@pytest.mark.parametrize(("frames", "verb"), [(1, "is"), (3, "are")])
@pytest.mark.parametrize(("damaged", "bad"), [("refuse", 1), ("keep", 0)])
def test_a_damaged_video_is_refused_or_kept_with_its_count(tree, damaged, bad, frames, verb):
    folder = tree()
    ids = [file.id for file in listing.scan(folder)]
    probes = {id: Probe(digest=id, frames=9, damaged=frames * (id == ids[0])) for id in ids}
    catalogue = index.assemble(folder, probes, None, SETTINGS | {"damaged": damaged, "max_bad": 0.5})
    assert len(catalogue.bad) == bad
    reason = f"damaged: {frames} of its frames {verb} corrupt or lost, 9 can be decoded"
    assert [video.reason for video in catalogue.bad] == [reason] * bad
    assert [video.damaged for video in catalogue.videos if video.id == ids[0]] == [frames] * (1 - bad)
