from dataclasses import replace

import pytest

from support.videos import entry
from twostream.report import checks
from twostream.videos.copies import Copies
from twostream.videos.index import BadVideo, Index
from twostream.videos.left_out import LeftOut
from twostream.videos.recordings import Grouping
from twostream.videos.splits import Split


def videos(subset: str, groups: str, count: int = 6, label: int = 0, **fields: object) -> list:
    """Return `count` videos a group, of one class."""
    return [
        entry(f"{'ab'[label]}/{subset}{group}{n}.avi", subset=subset, group=group, label=label, **fields)
        for group in groups
        for n in range(count)
    ]


GROUPS = {"train": "xyu", "test": "zst"}
SOUND = Index(
    ("a", "b"),
    tuple(video for label in (0, 1) for subset in GROUPS for video in videos(subset, GROUPS[subset], 3, label=label)),
    (),
)


def verdict(index: Index, name: str) -> tuple[str, str, list[str]]:
    """Return the verdict, the reason and the worst cases of the check whose name has `name`."""
    (row,) = (row for row in checks.of_index(index) if name in row["name"])
    return row["verdict"], row["reason"], row["worst"]


def with_videos(*more) -> Index:
    return replace(SOUND, videos=(*SOUND.videos, *more))


def with_account(**fields) -> Index:
    return replace(SOUND, account=replace(SOUND.account, **fields))


def test_a_sound_data_set_passes_every_check():
    assert {row["verdict"] for row in checks.of_index(SOUND)} == {"pass"}


def test_a_recording_in_both_subsets_is_a_failure_and_is_named():
    found, reason, worst = verdict(with_videos(entry("a/more.avi", subset="test", group="x")), "No recording")
    assert (found, worst) == ("fail", ["a: x"])
    assert reason.startswith("in both: 1 recording;")


def test_recordings_of_one_name_in_two_classes_are_two():
    index = with_videos(entry("b/more.avi", subset="test", group="w", label=1), *videos("train", "w"))
    assert verdict(index, "No recording")[0] == "pass"


def test_unknown_recordings_cannot_pass():
    index = with_account(grouping=Grouping("nothing", False))
    assert verdict(index, "No recording")[:2] == (
        "warn",
        "not known: names do not tell recordings; index.group_pattern can say how they do",
    )


@pytest.mark.parametrize(
    ("name", "copies", "expected"),
    [
        ("both subsets under two", Copies(("a/1.avi", "a/2.avi"), classes=1, subsets=2), "fail"),
        ("in two classes", Copies(("a/1.avi", "b/2.avi"), classes=2, subsets=1), "warn"),
    ],
)
def test_equal_files_are_named(name, copies, expected):
    found, _, worst = verdict(with_account(copies=(copies,)), name)
    assert (found, worst) == (expected, [" = ".join(copies.ids)])


def test_a_class_without_test_videos_is_named_and_one_with_few_too():
    without = replace(SOUND, class_names=("a", "b", "<i>c</i>"))
    found, reason, worst = verdict(without, "test videos")
    assert (found, worst) == ("warn", ["<i>c</i>"]) and reason.startswith("none in 1 class:")
    few = Index(("a",), (*videos("train", "x"), *videos("test", "y", count=2)), ())
    assert verdict(few, "test videos")[2] == ["a: 2"]


def test_a_class_without_training_videos_fails():
    assert verdict(replace(SOUND, class_names=("a", "b", "c")), "training videos")[0] == "fail"


def test_what_was_left_out_is_named():
    index = replace(SOUND, bad=(BadVideo("a/broken.avi", "has no frame"),))
    assert verdict(index, "is used") == ("warn", "left out: 1 of 37 videos", ["a/broken.avi: has no frame"])
    others = with_account(left_out=(LeftOut("hidden", 3, ("a/.x",)),))
    assert verdict(others, "is used") == ("pass", "all 36; other files in the folder: 3", ["hidden: 3"])


def test_rates_and_sizes_that_differ_are_counted():
    index = with_videos(entry("a/fast.avi", group="x", fps=50.0, width=128))
    found, reason, worst = verdict(index, "frame rate")
    assert found == "warn" and reason.startswith("another rate than 25 frames a second: 1 of 37 videos;")
    assert worst == ["25 a second: 36 videos", "50 a second: 1 video"]
    assert verdict(index, "one size")[2] == ["64 x 48 pixels: 36 videos", "128 x 48 pixels: 1 video"]
    assert verdict(with_videos(entry("a/ntsc.avi", group="x", fps=25.01)), "frame rate")[0] == "pass"


def test_damage_is_named_the_worst_first():
    index = with_videos(entry("a/1.avi", group="x", damaged=1), entry("a/2.avi", group="x", damaged=8))
    assert verdict(index, "damaged")[2] == ["a/2.avi: 8 of 9 frames", "a/1.avi: 1 of 9 frames"]


def test_lists_alone_tell_of_recordings_and_classes():
    subset_of = {
        f"{name}/v_{name}_g{group:02d}_c{clip:02d}.avi": "test" if group > 3 else "train"
        for name in "ab"
        for group in range(1, 7)
        for clip in range(1, 7)
    }
    label_of = {video: "ab".index(video[0]) for video in subset_of}
    split = Split(class_names=("a", "b"), subset_of=subset_of, label_of=label_of)
    assert [row["verdict"] for row in checks.of_lists(split, "auto")] == ["pass"] * 4
    moved = replace(split, subset_of=subset_of | {"a/v_a_g02_c01.avi": "test"})
    recordings = checks.of_lists(moved, "auto")[0]
    assert (recordings["verdict"], recordings["worst"]) == ("fail", ["a: g02"])


def test_few_recordings_of_a_class_are_a_warning_that_names_them():
    few = replace(SOUND, videos=tuple(video for video in SOUND.videos if video.id[0] == "a" or video.group in "xyzst"))
    found, reason, worst = verdict(few, "enough recordings")
    assert (found, worst) == ("warn", ["b: 2 to train on, 3 to test on"])
    assert "1 class of 2" in reason
