"""Score files of old programs and of spreadsheets, and names of every kind."""

import importlib.util
import io
import json
import pickle
import zipfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from support.material import shared
from twostream import cli
from twostream.errors import InputError
from twostream.logits import logits_file, score_file
from twostream.logits.match import match_videos
from twostream.videos import split_lists

VALUES = np.arange(12, dtype=np.float32).reshape(4, 3)


def lists(folder, videos, classes):
    """Lists of which every video is a test video; the training video is another."""
    folder.mkdir()
    (folder / "classInd.txt").write_text("".join(f"{n} {name}\n" for n, name in enumerate(classes, 1)))
    (folder / "testlist01.txt").write_text("\n".join(videos))
    (folder / "trainlist01.txt").write_text("\n".join(f"{name}/trained.avi {n}" for n, name in enumerate(classes, 1)))
    return split_lists.read(folder, 1)


def csv_text(delimiter, point=".", header=True):
    rows = [["video", "a", "b", "c"]] if header else []
    rows += [[f"v{n}", *(f"{value:.1f}".replace(".", point) for value in row)] for n, row in enumerate(VALUES)]
    return "\n".join(delimiter.join(row) for row in rows) + "\n"


class TestTables:
    @pytest.mark.parametrize("header", [True, False])
    @pytest.mark.parametrize(
        ("delimiter", "point"), [(d, p) for d in (",", ";", "\t", " ", "  ") for p in ".,"[: 1 + (d != ",")]]
    )
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
    @pytest.mark.parametrize("first", ["", "sep={}\r\n"])
    def test_any_delimiter_and_encoding_is_recognised(self, tmp_path, delimiter, point, header, encoding, first):
        text = first.format(delimiter[0]) + csv_text(delimiter, point, header)
        (tmp_path / "a.csv").write_text(text, encoding=encoding)
        read = score_file.read(tmp_path / "a.csv")
        np.testing.assert_array_equal(read.scores[:, 0], VALUES)
        assert read.names == ("v0", "v1", "v2", "v3")
        assert read.class_name == (("a", "b", "c") if header else None)

    def test_a_name_may_hold_another_delimiter(self, tmp_path):
        (tmp_path / "a.tsv").write_text("a; b, c.avi\t1\t2\nd.avi\t3\t4\n")
        assert score_file.read(tmp_path / "a.tsv").names == ("a; b, c.avi", "d.avi")

    def test_quoted_numbers_may_have_decimal_commas(self, tmp_path):
        (tmp_path / "a.csv").write_text('"a, b.avi","1,5","2"\n"c.avi","3","-4,5e-1"\n')
        read = score_file.read(tmp_path / "a.csv")
        assert read.names == ("a, b.avi", "c.avi")
        np.testing.assert_array_equal(read.scores[:, 0], np.array([[1.5, 2], [3, -0.45]], np.float32))

    def test_names_with_blanks_in_a_table_of_blanks(self, tmp_path):
        (tmp_path / "a.txt").write_text("video a b\nriding a bike/clip 2.avi  1 2 \n\n'run/v.avi' 3\t4\n")
        read = score_file.read(tmp_path / "a.txt")
        assert (read.names, read.class_name) == (("riding a bike/clip 2.avi", "run/v.avi"), ("a", "b"))
        np.testing.assert_array_equal(read.scores[:, 0], [[1, 2], [3, 4]])

    @pytest.mark.parametrize(
        "text", ["v0,1,2\nv1,x,4\n", "v0 1 x\n", '"' + "v" * 200_000 + "\n1,2\n", "v0\nv1\n", " \n"]
    )
    def test_what_is_no_table_is_refused_in_one_line(self, tmp_path, text):
        (tmp_path / "a.csv").write_text(text)
        with pytest.raises(InputError) as refused:
            score_file.read(tmp_path / "a.csv")
        assert "\n" not in str(refused.value)


def pairs(values):
    return list(zip(["v0", "v1", "v2", "v3"], values, strict=True))


OBJECTS = VALUES.astype(object)
FORMS = {
    "a defaultdict": defaultdict(list, pairs(VALUES)),
    "a defaultdict of a type": defaultdict(np.ndarray, pairs(VALUES)),
    "arrays of objects": dict(pairs(OBJECTS)),
    "lists": dict(pairs(VALUES.tolist())),
    "paths": {Path("/data/run") / f"{name}.avi": values for name, values in pairs(VALUES)},
    "pairs": pairs(VALUES),
    "lists of two": [list(pair) for pair in pairs(VALUES)],
    "an array of pairs": np.array([*pairs(VALUES), None], object)[:-1],
    "names and scores": (["v0", "v1", "v2", "v3"], VALUES),
    "an array of names and scores": (np.array(["v0", "v1", "v2", "v3"]), VALUES),
    "fields": {"names": ["v0", "v1", "v2", "v3"], "scores": VALUES, "labels": [0, 1, 2, 0]},
    "NumPy's texts": {np.str_(name): values for name, values in pairs(VALUES)},
}


class TestPickles:
    @pytest.mark.parametrize("form", FORMS)
    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    def test_names_with_scores_are_read_in_any_container(self, tmp_path, form, protocol):
        (tmp_path / "a.pkl").write_bytes(pickle.dumps(FORMS[form], protocol))
        read = score_file.read(tmp_path / "a.pkl")
        assert [Path(name).stem for name in read.names] == ["v0", "v1", "v2", "v3"]
        np.testing.assert_array_equal(read.scores[:, 0], VALUES)

    def test_an_array_of_objects_that_are_numbers(self, tmp_path):
        np.save(tmp_path / "a.npy", OBJECTS)
        np.testing.assert_array_equal(score_file.read(tmp_path / "a.npy").scores[:, 0], VALUES)

    @pytest.mark.parametrize("value", [["1", "2"], [1, None], [[1], [2, 3]], "12", {"a": 1}])
    def test_objects_that_are_no_numbers_are_refused(self, tmp_path, value):
        stored = np.empty(1, object)
        stored[0] = value
        (tmp_path / "a.pkl").write_bytes(pickle.dumps({"v0": stored[0], "v1": stored}))
        with pytest.raises(InputError):
            score_file.read(tmp_path / "a.pkl")


def python2(value, protocol):
    """A pickle whose texts are bytes in Python 2's opcode, as `cPickle.dump` of Python 2 wrote them."""
    spec = importlib.util.spec_from_file_location("py2", shared("inputs") / "py2_scores" / "py2.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    file = io.BytesIO()
    module.P2(file, protocol).dump(value)
    return file.getvalue()


class TestPython2:
    @pytest.mark.parametrize("protocol", [1, 2])
    def test_a_mapping_of_names_to_arrays(self, tmp_path, protocol):
        names = [b"Jump_g01", "H\u00e4nde".encode(), b"\xe4", b"Run g02"]
        (tmp_path / "a.pickle").write_bytes(python2(dict(zip(names, VALUES, strict=True)), protocol))
        read = score_file.read(tmp_path / "a.pickle")
        assert read.names == ("Jump_g01", "H\u00e4nde", "\u00e4", "Run g02")
        np.testing.assert_array_equal(read.scores[:, 0], VALUES)
        assert pickle.loads((tmp_path / "a.pickle").read_bytes(), encoding="bytes").keys() == set(names)

    def test_the_archive_that_tsn_wrote(self, tmp_path):
        values = np.random.default_rng(0).normal(size=(2, 25, 10, 3)).astype(np.float32)
        stored = np.empty((2, 2), object)
        for row in range(2):
            stored[row] = values[row], row
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "|O", "fortran_order": False, "shape": (2, 2)})
        with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
            archive.writestr("scores.npy", header.getvalue() + python2(stored, 2))
        np.testing.assert_array_equal(score_file.read(tmp_path / "a.npz").scores, values.mean(axis=2))

    def test_what_would_run_something_is_refused_all_the_same(self, tmp_path):
        (tmp_path / "a.pickle").write_bytes(b"cos\nsystem\n(S'touch ran'\ntR.")
        with pytest.raises(InputError, match=r"refused: it would run `os\.system`"):
            score_file.read(tmp_path / "a.pickle")


class TestNames:
    @pytest.mark.parametrize("after", ["", " 1", " 25 1", "\t7", ",1", ';"7"'])
    def test_a_list_of_names_with_blanks(self, tmp_path, after):
        videos = ["riding a bike/clip 2.avi", "riding a bike/clip 3 4.avi", "run/clip 2.avi", "run/v 1.avi"]
        split = lists(tmp_path / "lists", videos, ["riding a bike", "run", "walk"])
        np.savez(tmp_path / "a.npz", scores=VALUES, labels=[0, 0, 1, 1])
        (tmp_path / "names.txt").write_text("\ufeff" + "\r\n".join(f"{video}{after}" for video in videos[::-1]))
        np.savez(tmp_path / "a.npz", scores=VALUES[::-1], labels=[1, 1, 0, 0])
        found = match_videos(tmp_path / "a.npz", split, None, tmp_path / "names.txt").logits
        np.testing.assert_array_equal(found.logits[:, 0], VALUES)

    @pytest.mark.parametrize(
        "videos",
        [
            ["run/a.avi", "run/a.mp4", "jump/a.avi", "jump/b.avi"],
            ["run/v_a.avi", "run/a.avi", "jump/a.avi", "jump/b.avi"],
            ["run/a.avi", "run/A.avi", "jump/a.avi", "jump/b.avi"],
            ["run/001.avi", "run/002.avi", "jump/001.avi", "jump/002.avi"],
        ],
    )
    def test_equal_stems_are_told_apart_by_what_differs(self, tmp_path, videos):
        split = lists(tmp_path / "lists", videos, ["jump", "run", "walk"])
        (tmp_path / "a.pkl").write_bytes(pickle.dumps(dict(zip(videos, VALUES, strict=True))))
        matched = match_videos(tmp_path / "a.pkl", split, None)
        found, extra = matched.logits, matched.extra
        np.testing.assert_array_equal(found.logits[:, 0], VALUES[[videos.index(video) for video in found.video_id]])
        assert extra == []

    def test_a_training_video_of_the_same_stem_does_not_disturb(self, tmp_path):
        videos = ["run/1.avi", "jump/2.avi", "jump/3.avi"]
        split = lists(tmp_path / "lists", videos, ["jump", "run", "walk"])
        (tmp_path / "a.pkl").write_bytes(pickle.dumps(dict(zip([*videos, "walk/1.avi"], VALUES, strict=True))))
        matched = match_videos(tmp_path / "a.pkl", split, None)
        found, extra = matched.logits, matched.extra
        np.testing.assert_array_equal(found.logits[:, 0], VALUES[[videos.index(video) for video in found.video_id]])
        assert extra == ["walk/1.avi"]


class TestOut:
    @pytest.fixture
    def write(self, tmp_path, monkeypatch):
        lists(tmp_path / "lists", ["run/a.avi", "jump/a.avi", "jump/b.avi", "run/b.avi"], ["jump", "run", "walk"])
        names = ["run/a", "jump/a", "jump/b", "run/b"]
        (tmp_path / "a.pkl").write_bytes(pickle.dumps(dict(zip(names, VALUES, strict=True))))
        monkeypatch.chdir(tmp_path)

        def run(out, *more):
            arguments = ["import-scores", "a.pkl", "--splits", "lists", "--out", out, *more]
            monkeypatch.setattr("sys.argv", ["twostream", *arguments])
            cli.main()

        return run

    @pytest.mark.parametrize("name", ["a.pkl", "notes.txt", "other.h5"])
    def test_a_file_of_another_kind_stays(self, write, tmp_path, name):
        file = tmp_path / name
        file.exists() or file.write_text(json.dumps("mine"))
        before = file.read_bytes()
        with pytest.raises(
            SystemExit, match=r"is there and holds something else.*: choose another name, or give --force"
        ):
            write(name)
        assert file.read_bytes() == before
        write(name, "--force")
        assert len(logits_file.read(file).video_id) == 4

    def test_scores_of_ours_are_written_over(self, write, tmp_path):
        write("out.h5")
        write("out.h5")
        assert len(logits_file.read(tmp_path / "out.h5").video_id) == 4

    def test_a_folder_is_refused(self, write):
        with pytest.raises(SystemExit, match="lists: is a folder: give"):
            write("lists", "--force")

    def test_a_link_to_nothing_stays(self, write, tmp_path):
        (tmp_path / "out.h5").symlink_to("gone.h5")
        with pytest.raises(SystemExit, match=r"--out out\.h5: is a link to gone\.h5, which is not there: choose"):
            write("out.h5")
        assert (tmp_path / "out.h5").is_symlink()
        write("out.h5", "--force")
        assert not (tmp_path / "out.h5").is_symlink()
