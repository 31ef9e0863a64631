"""What `twostream fuse` notices of its score files: classes in another order, chance, recordings, copies."""

import json
import pickle
import sys

import numpy as np
import pytest

from twostream import cli

CLASSES = [f"Class{c:02d}" for c in range(15)]
GROUPS, CLIPS = 4, 2
VIDEOS = [f"{name}/v_{name}_g{g:02d}_c{c:02d}.avi" for name in CLASSES for g in range(GROUPS) for c in range(CLIPS)]
LABELS = np.repeat(np.arange(15), GROUPS * CLIPS)
CHEAP = "fusion: {normalisations: [none], poolings: [mean], strategies: [average, max], step: 0.25}\n"


def write(folder, stream, columns=None, videos=VIDEOS):
    """Write scores of the `stream`, most of them right, whose classes are in the order of `columns`."""
    rng = np.random.default_rng(ord(stream))
    scores = rng.normal(size=(len(videos), 15)) + 3 * np.eye(15)[LABELS]
    scores = scores if columns is None else scores[:, columns]
    (folder / f"{stream}.pkl").write_bytes(pickle.dumps(dict(zip(videos, scores, strict=True))))
    return scores


def write_lists(folder, videos=VIDEOS):
    folder.mkdir()
    (folder / "classInd.txt").write_text("".join(f"{n} {name}\n" for n, name in enumerate(CLASSES, 1)))
    (folder / "testlist01.txt").write_text("\n".join(videos))
    (folder / "trainlist01.txt").write_text("\n".join(f"{name}/trained.avi {n}" for n, name in enumerate(CLASSES, 1)))


@pytest.fixture
def fuse(tmp_path, monkeypatch):
    (tmp_path / "cheap.yaml").write_text(CHEAP)

    def run(*arguments):
        scores = [f"--scores={stream}={tmp_path / stream}.pkl" for stream in "ab"]
        places = ["--splits", tmp_path / "lists", "--out", tmp_path / "out", "--config", tmp_path / "cheap.yaml"]
        monkeypatch.setattr(sys, "argv", ["twostream", "fuse", *scores, *map(str, [*places, *arguments])])
        cli.main()
        return json.loads((tmp_path / "out" / "report.json").read_text()), (tmp_path / "out/report.html").read_text()

    return run


class TestClasses:
    @pytest.fixture
    def columns(self, tmp_path):
        """The order of the columns of stream b."""
        columns = np.random.default_rng(0).permutation(15)
        write_lists(tmp_path / "lists")
        write(tmp_path, "a")
        write(tmp_path, "b", columns)
        return columns

    def test_another_order_is_refused_with_the_order_that_fits(self, fuse, tmp_path, columns):
        with pytest.raises(SystemExit) as refused:
            fuse()
        message = str(refused.value)
        assert "\n" not in message
        assert "b.pkl: b has its classes in another order than the lists: " in message
        assert f"column 0 is {CLASSES[columns[0]]}, column 1 is {CLASSES[columns[1]]}" in message
        assert "give --classes b=LIST" in message
        assert "--trust b" in message
        assert (tmp_path / "out" / "b.classes.txt").read_text().split() == [CLASSES[c] for c in columns]
        assert not (tmp_path / "out" / "report.json").exists()

    def test_the_list_of_classes_mends_it(self, fuse, tmp_path, columns):
        (tmp_path / "classes.txt").write_text("\n".join(CLASSES[c] for c in columns))
        report, _ = fuse("--classes", f"b={tmp_path / 'classes.txt'}")
        assert report["streams"][1]["top1"] > 70
        assert report["warnings"] == []

    def test_who_trusts_it_is_warned(self, fuse, capsys, columns):
        report, page = fuse("--trust", "b")
        assert report["streams"][1]["top1"] < 20
        assert len(report["warnings"]) == 1
        for text in (report["warnings"][0], page, capsys.readouterr().err):
            assert "b has its classes in another order than the lists" in text

    @pytest.mark.parametrize("option", ["--trust=c", "--classes=c=x.txt"])
    def test_other_streams_are_refused(self, fuse, columns, option):
        with pytest.raises(SystemExit, match=r"c.*: is no stream: choose one of a, b"):
            fuse(option)


def test_a_stream_at_chance_is_named_in_log_json_and_page(fuse, tmp_path, capsys):
    write_lists(tmp_path / "lists")
    write(tmp_path, "a")
    scores = np.random.default_rng(0).normal(size=(len(VIDEOS), 15))
    (tmp_path / "b.pkl").write_bytes(pickle.dumps(dict(zip(VIDEOS, scores, strict=True))))
    report, page = fuse()
    for text in (report["warnings"][0], page, capsys.readouterr().err):
        assert "b is at chance: " in text


class TestRecordings:
    def test_names_that_tell_no_recording_make_no_honest_number(self, fuse, tmp_path, capsys):
        videos = [f"{CLASSES[label]}/{v:04d}.avi" for v, label in enumerate(LABELS)]
        write_lists(tmp_path / "lists", videos)
        for stream in "ab":
            write(tmp_path, stream, videos=videos)
        report, page = fuse()
        assert report["fusion"][0]["selected_on"] == "nothing"
        assert not report["grouping"]["known"]
        assert "leave-one-group-out (10 folds of whole groups, groups unknown)" in {
            row["selected_on"] for row in report["fusion"]
        }
        for text in (report["warnings"][0], page, capsys.readouterr().err):
            assert "recordings are unknown" in text

    def test_a_copy_in_another_recording_is_named_in_log_json_and_page(self, fuse, tmp_path, capsys):
        write_lists(tmp_path / "lists")
        for stream in "ab":
            scores = write(tmp_path, stream)
            scores[7] = scores[0]
            (tmp_path / f"{stream}.pkl").write_bytes(pickle.dumps(dict(zip(VIDEOS, scores, strict=True))))
        report, page = fuse()
        assert report["grouping"]["pairs"] == [{"videos": [VIDEOS[0], VIDEOS[7]], "cosine": 1.0, "equal": True}]
        assert report["grouping"]["recordings"] == 15 * GROUPS - 1
        for text in (report["warnings"][0], page, capsys.readouterr().err):
            assert f"{VIDEOS[0]} and {VIDEOS[7]}" in text


def test_a_folder_that_cannot_be_written_to_is_refused_before_any_score_is_read(fuse, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(SystemExit) as refused:
        fuse("--out", tmp_path / "file" / "out")
    problem = f"{tmp_path / 'file'} cannot be written to (Not a directory)"
    assert problem in str(refused.value)
