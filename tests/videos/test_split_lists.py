import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from support.material import shared
from twostream.errors import InputError
from twostream.videos import split_lists


def lists(folder: Path, classes: str, train: str, test: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in (("classInd", classes), ("trainlist01", train), ("testlist01", test)):
        (folder / f"{name}.txt").write_text(text)
    return folder


def test_lists_in_ucf101s_form(tmp_path):
    lists(tmp_path, "1 Jump\n2 Run\n", "Jump/a.avi 1\r\nRun/b c.avi 2\n", "Run/d.avi\n\n")
    split = split_lists.read(tmp_path, 1)
    assert split.class_names == ("Jump", "Run")
    assert split.subset_of == {"Jump/a.avi": "train", "Run/b c.avi": "train", "Run/d.avi": "test"}
    assert split.label_of == {"Jump/a.avi": 0, "Run/b c.avi": 1, "Run/d.avi": 1}


@pytest.mark.parametrize(
    ("classes", "train", "test", "words"),
    [
        ("1 Jump", "", "Jump/a.avi", "trainlist01.txt: no video is listed"),
        ("1 Jump", "Jump/a.avi 1", "", "testlist01.txt: no video is listed"),
        ("1 Jump", "Jump/a.avi 1", "Jump/a.avi", "testlist01.txt: Jump/a.avi stands in the training list too"),
        ("1 Jump", "Run/a.avi 1", "Jump/b.avi", "classInd.txt: class `Run`"),
        ("2 Jump", "Jump/a.avi 1", "Jump/b.avi", "classInd.txt: `2 Jump` is not `1 NAME`"),
        ("1 A\n2 A", "A/a.avi 1", "A/b.avi", "named twice"),
        ("1 Jump", "../../etc/passwd 1", "Jump/b.avi", "not `class/video.avi` within the data set's folder"),
        ("1 Jump", "/etc/passwd 1", "Jump/b.avi", "not `class/video.avi` within the data set's folder"),
        ("1 Jump", "a.avi 1", "Jump/b.avi", "not `class/video.avi`"),
        ("1 A\n2 B", "A/a.avi 2", "A/b.avi", "class A has the number 1 in classInd.txt"),
    ],
)
def test_bad_lists_are_refused_by_name(tmp_path, classes, train, test, words):
    with pytest.raises(InputError) as refused:
        split_lists.read(lists(tmp_path, classes, train, test), 1)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_list_is_named(tmp_path):
    with pytest.raises(InputError, match=r"classInd\.txt: the list cannot be read"):
        split_lists.read(tmp_path, 1)


ORDINARY = {
    "classInd": "1 Jump\n2 Long Run\n",
    "trainlist01": "Jump/a.avi 1\nLong Run/b c.avi 2\n",
    "testlist01": "Jump/d.avi\nLong Run/e 2.avi\n",
}
FILES = ("Jump/a.avi", "Long Run/b c.avi", "Jump/d.avi", "Long Run/e 2.avi")


def write_lists(folder: Path, **files: str | bytes) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in (ORDINARY | files).items():
        data = content.encode() if isinstance(content, str) else content
        (folder / f"{name}.txt").write_bytes(data)
    return folder


@pytest.mark.parametrize(
    "files",
    [
        {name: "\ufeff" + text for name, text in ORDINARY.items()},
        {name: text.encode("utf-16") for name, text in ORDINARY.items()},
        {name: text.replace("\n", "\r\n") for name, text in ORDINARY.items()},
        {name: text.replace("\n", "\r") for name, text in ORDINARY.items()},
        {name: text.replace("\n", " \t \n\n") for name, text in ORDINARY.items()},
        {"classInd": "1\tJump\n2\tLong Run\n", "trainlist01": "Jump/a.avi\t1\nLong Run/b c.avi\t2\n"},
        {"classInd": "1   Jump\n2  Long Run\n", "trainlist01": "Jump/a.avi   1\nLong Run/b c.avi  2"},
        {"classInd": '1,"Jump"\n2,"Long Run"\n', "trainlist01": '"Jump/a.avi",1\n"Long Run/b c.avi",2\n'},
        {"classInd": "0 Jump\n1 Long Run\n", "trainlist01": "Jump/a.avi 0\nLong Run/b c.avi 1\n"},
        {"classInd": '"1","Jump"\n"2","Long Run"\n', "trainlist01": '"Jump/a.avi","1"\n"Long Run/b c.avi","2"\n'},
        {"classInd": '"1";"Jump"\n"2";"Long Run"\n', "trainlist01": '"Jump/a.avi";"1";""\n"Long Run/b c.avi";"2";""\n'},
        {"classInd": "'1'\t'Jump'\n'2'\t'Long Run'", "trainlist01": "'Jump/a.avi'\t'1'\n'Long Run/b c.avi'\t'2'\n"},
        {
            "classInd": "sep=,\n1.0,Jump,,\n2.0,Long Run,,\n",
            "trainlist01": 'Jump/a.avi,1.0,\nLong Run/b c.avi,"2.0",\n',
        },
        {
            "trainlist01": '"Jump/a.avi","120","1"\nLong Run/b c.avi,"117","2"\n',
            "testlist01": '"Jump/d.avi 1"\n"Long Run/e 2.avi,2"\n',
        },
        {
            "classInd": "1 \u201cJump\u201d\n2 \u201eLong Run\u201c\n",
            "trainlist01": "\u201cJump/a.avi\u201d 1\n\u00abLong Run/b c.avi\u00bb 2\n",
        },
        {name: text.encode("utf-16-le") for name, text in ORDINARY.items()},
        {name: text.encode("utf-16-be") for name, text in ORDINARY.items()},
        {name: text.encode("utf-32") for name, text in ORDINARY.items()},
        {"trainlist01": "./Jump//a.avi 1\n././Long Run/./b c.avi 2\n"},
        {"trainlist01": "\ufeffJump/a.avi 1\n\ufeffLong Run/b c.avi 2\n"},
        {"classInd": "2 Long Run\n1 Jump\n"},
        {"trainlist01": "jump/A.avi 1\nLong run/B C.AVI 2\n", "testlist01": "JUMP/d\nlong run/e 2.mp4\n"},
        {"testlist01": '"Jump/d.avi"\n"Long Run/e 2.avi"\n'},
        {"trainlist01": "Jump/a 1\nLong Run/b c 2\n", "testlist01": "Jump/d\nLong Run/e 2\n"},
        {"trainlist01": "Jump/a\nLong Run/b c", "testlist01": "Jump/d 1\nLong Run/e 2 2\n"},
        {"trainlist01": "Jump/a 120 0\nLong Run/b c 117 1", "testlist01": "Jump/d.avi 1 33\nLong Run/e 2.avi 2 44\n"},
        {"trainlist01": "Jump/a.avi 120\nLong Run/b c.avi 98\n", "testlist01": "Jump/d 33\nLong Run/e 2 44\n"},
        {"trainlist01": "Jump\\a.avi 1\n./Long Run/b c.avi 2\n"},
        {"trainlist01": "Jump/a.mp4 1\nLong Run/b c.webm 2\n"},
    ],
)
def test_lists_are_read_however_an_editor_or_a_tool_left_them(tmp_path, files):
    split = split_lists.read_for(tmp_path, FILES, write_lists(tmp_path / "splits", **files), 1)
    assert split.class_names == ("Jump", "Long Run")
    assert split.subset_of == dict(zip(FILES, ("train", "train", "test", "test"), strict=True))
    assert split.label_of == dict(zip(FILES, (0, 1, 0, 1), strict=True))


@pytest.mark.parametrize("of_lists", ["NFC", "NFD"])
@pytest.mark.parametrize("of_files", ["NFC", "NFD"])
def test_any_form_of_unicode_in_the_lists_is_that_of_the_files(tmp_path, of_lists, of_files):
    ids = [unicodedata.normalize(of_files, id) for id in ("Été/é.avi", "Été/ü.avi", "跳远/が.avi")]
    texts = ("1 Été\n2 跳远\n", "Été/é.avi 1\n跳远/が.avi 2\n", "Été/ü.avi\n")
    folder = lists(tmp_path / "splits", *(unicodedata.normalize(of_lists, text) for text in texts))
    split = split_lists.read_for(tmp_path, ids, folder, 1)
    assert split.subset_of == {ids[0]: "train", ids[2]: "train", ids[1]: "test"}
    assert split.label_of == {ids[0]: 0, ids[2]: 1, ids[1]: 0}
    assert split.class_names == ("Été", "跳远")


def test_quotes_within_a_name_are_doubled_by_spreadsheets(tmp_path):
    folder = write_lists(tmp_path, trainlist01='"Jump/the ""a"", 1.avi",1\n"Long Run/it\'s.avi","2"\n')
    ids = ['Jump/the "a", 1.avi', "Long Run/it's.avi", *FILES[2:]]
    split = split_lists.read_for(tmp_path, ids, folder, 1)
    assert [id for id, subset in split.subset_of.items() if subset == "train"] == ids[:2]


def test_classes_that_differ_in_case_only_are_told_apart(tmp_path):
    folder = write_lists(
        tmp_path, classInd="1 Run\n2 run\n", trainlist01="Run/a 1\nrun/a 2\n", testlist01="run/b\nRun/B\n"
    )
    ids = ["Run/a.avi", "run/a.avi", "run/b.avi", "Run/B.avi"]
    split = split_lists.read_for(tmp_path, ids, folder, 1)
    assert split.label_of == {"Run/a.avi": 0, "run/a.avi": 1, "run/b.avi": 1, "Run/B.avi": 0}
    with pytest.raises(InputError, match=r"RUN/a may be Run/a\.avi or run/a\.avi|class `RUN`"):
        split_lists.read_for(tmp_path, ids, write_lists(tmp_path, classInd="1 Run\n2 run\n", trainlist01="RUN/a 1"), 1)


def test_classes_with_a_gap_in_their_numbers_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"classInd\.txt: `4 Long Run` is not `2 NAME`"):
        split_lists.read(write_lists(tmp_path, classInd="4 Long Run\n1 Jump\n"), 1)


def test_numbers_that_are_neither_labels_nor_lengths_are_refused(tmp_path):
    folder = write_lists(tmp_path, trainlist01="Jump/a.avi 2\nLong Run/b c.avi 2\n")
    with pytest.raises(InputError, match=r"`Jump/a\.avi 2`: class Jump has the number 1 in classInd\.txt"):
        split_lists.read_for(tmp_path, FILES, folder, 1)


class TestHmdb51:
    def test_the_official_lists_have_their_published_size(self):
        folder = shared("hmdb51") / "splits"
        for number in (1, 2, 3):
            split = split_lists.read(folder, number)
            counts = Counter(split.subset_of.values())
            assert (len(split.class_names), counts["train"], counts["test"]) == (51, 3570, 1530)
            assert len(split.unused) == 1666
            assert split.kind == "HMDB51"
        with pytest.raises(InputError, match=r"holds no list of split 4, but of 1, 2, 3: set dataset\.split"):
            split_lists.read(folder, 4)

    def test_an_unused_video_need_not_be_there(self, tmp_path):
        (tmp_path / "run_test_split1.txt").write_text("a (1).avi 1 \nb.avi 2 \ngone.avi 0 \n")
        split = split_lists.read_for(tmp_path, ["run/a (1).avi", "run/b.avi"], tmp_path, 1)
        assert split.subset_of == {"run/a (1).avi": "train", "run/b.avi": "test"}

    def test_a_line_without_a_subset_is_named(self, tmp_path):
        (tmp_path / "run_test_split1.txt").write_text("a.avi 1\nb.avi 3\n")
        with pytest.raises(InputError, match=r"run_test_split1\.txt: `b\.avi 3` is not `video\.avi` and 0, 1 or 2"):
            split_lists.read(tmp_path, 1)


class TestFinding:
    @pytest.fixture
    def videos(self, tmp_path) -> Path:
        for id in FILES:
            (tmp_path / "UCF-101" / id).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "UCF-101" / id).touch()
        return tmp_path / "UCF-101"

    @pytest.mark.parametrize(
        "place",
        ["splits", "ucfTrainTestlist", "UCF101TrainTestSplits-RecognitionTask/ucfTrainTestlist", "UCF-101/splits"],
    )
    def test_published_folders_are_found(self, videos, place):
        (videos.parent / place).mkdir(parents=True)
        write_lists(videos.parent / place)
        assert split_lists.find(videos, None, 1) == videos.parent / place

    def test_lists_of_another_data_set_are_not_taken_and_said_so(self, videos):
        write_lists(videos.parent / "ucfTrainTestlist", classInd="1 Dive\n", trainlist01="Dive/a", testlist01="Dive/b")
        (videos.parent / "splits").mkdir()
        (videos.parent / "splits" / "dive_test_split1.txt").write_text("a.avi 1\nb.avi 2\n")
        assert split_lists.find(videos, None, 1) is None
        assert split_lists.unread(videos) == ("splits", "ucfTrainTestlist")

    @pytest.mark.parametrize("place", ["ucfTrainTestlist", "splits", "UCF-101/splits"])
    @pytest.mark.parametrize(
        ("files", "words"),
        [
            ({"testlist01": "oops\n"}, "testlist01.txt: `oops` is not `class/video.avi`"),
            ({"classInd": "1 Jump\nLong Run\n"}, "classInd.txt: `Long Run` is not `2 NAME`"),
            ({"classInd": "1 Jump\n2 \xc9t\xe9\n".encode("latin1")}, "classInd.txt: is not a text file in UTF-8"),
            ({"trainlist01": "Jump/a.avi 1\nJump/d.avi 1\n"}, "testlist01.txt: Jump/d.avi stands in the training list"),
            ({"trainlist01": "Dive/a.avi 1\n"}, "classInd.txt: class `Dive`"),
            ({"trainlist01": ""}, "trainlist01.txt: no video is listed"),
        ],
    )
    def test_lists_of_the_data_set_that_are_damaged_are_an_error(self, videos, place, files, words):
        (videos.parent / place).mkdir()
        lists = split_lists.find(videos, None, 1)
        assert lists is None
        write_lists(videos.parent / place, **files)
        lists = split_lists.find(videos, None, 1)
        with pytest.raises(InputError) as refused:
            split_lists.read_for(videos, FILES, lists, 1)
        assert words in str(refused.value)

    @pytest.mark.parametrize("line", ["bogus", "b.avi 3", "b.avi"])
    def test_hmdb51s_lists_with_a_bad_line_are_an_error(self, videos, line):
        (videos.parent / "splits").mkdir()
        (videos.parent / "splits" / "jump_test_split1.txt").write_text(f"a.avi 1\n{line}\n")
        lists = split_lists.find(videos, None, 1)
        with pytest.raises(InputError, match=rf"jump_test_split1\.txt: `{line}` is not"):
            split_lists.read_for(videos, FILES, lists, 1)

    @pytest.mark.parametrize("place", ["splits", "testTrainMulti_7030_splits", "UCF-101/splits"])
    def test_lists_of_other_splits_only_are_an_error_that_names_the_setting(self, videos, place):
        folder = videos.parent / place
        folder.mkdir()
        for number in (2, 3):
            (folder / f"Jump_test_split{number}.txt").write_text("a.avi 1\nd.avi 2\n")
        lists = split_lists.find(videos, None, 1)
        with pytest.raises(
            InputError, match=r"no list of split 1, but of 2, 3: set dataset\.split, .* to one of these"
        ):
            split_lists.read_for(videos, FILES, lists, 1)
        (folder / "Jump_test_split1.txt").write_text("a.avi 1\nd.avi 2\n")
        assert split_lists.read_for(videos, FILES, lists, 1).kind == "HMDB51"

    def test_ucf101s_lists_of_another_split_only_are_an_error_that_names_the_setting(self, videos):
        folder = videos.parent / "ucfTrainTestlist"
        write_lists(folder, trainlist02="", testlist02="")
        for subset in ("train", "test"):
            (folder / f"{subset}list01.txt").replace(folder / f"{subset}list02.txt")
        lists = split_lists.find(videos, None, 1)
        with pytest.raises(InputError, match=r"no list of split 1, but of 2: set dataset\.split, .* to 2"):
            split_lists.read_for(videos, FILES, lists, 1)
        assert split_lists.find(videos, None, 2) == folder

    def test_of_several_folders_one_with_the_split_is_read(self, videos):
        for place, number in (("splits", 2), ("testTrainMulti_7030_splits", 1)):
            (videos.parent / place).mkdir()
            (videos.parent / place / f"Jump_test_split{number}.txt").write_text("a.avi 1\nd.avi 2\n")
        assert split_lists.find(videos, None, 1) == videos.parent / "testTrainMulti_7030_splits"
        assert split_lists.find(videos, None, 2) == videos.parent / "splits"

    @pytest.mark.parametrize("of_others", ["1 Dive\n", "1 Punch\n2 Fencing\n"])
    @pytest.mark.parametrize("number", [1, 2])
    def test_lists_that_name_more_of_the_classes_come_first(self, tmp_path, of_others, number):
        write_lists(tmp_path / "splits", classInd=of_others)
        lists = tmp_path / "testTrainMulti_7030_splits"
        lists.mkdir()
        for name in ("punch", "wave"):
            (tmp_path / "HMDB" / name).mkdir(parents=True)
            (lists / f"{name}_test_split1.txt").touch()
        assert split_lists.find(tmp_path / "HMDB", None, number) == lists

    def test_of_lists_that_name_the_same_classes_those_of_the_same_case_come_first(self, tmp_path):
        write_lists(tmp_path / "splits", classInd="1 Punch\n")
        lists = tmp_path / "testTrainMulti_7030_splits"
        lists.mkdir()
        (lists / "punch_test_split1.txt").touch()
        for folder, its_lists in (("punch", lists), ("Punch", tmp_path / "splits")):
            (tmp_path / f"videos_{folder}" / folder).mkdir(parents=True)
            assert split_lists.find(tmp_path / f"videos_{folder}", None, 1) == its_lists

    def test_lists_without_classes_are_said_not_to_be_read(self, videos):
        (videos.parent / "trainlist01.txt").write_text("Jump/a.avi 1\n")
        assert split_lists.find(videos, None, 1) is None
        assert split_lists.unread(videos) == (".",)


def test_a_table_that_is_named_as_the_folder_of_lists_is_told_where_it_belongs(tmp_path):
    (table := tmp_path / "videos.csv").write_text("path,label\n")
    with pytest.raises(InputError, match=r"videos\.csv is not a folder: .*set dataset\.annotations to a table"):
        split_lists.find(tmp_path, table, 1)
