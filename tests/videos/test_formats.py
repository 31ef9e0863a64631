"""Each form of a data set: what its own files say of the videos, and how it is told from the others."""

import json
from collections import Counter
from pathlib import Path

import pytest

from twostream.config import check
from twostream.errors import InputError
from twostream.videos import listing, split_lists
from twostream.videos.formats import detection, reading
from twostream.videos.splits import Split

HMDB51_TO_TRAIN, HMDB51_TO_TEST = 3570, 1530
SOMETHING = ("Holding something", "Tearing something into two pieces")


@pytest.fixture
def tmp_path(tmp_path: Path) -> Path:
    """A folder that no other test's lists lie beside: lists beside a data set are read too."""
    folder = tmp_path / "dataset"
    folder.mkdir()
    return folder


def touch(folder: Path, *files: str) -> Path:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(b"\0")
    return folder


def read(folder: Path, missing: str = "error", **dataset: object) -> tuple[str, Split | None]:
    """What the folder is taken for and why, and the split of its files."""
    settings = check.check({"dataset": {"folder": str(folder), **dataset}})["dataset"]
    form = detection.detect(folder, settings)
    files = listing.scan_all(folder, None, form.depth, reading.files(form, settings["split"])).files
    split = reading.read(form, folder, [file.id for file in files], settings["split"], missing == "skip")
    return f"{form.name}: {form.reason}", split


def subsets(split: Split | None) -> dict[str, tuple[str, str]]:
    """The class and the subset of each video."""
    assert split
    return {id: (split.class_names[label], split.subset_of.get(id, "")) for id, label in split.label_of.items()}


def table(folder: Path, text: str | bytes, name: str = "videos.csv") -> Path:
    touch(folder, "a.mp4", "b/b.mp4", "c.mp4", "d.mp4")
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


class TestCsv:
    @pytest.mark.parametrize(
        "text",
        [
            "path,label,split\na.mp4,jump,train\nb/b.mp4,run,test\n",
            "\ufeffpath;label;split\r\na.mp4;jump;training\r\nb\\b.mp4;run;val\r\n",
            'split\tPath\tlabel\n"train"\t"a.mp4"\tjump\n\ntest\tb/b.mp4\t"run"\n',
            "'path'|'label'|'split'\n'./a.mp4'|'jump'|'train'\nb/b|run|validation\n",
            "path,label,split\na.mp4,jump,train\nb/b.mp4,run,test\n".encode("utf-16"),
        ],
        ids=["comma", "semicolon", "tab", "bar", "utf-16"],
    )
    def test_delimiter_quotes_and_encoding_are_found_out(self, tmp_path, text):
        what, split = read(table(tmp_path / "set", text), annotations=str(tmp_path / "set" / "videos.csv"))
        assert what == "csv: set/videos.csv has the columns path and label"
        assert subsets(split) == {"a.mp4": ("jump", "train"), "b/b.mp4": ("run", "test")}

    def test_it_is_found_in_the_folder_and_beside_it(self, tmp_path):
        folder = table(tmp_path / "set", "path,label\na.mp4,jump\nb/b.mp4,run\n")
        assert read(folder)[0].startswith("csv: set/videos.csv")
        (folder / "videos.csv").rename(tmp_path / "all.tsv")
        what, split = read(folder)
        assert what.startswith("csv: all.tsv")
        assert split
        assert not split.divides

    def test_a_table_of_other_things_is_none(self, tmp_path):
        folder = touch(tmp_path / "set", "jump/a.mp4")
        (tmp_path / "notes.csv").write_text("path,label\nelsewhere.mp4,x\n")
        assert read(folder) == ("folder: its folders hold videos: class/video", None)

    @pytest.mark.parametrize("text", ["", "z.mp4,x\n", '"a.mp4,x\nb/b.mp4,y\n'], ids=["no row", "missing", "quote"])
    def test_a_faulty_table_in_the_folder_is_told_and_not_passed_over(self, tmp_path, text):
        folder = table(touch(tmp_path / "set", "jump/e.mp4"), f"path,label\n{text}")
        with pytest.raises(InputError, match=r"lists no video|is not in"):
            read(folder)

    def test_a_heading_longer_than_a_cell_may_be_is_told(self, tmp_path):
        with pytest.raises(InputError, match=r"is no table that can be read \(field larger"):
            read(table(tmp_path, f"path,label,{'x' * 200_000}\na.mp4,jump,\n"))

    def test_a_table_beside_the_folder_may_name_files_by_other_suffixes_and_missing_ones_first(self, tmp_path):
        touch(tmp_path / "set", "jump/a.mp4")
        (tmp_path / "all.csv").write_text("path,label\n" + "jump/z.mp4,x\n" * 5 + "jump/a.avi,x\n")
        assert read(tmp_path / "set", missing="skip")[0].startswith("csv: all.csv")

    def test_groups_are_recordings_and_validation_is_left_where_there_is_a_test_subset(self, tmp_path):
        text = "path,label,split,group\na.mp4,2,train,x\nb/b.mp4,10,test,y\nc.mp4,2,val,x\nd.mp4,10,train,\n"
        _, split = read(table(tmp_path, text))
        assert split
        assert split.class_names == ("2", "10")
        assert (split.groups, split.unused) == ({"a.mp4": "x", "b/b.mp4": "y", "c.mp4": "x"}, {"c.mp4"})
        assert Counter(split.subset_of.values()) == {"train": 2, "test": 1}

    def test_several_intervals_of_a_file_are_videos(self, tmp_path):
        text = (
            "path,label,start,end,start_frame,end_frame\na.mp4,jump,0,1:02.5,,\na.mp4,run,62.5,,,\nc.mp4,run,,,10,20\n"
        )
        _, split = read(table(tmp_path, text))
        assert split
        assert list(split.label_of) == ["a.mp4#t=0,62.5", "a.mp4#t=62.5", "c.mp4#frame=10,20"]
        assert {split.file_of(id) for id in split.label_of} == {"a.mp4", "c.mp4"}

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("path,label,clas\na.mp4,x,y\n", r"videos.csv: has an unknown column, `clas`: .*label"),
            ("path,label,speed\na.mp4,x,1\n", r"unknown column, `speed`: delete it; there are end, end_frame, group"),
            ("path,path,label\na.mp4,a.mp4,x\n", "two columns `path`: delete one"),
            ("file,label\na.mp4,x\n", r"names no column `path`: add a first line that names the columns"),
            ("path,label\n", "lists no video: add one"),
            ("path,label\na.mp4,x\nb/b.mp4,\n", "line 3: b/b.mp4 has no label: add it"),
            ("path,label\na.mp4,x\na.mp4,y\n", "line 3: a.mp4 has the label `y`, and `x` before: delete one"),
            ("path,label\na.mp4," + "x" * 999 + "\na.mp4,y\n", r"the label `y`, and `x{60}\.\.\.` before"),
            ("path,label\na.mp4,x|y\n", r"line 2: a.mp4 has several labels, `x\|y`: choose one"),
            ('path,label\na.mp4,"[1, 2]"\n', r"a.mp4 has several labels"),
            ("path,label\n../a.mp4,x\n", r"line 2: `../a.mp4` is no path within the data set's folder"),
            ("path,label\n/etc/passwd,x\n", "is no path within"),
            ("path,label\nC:\\a.mp4,x\n", "is no path within"),
            ("path,label\nz.mp4,x\n", r"z.mp4 is not in .*set dataset.missing to skip"),
            ("path,label\na.mp4,x\0\n", "line 2: holds a NUL"),
            ("path,label\na.mp4," + "x" * 200_000 + "\n", "is no table that can be read"),
            ("path,label\na.mp4,x,y,z\n", "line 2: has 4 cells, and the first line names 2 columns"),
            ("path,label,split\na.mp4,x,trian\n", "a.mp4 is of the subset `trian`: set it to train"),
            ("path,label,split\na.mp4,x,train\nc.mp4,x,\n", "line 3: c.mp4 has no subset, and others have"),
            ("path,label,split\na.mp4,x,train\na.mp4,x,test\n", "a.mp4 is of two subsets, train and test"),
            ("path,label,start\na.mp4,x,soon\n", "line 2: `soon` in start is no time"),
            ("path,label,start\na.mp4,x,nan\n", "`nan` in start is no time"),
            ("path,label,start,end\na.mp4,x,5,2\n", "line 2: ends at 2, not after its start, 5"),
            ("path,label,start,end_frame\na.mp4,x,5,9\n", "has an interval in seconds and in frames"),
            ("path,label,start_frame\na.mp4,x,1.5\n", "`1.5` in start_frame is no number of a frame"),
            (b"path,label\na.mp4,\xff\xfe\n", "is not a text file in UTF-8"),
        ],
    )
    def test_what_is_wrong_is_said_in_one_line(self, tmp_path, text, message):
        folder = table(tmp_path, text)
        with pytest.raises(InputError, match=message) as caught:
            read(folder, annotations=str(folder / "videos.csv"), format="csv")
        assert "\n" not in str(caught.value)

    def test_missing_videos_can_be_skipped(self, tmp_path):
        _, split = read(table(tmp_path, "path,label\na.mp4,x\nz.mp4,y\n"), missing="skip")
        assert split
        assert (list(split.label_of), split.missing) == (["a.mp4"], {"z.mp4"})


class TestHmdb51:
    @pytest.mark.parametrize("number", [1, 2, 3])
    def test_the_published_lists_divide_as_published(self, hmdb51, number):
        split = split_lists.read(hmdb51 / "splits", number)
        counts = Counter(split.subset_of.values())
        assert counts == {"train": HMDB51_TO_TRAIN, "test": HMDB51_TO_TEST}
        assert len(split.class_names) == 51

    def test_lists_beside_the_folder_are_taken(self, tmp_path):
        folder = touch(tmp_path / "hmdb51", "jump/a_jump_f_cm_np1_ba_med_0.avi", "run/b_run_f_cm_np1_ba_med_0.avi")
        lists = tmp_path / "testTrainMulti_7030_splits"
        lists.mkdir()
        (lists / "jump_test_split1.txt").write_text("a_jump_f_cm_np1_ba_med_0.avi 1\n")
        (lists / "run_test_split1.txt").write_text("b_run_f_cm_np1_ba_med_0.avi 2\n")
        what, split = read(folder)
        assert what == "hmdb51: CLASS_test_splitN.txt are in testTrainMulti_7030_splits"
        assert Counter(subset for _, subset in subsets(split).values()) == {"train": 1, "test": 1}
        with pytest.raises(InputError, match=r"dataset.format: is ucf101, and a folder of classInd.txt"):
            read(folder, format="ucf101")


class TestKinetics:
    HEAD = "label,youtube_id,time_start,time_end,split\n"

    def make(self, folder: Path) -> Path:
        touch(folder, "train/high kick/-_aaaaaaaaa_000003_000013.mp4", "val/bbbbbbbbbbb_000010_000020.mkv")
        (folder / "train.csv").write_text(f"{self.HEAD}high kick,-_aaaaaaaaa,3,13,train\n")
        (folder / "validate.csv").write_text(f"{self.HEAD}yoga,bbbbbbbbbbb,10.0,20.0,validate\n")
        (folder / "test.csv").write_text("youtube_id,time_start,time_end,split\nccccccccccc,1,11,test\n")
        return folder

    def test_files_are_found_by_id_and_times_in_any_folder(self, tmp_path):
        what, split = read(self.make(tmp_path / "k400"))
        assert what == "kinetics: k400/test.csv has the columns of Kinetics"
        assert subsets(split) == {
            "train/high kick/-_aaaaaaaaa_000003_000013.mp4": ("high kick", "train"),
            "val/bbbbbbbbbbb_000010_000020.mkv": ("yoga", "test"),
        }
        assert split
        assert set(split.groups.values()) == {"-_aaaaaaaaa", "bbbbbbbbbbb"}

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ("yoga,../../aaaaa,1,2,train", "is no id of a video"),
            ("yoga,bbbbbbbbbbb,soon,2,train", "time_start and time_end are `soon` and `2`"),
            ("yoga,zzzzzzzzzzz,1,2,train", "zzzzzzzzzzz_000001_000002 is not in"),
        ],
    )
    def test_what_is_wrong_is_said_in_one_line(self, tmp_path, line, message):
        folder = self.make(tmp_path)
        (folder / "train.csv").write_text(f"{self.HEAD}{line}\n")
        with pytest.raises(InputError, match=message):
            read(folder)


class TestSomething:
    def make(self, folder: Path, **changed: object) -> Path:
        touch(folder, "1.webm", "2.webm")
        parts = {
            "labels": {name: str(number) for number, name in enumerate(reversed(SOMETHING))},
            "train": [{"id": "1", "label": "holding a cup", "template": "Holding [something]"}],
            "validation": [{"id": "2", "label": "tearing paper", "template": "Tearing [something] into two pieces"}],
            "test": [{"id": "3"}],
        } | changed
        (folder / "labels").mkdir()
        for name, value in parts.items():
            (folder / "labels" / f"something-something-v2-{name}.json").write_text(json.dumps(value))
        return folder

    def test_templates_are_the_classes_in_the_order_of_their_numbers(self, tmp_path):
        what, split = read(self.make(tmp_path / "sth"))
        assert what == "something-something: labels.json, train.json and validation.json are in sth/labels"
        assert subsets(split) == {"1.webm": (SOMETHING[0], "train"), "2.webm": (SOMETHING[1], "test")}
        assert split
        assert split.class_names == tuple(reversed(SOMETHING))

    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ({"train": [{"id": "1", "template": "Flying [something]"}]}, "`Flying something`, is not in labels.json"),
            ({"train": [{"template": "Holding [something]"}]}, "video 1: has no id"),
            ({"train": [{"id": "../1", "template": "Holding [something]"}]}, "`../1` is no id"),
            ({"train": {"id": "1"}}, "is no list of videos"),
            ({"labels": ["Holding something"]}, "is no mapping of classes"),
            ({"labels": {"Holding something": "7"}}, "does not number its 1 class from 0"),
            ({"labels": {"Holding something": 0.7}}, "gives the class `Holding something` the number `0.7`: set it to"),
            ({"labels": {"Holding something": False}}, "gives the class `Holding something` the number `False`"),
            ({"train": [{"id": True, "template": "Holding [something]"}]}, "video 1: has no id"),
        ],
    )
    def test_what_is_wrong_is_said_in_one_line(self, tmp_path, changed, message):
        with pytest.raises(InputError, match=message):
            read(self.make(tmp_path, **changed))


class TestFolder:
    def test_first_folders_called_train_and_test_are_subsets(self, tmp_path):
        what, split = read(touch(tmp_path, "train/jump/a.mp4", "train/run/b.mp4", "val/jump/c.mp4", "val/run/d.mp4"))
        assert what == (
            "folder: its videos lie 2 folders deep: the folder that holds it is the class of a video,"
            " and the first folder its subset"
        )
        assert subsets(split)["val/run/d.mp4"] == ("run", "test")
        assert Counter(subset for _, subset in subsets(split).values()) == {"train": 2, "test": 2}

    def test_the_class_two_folders_deep_is_asked_for(self, tmp_path):
        folder = touch(tmp_path, "anna/jump/a.mp4", "anna/run/b.mp4", "ben/jump/c.mp4")
        with pytest.raises(
            InputError, match=r"first folder \(2, as anna\) or the last \(2, as jump\): set dataset.labels"
        ):
            read(folder)
        _, by_parent = read(folder, labels="parent")
        _, by_first = read(folder, labels="first")
        assert by_parent
        assert by_first
        assert (by_parent.class_names, by_first.class_names) == (("jump", "run"), ("anna", "ben"))

    def test_a_depth_without_a_video_is_refused(self, tmp_path):
        with pytest.raises(InputError, match=r"dataset\.depth: is 9, and no video lies so deep: set it to 1"):
            read(touch(tmp_path, "jump/a.mp4"), depth=9)

    def test_the_depth_can_be_named(self, tmp_path):
        folder = touch(tmp_path, "x/jump/a.mp4", "x/run/b.mp4", "x/c.mp4")
        assert read(folder)[1] is None
        _, split = read(folder, depth=2)
        assert subsets(split) == {"x/jump/a.mp4": ("jump", ""), "x/run/b.mp4": ("run", "")}

    @pytest.mark.parametrize(
        ("dataset", "message"),
        [
            ({"format": "kinetics"}, "dataset.format: is kinetics, and a table, or a folder of tables"),
            ({"labels": "csv"}, "dataset.format: is csv, and a table with the columns path and label is neither in"),
            ({"annotations": "/nowhere.csv"}, "dataset.annotations: /nowhere.csv is not there"),
        ],
    )
    def test_a_form_whose_files_are_not_there_is_refused(self, tmp_path, dataset, message):
        with pytest.raises(InputError, match=message):
            read(touch(tmp_path / "set", "jump/a.mp4"), **dataset)
