"""Which videos are of one recording: by a pattern, by the names of published data sets, by stems."""

import pytest

from support.videos import entry
from twostream.errors import InputError
from twostream.videos import recordings, remarks, split_lists

TAIL = "u_cm_np1_fr_med"


def group_of(video, pattern):
    return recordings.find([video], pattern)[0][video]


def groups(videos):
    group_of, grouping = recordings.find(videos, recordings.AUTO)
    return [group_of[video] for video in videos], grouping


class TestPatterns:
    def test_a_video_without_a_group_in_its_name_is_its_own(self):
        assert group_of("Jump/holiday.mp4", r"_g(\d+)") == "Jump/holiday.mp4"
        assert group_of("Jump/v_Jump_g07_c01.avi", r"_g(\d+)") == "g07"
        assert group_of("Jump/v_Jump_g07_c01.avi", None) == "Jump/v_Jump_g07_c01.avi"

    @pytest.mark.parametrize(
        ("pattern", "group"),
        [
            (r"_g\d+", "_g07"),
            (r"_g(\d+)", "g07"),
            (r"_(?:h(\d+)|g(\d+))", "g07"),
            (r"(?P<who>g\d+)(_x)?", "gg07"),
            (r"_h", None),
        ],
    )
    def test_a_pattern_may_have_no_group_several_or_no_match(self, pattern, group):
        video = "Jump/v_Jump_g07_c01.avi"
        assert group_of(video, pattern) == (group or video)

    @pytest.mark.parametrize("pattern", [r"_c\d+(_x)?", r"(x*)", r"x*"])
    def test_videos_in_which_a_group_takes_no_part_are_named(self, pattern):
        with pytest.raises(
            InputError, match=r"matches in A/a_c1\.avi and in 1 more, and its group is empty there: make"
        ):
            recordings.find(["B/b_c1.avi", "A/a_c1.avi"], pattern)

    def test_a_pattern_that_is_in_few_names_leaves_recordings_unknown(self):
        videos = [f"a/x_s{n % 3}_{n}.avi" for n in range(20)]
        assert recordings.find(videos, r"_s(\d)")[1] == recordings.Grouping(r"_s(\d) in the names", True)
        grouping = recordings.find([*videos, "a/1.avi", "a/2.avi"], r"_s(\d)")[1]
        assert not grouping.is_known
        assert grouping.rule == (
            r"_s(\d) in the names (20 of 22 videos), "
            "and by nothing for 2, each of which counts as a recording of its own"
        )


class TestPublishedNames:
    def test_ucf101(self, ucf101):
        videos = list(split_lists.read(ucf101 / "splits", 1).subset_of)
        names, grouping = groups(videos)
        assert grouping == recordings.Grouping("gNN in UCF101's names", True)
        assert sorted(set(names)) == [f"g{n:02d}" for n in range(1, 26)]

    def test_films_of_hmdb51_are_whole_across_classes_parts_and_spellings(self):
        videos = [
            f"sword/The_Two_Towers_1_sword_{TAIL}_0.avi",
            f"ride_horse/The_Two_Towers_2_ride_horse_{TAIL}_13.avi",
            f"ride_horse/the_Two-Towers_2_ride_horse_{TAIL.replace('np1', 'np10')}_1.avi",
            f"ride_horse/Fellowship_ride_horse_{TAIL}_1.avi",
        ]
        names, grouping = groups(videos)
        assert names == ["the two towers"] * 3 + ["fellowship"]
        assert grouping == recordings.Grouping("the film in HMDB51's names", True)

    def test_no_clip_of_hmdb51s_lists_is_alone_for_want_of_a_film(self, hmdb51):
        split = split_lists.read(hmdb51 / "splits", 1)
        names, grouping = groups([video for video, subset in split.subset_of.items() if subset == "test"])
        assert grouping == recordings.Grouping("the film in HMDB51's names", True)
        assert len(names) == 1530
        assert 400 < len(set(names)) < 480

    def test_kinetics_ids(self):
        videos = ["abseiling/0347ZoDXyP0_000095_000105.mp4", "abseiling/0347ZoDXyP0_000195_000205.mp4"]
        assert groups(videos) == (["0347ZoDXyP0"] * 2, recordings.Grouping("the source's id in Kinetics' names", True))


class TestStems:
    def test_names_equal_up_to_a_number_are_one_recording(self):
        videos = ["run/sea_1.avi", "run/sea_2.avi", "run/Sea_2 (1).avi", "run/hill-7.avi", "run/hill-8 - Copy.avi"]
        videos += ["run/wood1.avi", "run/wood2.avi", "jump/sea_3.avi", "jump/sea_4.avi", "jump/hill_1.avi"]
        names, grouping = groups([*videos, "jump/hill_2.avi"])
        assert names == ["sea"] * 3 + ["hill"] * 2 + ["wood"] * 2 + ["sea"] * 2 + ["hill"] * 2
        assert grouping == recordings.Grouping("names that are equal up to a number", True)

    @pytest.mark.parametrize(
        "names",
        [[f"{n:03d}" for n in range(9)], [f"clip_{n}" for n in range(9)], [f"{n:x}{n}b" for n in range(40, 49)]],
    )
    def test_names_that_tell_nothing_leave_recordings_unknown(self, names):
        videos = [f"{class_name}/{name}.avi" for class_name in ("run", "jump") for name in names]
        assert groups(videos) == (videos, recordings.Grouping(recordings.ALONE_WORDS, False))


def test_a_single_odd_name_is_told_in_the_singular():
    names = [f"A/v_A_g{number:02d}_c01.avi" for number in range(20)]
    _, grouping = recordings.find([*names, "A/holiday.avi"], "auto")
    words = "gNN in UCF101's names (20 of 21 videos), and by nothing for 1, which counts as a recording of its own"
    assert grouping.rule == words


@pytest.mark.parametrize(("damaged", "words"), [(1, "1 of 3 videos is damaged"), (2, "2 of 3 videos are damaged")])
def test_what_is_remarked_of_one_video_is_told_in_the_singular(damaged, words):
    (line,) = remarks.lines([entry(f"A/{n}.avi", damaged=int(n < damaged)) for n in range(3)])
    assert line.startswith(f"warning: {words}, and kept")
