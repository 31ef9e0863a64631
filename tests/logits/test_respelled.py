"""Names of videos and classes that score files spell otherwise, and in another order, than the lists."""

import numpy as np
import pytest

from twostream.errors import InputError
from twostream.logits.match import match_videos
from twostream.videos import split_lists

CLASSES = ("brush_hair", "climb", "eat")
VIDEOS = ("brush_hair/UPDATED!!!!_1.avi", "climb/(HQ)_Rock_0.avi", "climb/(HQ)_Rock_1.avi", "eat/A&B.avi")
LABELS = np.array([0, 1, 1, 2])
VALUES = np.arange(12, dtype=np.float32).reshape(4, 3)


@pytest.fixture
def match(tmp_path):
    def run(names, classes=None, videos=VIDEOS, trained=("eat/trained.avi",), labels=None):
        """Match VALUES of `names`; the lists have `videos` to test and `trained` to train."""
        folder = tmp_path / "lists"
        folder.mkdir()
        for name in CLASSES:
            rows = [f"{video} {number}" for number, them in ((2, videos), (1, trained)) for video in them]
            lines = [row.split("/")[1] for row in rows if row.startswith(f"{name}/")]
            (folder / f"{name}_test_split1.txt").write_text("\n".join(lines))
        stored = {"scores": np.resize(VALUES, (len(names), 3)), "names": np.array(names)}
        np.savez(tmp_path / "a.npz", **stored, **({} if labels is None else {"labels": labels}))
        return match_videos(tmp_path / "a.npz", split_lists.read(folder, 1), None, classes=classes)

    return run


def underscored(name):
    return "".join(letter if letter.isalnum() or letter in "/." else "_" for letter in name)


def row_of(matched, video):
    return matched.logits.logits[matched.logits.video_id.index(video), 0, 0] / 3


class TestVideos:
    def test_names_of_equal_letters_and_digits_are_matched_counted_and_named(self, match):
        matched = match(list(map(underscored, VIDEOS)))
        assert [row_of(matched, video) for video in VIDEOS] == [0, 1, 2, 3]
        assert len(matched.remarks) == 1
        assert matched.remarks[0].startswith("4 names differ from the list's in punctuation, and agree in letters and")
        assert (
            "brush_hair/UPDATED_____1.avi is brush_hair/UPDATED!!!!_1.avi, and so on for 3 more" in matched.remarks[0]
        )

    def test_names_without_folders_are_matched_too(self, match):
        matched = match([underscored(video).split("/")[1] for video in VIDEOS])
        assert [row_of(matched, video) for video in VIDEOS] == [0, 1, 2, 3]

    def test_exact_names_are_no_remark(self, match):
        assert match(list(VIDEOS)).remarks == []

    def test_two_listed_names_of_equal_letters_keep_their_own_rows(self, match):
        videos = ("climb/a-b.avi", "climb/ab.avi", "brush_hair/c.avi", "eat/d.avi")
        matched = match(["climb/ab.avi", "climb/a_b.avi", "brush_hair/c.avi", "eat/d.avi"], videos=videos)
        assert (row_of(matched, "climb/a-b.avi"), row_of(matched, "climb/ab.avi")) == (1, 0)

    @pytest.mark.parametrize("names", [["climb/a_b.avi", "climb/a b.avi"], ["climb/A_B.avi", "climb/a+b.avi"]])
    def test_what_may_be_either_of_two_is_refused(self, match, names):
        videos = ("climb/a-b.avi", "climb/a!b.avi", "brush_hair/c.avi", "eat/d.avi")
        with pytest.raises(
            InputError, match=r"2 videos of the list are missing: climb/a-b\.avi, climb/a!b\.avi \(near"
        ):
            match([*names, "brush_hair/c.avi", "eat/d.avi"], videos=videos)

    def test_a_listed_training_video_is_not_taken_for_another(self, match):
        names = ["brush_hair/UPDATED!!!!_1.avi", *VIDEOS[1:3], "eat/A_B.avi", "eat/more.avi"]
        with pytest.raises(InputError, match=r"1 video of the list is missing: eat/A&B\.avi \(near .* is eat/A_B"):
            match(names, trained=("eat/A_B.avi",))

    def test_a_missing_video_is_named_with_the_nearest_name(self, match):
        with pytest.raises(InputError) as refused:
            match(["brush_hair/UPDATE!!!!_1.avi", *VIDEOS[1:]])
        assert (
            "missing: brush_hair/UPDATED!!!!_1.avi (near brush_hair/UPDATED!!!!_1.avi is brush_hair/UPDATE!!!!_1.avi)"
            in (str(refused.value))
        )

    def test_a_video_of_another_class_is_not_taken(self, match):
        with pytest.raises(InputError, match=r"1 video of the list is missing: eat/A&B\.avi"):
            match([*VIDEOS[:3], "climb/A_B.avi"])


class TestClasses:
    def test_labels_of_another_order_are_matched_by_the_names_of_classes(self, match):
        order = np.array([2, 0, 1])  # The file's number of each class of the lists.
        matched = match(list(VIDEOS), labels=order[LABELS])
        np.testing.assert_array_equal(matched.logits.logits[0, 0], VALUES[0][order])
        assert matched.remarks == [
            "3 of 3 classes have other numbers than in the lists (0 is climb); they are matched by name"
        ]

    @pytest.mark.parametrize("first", [0, 1])
    def test_labels_may_be_numbered_from_one(self, match, first):
        matched = match(list(VIDEOS), labels=LABELS + first)
        np.testing.assert_array_equal(
            matched.logits.logits[:, 0], VALUES[[VIDEOS.index(v) for v in matched.logits.video_id]]
        )

    def test_labels_that_agree_with_no_order_are_counted_and_named(self, match):
        with pytest.raises(InputError, match=r"not those of the list in 1 video, first climb/\(HQ\)_Rock_1\.avi"):
            match(list(VIDEOS), labels=np.array([0, 1, 0, 2]))

    @pytest.mark.parametrize("text", ["eat\nBrush Hair\nclimb\n", "2 climb\n0 eat\n1 brush_hair\n"])
    def test_a_list_of_classes_names_the_columns(self, match, tmp_path, text):
        (tmp_path / "classes.txt").write_text(text)
        matched = match(list(VIDEOS), classes=tmp_path / "classes.txt")
        np.testing.assert_array_equal(matched.logits.logits[0, 0], VALUES[0][[1, 2, 0]])

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("eat\nclimb\n", r"classes\.txt: 2 classes are named"),
            ("eat\nclimb\nrun\n", r"classes\.txt: 1 class of the list is missing: brush_hair"),
            ("1 eat\n1 brush_hair\n2 climb\n", r"classes\.txt: 3 classes of the list are missing"),
        ],
    )
    def test_a_list_of_other_classes_is_refused(self, match, tmp_path, text, words):
        (tmp_path / "classes.txt").write_text(text)
        with pytest.raises(InputError, match=words):
            match(list(VIDEOS), classes=tmp_path / "classes.txt")


@pytest.mark.parametrize(("name", "respelled"), [("flow", 351), ("iframe", 351), ("mv", 0)])
def test_hmdb51s_published_scores_are_matched_one_to_one(hmdb51, name, respelled):
    split = split_lists.read(hmdb51 / "splits", 1)
    matched = match_videos(hmdb51 / "scores" / f"hmdb_{name}_s1.npz", split, "auto")
    assert (len(matched.logits.video_id), matched.extra) == (1530, [])
    *of_names, of_classes = matched.remarks
    assert [remark.split(" ")[0] for remark in of_names] == ([str(respelled)] if respelled else [])
    assert of_classes == "51 of 51 classes have other numbers than in the lists (0 is smile); they are matched by name"
    top1 = (matched.logits.logits[:, 0].argmax(axis=1) == matched.logits.label).mean()
    assert top1 > 0.35
