"""Score files of other systems, written as those systems write them, and what is wrong with some."""

import csv
import json
import pickle
import sys

import numpy as np
import pytest
import torch

from twostream import cli
from twostream.errors import InputError
from twostream.logits import logits_file
from twostream.logits.match import match_videos
from twostream.videos import split_lists

CLASSES = ("HandstandPushups", "Jump", "Run")
VIDEOS = [f"{name}/v_{name.replace('stand', 'Stand')}_g{g:02d}_c01.avi" for name in CLASSES for g in (1, 2)]
TRAINED = [f"{name}/v_{name}_g09_c01.avi" for name in CLASSES]
PATTERN = r"_g(\d+)"


@pytest.fixture
def folder(tmp_path):
    lists = tmp_path / "splits"
    lists.mkdir()
    (lists / "classInd.txt").write_text("".join(f"{n} {name}\n" for n, name in enumerate(CLASSES, 1)))
    for number in (1, 2):
        (lists / f"testlist{number:02d}.txt").write_text("\n".join(VIDEOS))
        (lists / f"trainlist{number:02d}.txt").write_text("\n".join(f"{v} {n}" for n, v in enumerate(TRAINED, 1)))
    return lists


@pytest.fixture
def scores():
    return np.random.default_rng(0).normal(size=(6, 4, 3)).astype(np.float32)


@pytest.fixture
def match(folder):
    return lambda path, names=None: match_videos(path, split_lists.read(folder, 1), PATTERN, names)


@pytest.fixture
def report():
    return lambda folder: json.loads((folder / "report.json").read_text())


def short(video):
    """Return a name as the reference's pickles have it: no folder, no v_, no suffix, and Handstand for HandStand."""
    return video.split("/v_")[1].removesuffix(".avi").replace("HandStand", "Handstand")


def dump(path, value):
    path.write_bytes(pickle.dumps(value))
    return path


class TestFormats:
    def test_a_pickle_of_summed_scores_by_name(self, tmp_path, match, scores):
        stored = {short(video): of.sum(axis=0) for video, of in zip(VIDEOS, scores, strict=True)}
        matched = match(dump(tmp_path / "a.pickle", dict(reversed(stored.items()))))
        logits, extra = matched.logits, matched.extra
        assert logits.video_id == tuple(VIDEOS)
        assert np.array_equal(logits.logits[:, 0], scores.sum(axis=1))
        assert (logits.label.tolist(), logits.group[:2], extra) == ([0, 0, 1, 1, 2, 2], ("g01", "g02"), [])

    def test_tsns_arrays_of_objects(self, tmp_path, match, scores):
        """`scores[:, 0]` holds (samples, crops, classes) each; the order is the list's, borne out by the labels."""
        stored = np.empty((6, 2), dtype=object)
        for v in range(6):
            stored[v, 0], stored[v, 1] = np.stack([scores[v] - 1, scores[v] + 1], axis=1), v // 2
        np.savez(tmp_path / "tsn.npz", scores=stored, labels=np.arange(6) // 2)
        logits = match(tmp_path / "tsn.npz").logits
        assert np.allclose(logits.logits, scores, atol=1e-6)

    def test_tsns_labels_of_another_order_are_refused(self, tmp_path, match, scores):
        np.savez(tmp_path / "tsn.npz", scores=scores, labels=np.array([0, 0, 1, 2, 1, 2]))
        with pytest.raises(
            InputError, match=r"its labels are not those of the list in 2 videos, first Jump/v_Jump_g02"
        ):
            match(tmp_path / "tsn.npz")

    @pytest.mark.parametrize("name", ["frame_dir", "filename", "video_id"])
    def test_mmactions_dump_is_joined_by_name(self, tmp_path, match, scores, name):
        entries = [
            {"pred_score": torch.tensor(of[0]), "gt_label": torch.tensor([v // 2]), name: f"/data/{VIDEOS[v]}"}
            for v, of in enumerate(scores)
        ]
        logits = match(dump(tmp_path / "dump.pkl", entries[::-1])).logits
        assert np.array_equal(logits.logits[:, 0], scores[:, 0])

    def test_mmactions_older_dump_without_names_goes_by_the_list(self, tmp_path, match, scores):
        entries = [
            {"pred_scores": {"item": torch.tensor(of[0])}, "gt_labels": {"item": torch.tensor([v // 2])}}
            for v, of in enumerate(scores)
        ]
        logits = match(dump(tmp_path / "dump.pkl", entries)).logits
        assert np.array_equal(logits.logits[:, 0], scores[:, 0])
        with pytest.raises(InputError, match="its labels are not those of the list"):
            match(dump(tmp_path / "dump.pkl", entries[::-1]))

    def test_numpy_with_a_list_of_names(self, tmp_path, match, scores):
        np.save(tmp_path / "a.npy", scores[::-1])
        (tmp_path / "names.txt").write_text("\n".join(VIDEOS[::-1]))
        logits = match(tmp_path / "a.npy", tmp_path / "names.txt").logits
        assert np.array_equal(logits.logits, scores)
        with pytest.raises(InputError, match="neither names nor labels"):
            match(tmp_path / "a.npy")

    def test_a_mapping_in_numpys_format(self, tmp_path, match, scores):
        np.save(tmp_path / "a.npy", {short(v): of for v, of in zip(VIDEOS, scores, strict=True)}, allow_pickle=True)
        assert np.array_equal(match(tmp_path / "a.npy").logits.logits, scores)

    def test_csv_whose_first_row_names_the_classes(self, tmp_path, match, scores):
        with (tmp_path / "a.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["video", "Run", "HandstandPushups", "Jump"])
            writer.writerows([[video, of[0, 2], of[0, 0], of[0, 1]] for video, of in zip(VIDEOS, scores, strict=True)])
        assert np.allclose(match(tmp_path / "a.csv").logits.logits[:, 0], scores[:, 0])

    def test_csv_of_numbers_only(self, tmp_path, match, scores):
        rows = [",".join([short(video), *map(str, of[0])]) for video, of in zip(VIDEOS, scores, strict=True)]
        (tmp_path / "a.csv").write_text("\n".join(rows))
        assert np.allclose(match(tmp_path / "a.csv").logits.logits[:, 0], scores[:, 0])

    def test_hdf5_as_dump_logits_writes_it(self, tmp_path, match, scores):
        stored = logits_file.Logits(
            logits=scores,
            video_id=tuple(VIDEOS),
            label=np.arange(6) // 2,
            frame_index=np.zeros((6, 4), np.int64),
            class_name=CLASSES,
            split=("test",) * 6,
            group=("g",) * 6,
            modality="flow",
        )
        logits_file.write(tmp_path / "a.h5", stored, {})
        logits = match(tmp_path / "a.h5").logits
        assert np.array_equal(logits.logits, scores)
        assert logits.modality == "flow"


class TestFaults:
    @pytest.fixture
    def stored(self, scores):
        return {short(video): of.sum(axis=0) for video, of in zip(VIDEOS, scores, strict=True)}

    def refused(self, match, path):
        with pytest.raises(InputError) as error:
            match(path)
        assert "\n" not in str(error.value)
        return str(error.value)

    def test_missing(self, tmp_path, match, stored):
        del stored["Jump_g02_c01"], stored["Run_g01_c01"]
        message = self.refused(match, dump(tmp_path / "a.pickle", stored))
        assert "2 videos of the list are missing: Jump/v_Jump_g02_c01.avi, Run/v_Run_g01_c01.avi" in message

    def test_doubled(self, tmp_path, match, stored):
        stored["v_Jump_g02_c01.avi"] = stored["Jump_g02_c01"]
        assert "1 video of the list is doubled: v_Jump" in self.refused(match, dump(tmp_path / "a.pickle", stored))

    def test_not_finite(self, tmp_path, match, stored):
        stored["Jump_g02_c01"] = np.array([0, np.nan, 1], np.float32)
        message = self.refused(match, dump(tmp_path / "a.pickle", stored))
        assert "1 video of the list is not finite: Jump/v_Jump_g02_c01.avi" in message

    def test_videos_that_are_not_listed_are_reported_and_left_out(self, tmp_path, match, stored):
        stored |= {"Run_g25_c07": stored["Run_g01_c01"], "Run_g25_c08": stored["Run_g01_c01"]}
        matched = match(dump(tmp_path / "a.pickle", stored))
        logits, extra = matched.logits, matched.extra
        assert (len(logits.video_id), extra) == (6, ["Run_g25_c07", "Run_g25_c08"])

    def test_other_classes(self, tmp_path, match, stored):
        wide = {name: np.zeros(51, np.float32) for name in stored}
        assert "scores of 51 classes, and the lists have 3" in self.refused(match, dump(tmp_path / "a.pkl", wide))

    def test_other_numbers_of_scores(self, tmp_path, match, stored):
        stored["Run_g01_c01"] = np.zeros(4, np.float32)
        message = self.refused(match, dump(tmp_path / "a.pickle", stored))
        assert "Run_g01_c01 has (1, 4) scores (samples, classes), and HandstandPushups_g01_c01 (1, 3)" in message

    @pytest.mark.parametrize("value", [{}, [], 3, "text", {"a": "b"}, {"a": None}, [{"x": 1}], [[1, 2], [3]]])
    @pytest.mark.parametrize("suffix", [".pickle", ".npy"])
    def test_a_file_without_scores(self, tmp_path, match, value, suffix):
        path = tmp_path / f"a{suffix}"
        if suffix == ".npy":
            np.save(path, np.array(value, dtype=object), allow_pickle=True)
        else:
            dump(path, value)
        assert str(path) in self.refused(match, path)

    @pytest.mark.parametrize("suffix", [".pickle", ".pkl", ".npy", ".npz", ".csv", ".h5", ".mat"])
    @pytest.mark.parametrize("content", [b"", b"nonsense", b"\x80\x05\x95", b"a,b\n1,2,3\n"])
    def test_damaged_files(self, tmp_path, match, suffix, content):
        path = tmp_path / f"a{suffix}"
        path.write_bytes(content)
        assert str(path) in self.refused(match, path)

    def test_no_file(self, tmp_path, match):
        assert "there is no such file" in self.refused(match, tmp_path / "a.pickle")

    def test_videos_of_one_name_in_two_classes_need_the_folder(self, tmp_path, folder, match):
        (folder / "testlist01.txt").write_text("Jump/a.avi\nRun/a.avi\n")
        logits = match(
            dump(tmp_path / "a.pkl", {"Run/a": np.array([0, 0, 1.0]), "Jump/a": np.array([0, 1.0, 0])})
        ).logits
        assert logits.logits[:, 0].tolist() == [[0, 1, 0], [0, 0, 1]]


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["twostream", *map(str, arguments)])
    cli.main()


def test_the_command_writes_what_fuse_reads(tmp_path, folder, scores, monkeypatch, capsys):
    stored = {short(video): of.sum(axis=0) for video, of in zip(VIDEOS, scores, strict=True)} | {
        "Run_g25_c01": scores[0, 0]
    }
    file, out = dump(tmp_path / "a.pickle", stored), tmp_path / "a.h5"
    run(monkeypatch, "import-scores", file, "--splits", folder, "--summed", 4, "--out", out)
    assert np.allclose(logits_file.read(out).logits[:, 0], scores.mean(axis=1), atol=1e-6)
    assert "1 video is not on the test list and left out: Run_g25_c01" in capsys.readouterr().err


@pytest.mark.parametrize(("recorded", "option", "expected"), [(None, "test", "test"), ("test", "unknown", "test")])
def test_chosen_on_comes_from_the_file_or_else_from_the_option(
    tmp_path, folder, scores, monkeypatch, recorded, option, expected
):
    stored = {short(video): of for video, of in zip(VIDEOS, scores, strict=True)}
    file = dump(tmp_path / "a.pickle", stored)
    if recorded:
        run(monkeypatch, "import-scores", file, "--splits", folder, "--chosen-on", recorded, "--out", tmp_path / "a.h5")
        file = tmp_path / "a.h5"
    run(monkeypatch, "import-scores", file, "--splits", folder, "--chosen-on", option, "--out", tmp_path / "b.h5")
    assert logits_file.read(tmp_path / "b.h5").chosen_on == expected


class TestFuse:
    @pytest.fixture
    def files(self, tmp_path, scores):
        for number in (1, 2):
            for name in ("a", "b"):
                values = (
                    np.random.default_rng([number, ord(name)]).normal(size=(6, 3)) + 2 * np.eye(3)[np.arange(6) // 2]
                )
                dump(tmp_path / f"{name}{number}.pickle", dict(zip(map(short, VIDEOS), values, strict=True)))
        return tmp_path

    def test_several_splits_give_mean_and_deviation(self, files, folder, monkeypatch, report):
        score_files = [f"--scores={name}={files / name}{{split}}.pickle" for name in ("a", "b")]
        run(monkeypatch, "fuse", *score_files, "--splits", folder, "--split", 1, 2, "--out", files / "out")
        one, two = (report(files / "out" / f"split0{n}")["streams"][0]["top1"] for n in (1, 2))
        row = report(files / "out")["streams"][0]
        assert row["top1"] == pytest.approx((one + two) / 2, abs=1e-3)
        assert row["top1_sd"] == pytest.approx(abs(one - two) / 2**0.5, abs=1e-3)
        reports = [files / "out" / f"split0{n}" / "report.json" for n in (1, 2)]
        run(monkeypatch, "mean", *reports, "--out", files / "mean")
        assert report(files / "mean")["fusion"] == report(files / "out")["fusion"]
        assert "±" in (files / "mean" / "report.html").read_text()
        assert 'href="split02/report.html"' in (files / "out" / "report.html").read_text()
        assert 'href="../out/split02/report.html"' in (files / "mean" / "report.html").read_text()

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["--scores", "a"], "--scores a: is not of the form STREAM=VALUE: give it as in spatial=scores.pickle"),
            (["--scores", "a=x.pkl", "--scores", "a=y.pkl"], "the stream `a` stands twice"),
            (["--scores", "a=x.pkl", "--split", "1", "2"], "is the same for several splits: give a path with {split}"),
            (["--scores", "a=x.pkl", "--modality", "b=rgb"], "--modality b=rgb: is no stream: choose one of a"),
            (["--scores", "a=x.pkl", "--modality", "a=blue"], "--modality a=blue: is no modality: choose one of rgb"),
            (["--scores", "a=x.pkl", "--split", "7"], "holds no list of split 7, but of 1, 2: set dataset"),
        ],
    )
    def test_wrong_arguments_are_refused(self, files, folder, monkeypatch, arguments, words):
        with pytest.raises(SystemExit, match=words):
            run(monkeypatch, "fuse", *arguments, "--splits", folder, "--out", files / "out")
