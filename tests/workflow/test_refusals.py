"""What is refused before anything runs, in one line."""

import subprocess
import sys

import pytest

from support.project import ROOT, Project


@pytest.fixture
def project(tmp_path) -> Project:
    return Project(tmp_path / "project")


class TestRefusals:
    def test_an_unknown_key(self, project):
        project.settings["flow"]["bond"] = 3
        assert "flow.bond: is unknown (did you mean flow.bound?)" in project.refusal()

    def test_a_value_out_of_bounds(self, project):
        project.settings["index"]["shards"] = 0
        assert "index.shards: is 0: set it to a whole number, at least 1" in project.refusal()

    def test_a_folder_that_is_not_there(self, project):
        project.settings["dataset"] = {"folder": "nowhere"}
        assert "dataset.folder: nowhere is not a folder" in project.refusal()

    def test_weights_that_are_not_there(self, project):
        project.settings["streams"]["spatial"]["pretrained"] = "nowhere.pth"
        assert "streams.spatial.pretrained: is 'nowhere.pth'" in project.refusal()

    @pytest.mark.parametrize(
        ("train", "test", "words"),
        [
            ("Jump/v_Jump_g01_c01.avi 1\n", "Jump/gone.avi\n", "testlist01.txt: Jump/gone.avi is not in"),
            ("Jump/v_Jump_g01_c01.avi 1\n", "\n", "testlist01.txt: no video is listed"),
        ],
    )
    def test_bad_lists(self, project, tree, train, test, words):
        folder = tree(groups=1)
        for name, text in (("classInd", "1 Jump\n2 Run\n"), ("trainlist01", train), ("testlist01", test)):
            (folder / f"{name}.txt").write_text(text)
        project.settings["dataset"] = {"folder": str(folder)}
        assert words in project.refusal()


def test_the_preset_is_not_laid_over_the_demo():
    process = subprocess.run(
        [
            *(sys.executable, "-m", "snakemake", "-n", "--configfile", "presets/ucf101.yaml"),
            *("--config", "dataset={folder: nowhere}"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "twostream: dataset.folder: nowhere is not a folder" in process.stderr
