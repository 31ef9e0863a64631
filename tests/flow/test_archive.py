"""Archives of flow images, as they are published and as the usual tools write them."""

import shutil
from pathlib import Path

import cv2
import h5py
import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from support.project import Project
from support.videos import entry
from twostream import cli
from twostream.errors import InputError
from twostream.files import hdf5
from twostream.flow import archive
from twostream.flow.quantise import dequantise, quantise
from twostream.stacks import codecs
from twostream.videos.index import Video

BOUND = 20.0
WIDTH, HEIGHT = 24, 16


def theirs(field: float | np.ndarray, bound: float = BOUND) -> np.ndarray:
    """Their quantisation: dense_flow and denseflow round 255 (f + b) / (2 b), the tie at zero upwards."""
    return np.rint(255 * (np.clip(field, -bound, bound) + bound) / (2 * bound)).astype(np.uint8)


def video(id: str, pairs: int = 3) -> Video:
    return entry(id, frames=pairs + 1, width=WIDTH, height=HEIGHT)


def fill(root: Path, layout: str, name: str, pairs: int = 3, of_class: str = "") -> None:
    """Flow that grows by a pixel a pair in x, and falls in y."""
    for t in range(pairs):
        for component, sign in (("x", 1), ("y", -1)):
            image = np.full((HEIGHT, WIDTH), theirs(np.float32(sign * (t + 1))))
            if layout == "uv":
                path = root / {"x": "u", "y": "v"}[component] / name / f"frame{t + 1:06d}.png"
            else:
                number = t if layout == "denseflow" else t + 1
                path = root / of_class / name / f"flow_{component}_{number:05d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), image)


@pytest.mark.parametrize(("layout", "of_class"), [("uv", ""), ("denseflow", "Jump"), ("denseflow", ""), ("gpu", "")])
def test_every_layout_comes_back_in_order(tmp_path, layout, of_class):
    fill(tmp_path, layout, "v_a_g01", of_class=of_class)
    good, bad = archive.match(archive.scan(tmp_path), [video("Jump/v_A_g01.avi")])
    assert not bad
    stored = np.array(list(archive.fields(good["Jump/v_A_g01.avi"], BOUND)))
    assert stored.shape == (3, 2, HEIGHT, WIDTH)
    pixels = dequantise(stored, BOUND)[:, :, 0, 0]
    assert pixels == pytest.approx(np.array([[1, -1], [2, -2], [3, -3]]), abs=BOUND / 254 + BOUND / 255)


@given(st.floats(-30, 30), st.floats(0.5, 100))
def test_requantising_moves_flow_by_no_more_than_both_roundings(pixels, bound):
    table = quantise(np.linspace(-bound, bound, 256, dtype=np.float32), bound)
    back = dequantise(table[theirs(pixels, bound)], bound)
    assert abs(back - np.clip(pixels, -bound, bound)) <= (bound / 254 + bound / 255) * 1.001


@pytest.mark.parametrize("bound", [1, 15, 20, 32])
def test_no_motion_becomes_exactly_zero(bound):
    table = quantise(np.linspace(-bound, bound, 256, dtype=np.float32), bound)
    assert table[theirs(0.0, bound)] == table[127] == table[128] == 128
    assert (table[[0, 255]] == [1, 255]).all()


class TestFaults:
    def reason(self, root: Path, pairs: int = 3) -> str:
        _, bad = archive.match(archive.scan(root), [video("Jump/a.avi", pairs)])
        return bad["Jump/a.avi"]

    def test_short(self, tmp_path):
        fill(tmp_path, "gpu", "a")
        assert self.reason(tmp_path, 4) == "short: 3 of 4 pairs"

    def test_too_long(self, tmp_path):
        fill(tmp_path, "denseflow", "a")
        assert self.reason(tmp_path, 2) == "too long: 3 of 2 pairs"

    def test_missing_video(self, tmp_path):
        fill(tmp_path, "uv", "b")
        assert self.reason(tmp_path) == "missing"

    def test_missing_in_between(self, tmp_path):
        fill(tmp_path, "denseflow", "a", 4)
        for component in "xy":
            (tmp_path / "a" / f"flow_{component}_00002.png").unlink()
        assert self.reason(tmp_path).endswith("has no number 2")

    def test_missing_component(self, tmp_path):
        fill(tmp_path, "uv", "a")
        (tmp_path / "v" / "a" / "frame000003.png").unlink()
        assert self.reason(tmp_path).endswith("has number 3 of one component only")

    def test_doubled_number(self, tmp_path):
        fill(tmp_path, "gpu", "a")
        (tmp_path / "a" / "flow_x_2.jpg").write_bytes((tmp_path / "a" / "flow_x_00002.png").read_bytes())
        assert self.reason(tmp_path).endswith("has number 2 twice")

    def test_doubled_video(self, tmp_path):
        fill(tmp_path, "gpu", "a", of_class="one")
        fill(tmp_path, "gpu", "a", of_class="two")
        assert self.reason(tmp_path).startswith("doubled: in ")

    def test_the_class_tells_two_videos_of_one_name_apart(self, tmp_path):
        fill(tmp_path, "gpu", "a", of_class="Jump")
        fill(tmp_path, "gpu", "a", of_class="Run")
        good, bad = archive.match(archive.scan(tmp_path), [video("Jump/a.avi"), video("Run/a.avi")])
        assert not bad
        assert good["Run/a.avi"].folder == tmp_path / "Run" / "a"

    def test_a_file_that_is_not_an_image(self, tmp_path):
        fill(tmp_path, "gpu", "a")
        (tmp_path / "a" / "flow_y_00002.png").write_text("I am a text")
        good, _ = archive.match(archive.scan(tmp_path), [video("Jump/a.avi")])
        with pytest.raises(InputError, match=r"flow_y_00002\.png: is not an image"):
            list(archive.fields(good["Jump/a.avi"], BOUND))

    def test_another_size(self, tmp_path):
        fill(tmp_path, "gpu", "a")
        cv2.imwrite(str(tmp_path / "a" / "flow_y_00002.png"), np.zeros((5, 5), np.uint8))
        good, _ = archive.match(archive.scan(tmp_path), [video("Jump/a.avi")])
        with pytest.raises(InputError, match="number 2 has another size"):
            list(archive.fields(good["Jump/a.avi"], BOUND))

    def test_an_empty_folder(self, tmp_path):
        with pytest.raises(InputError, match="no flow is there: choose a folder of"):
            archive.scan(tmp_path)


def check_that_an_image_cut_short_is_named(project: Project, arguments: list[str], capsys) -> None:
    """Cut an image of the archive short, import, and mend it."""
    image = project.folder / "flow" / "v_Jump_g01_c01" / "flow_y_00003.png"
    whole = image.read_bytes()
    image.write_bytes(whole[:-20])
    with pytest.raises(InputError, match=r"flow: 1 cut short; the first is Jump/v_Jump_g01_c01\.avi: cut short: "):
        cli.call(["import-flow", *arguments])
    assert capsys.readouterr().err.endswith("/v_Jump_g01_c01/flow_y_00003.png\n")
    assert not project.files("compute_flow/*/*.h5")
    image.write_bytes(whole)


def test_the_workflow_uses_what_was_imported(tmp_path, tree, monkeypatch, capsys):
    """The index is made by the workflow, the archive imported, and no flow is left to compute."""
    project = Project(tmp_path / "project")
    project.settings["dataset"] = {"folder": str(tree(groups=2, clips=1))}
    project.settings.pop("demo")
    assert project.snakemake("-j2", "index").returncode == 0
    monkeypatch.chdir(project.folder)
    arguments = ["flow", "--configfile", "settings.yaml", "--bound", "20"]
    for number, name in enumerate(("Jump", "Run")):
        for group in (1, 2):
            fill(project.folder / "flow", "gpu", f"v_{name}_g{group:02d}_c01", 14 - number * group // 2)
    with pytest.raises(InputError, match=r"flow: 1 short; the first is Run/v_Run_g02_c01\.avi: short: 13 of 14 pairs"):
        cli.call(["import-flow", *arguments])
    assert capsys.readouterr().err == "Run/v_Run_g02_c01.avi: short: 13 of 14 pairs\n"
    fill(project.folder / "flow", "gpu", "v_Run_g02_c01", 14)
    check_that_an_image_cut_short_is_named(project, arguments, capsys)
    cli.call(["import-flow", *arguments])
    project.settings["flow"] |= yaml.safe_load(capsys.readouterr().out)["flow"]
    jobs = project.jobs()
    assert "compute_flow" not in jobs
    assert jobs["extract_frames"] == len(project.files("compute_flow/*/*.h5"))
    with h5py.File(project.files("compute_flow/*/*.h5")[0]) as shard:
        group = next(iter(next(iter(shard.values())).values()))
        assert (hdf5.read_text_attr(group, "backend"), group.attrs["bound"], len(codecs.open_frames(group.id))) == (
            "imported",
            20,
            14,
        )
    shutil.rmtree(project.files("compute_flow/*/*.h5")[0].parent)
    assert "run twostream import-flow again" in project.snakemake("-j2", "fusion_report").stdout


class TestEqualNames:
    """Videos of one name in several classes."""

    VIDEOS = (video("run/001.avi"), video("walk/001.avi"))

    def test_cannot_share_a_folder(self, tmp_path):
        fill(tmp_path, "denseflow", "001")
        good, bad = archive.match(archive.scan(tmp_path), self.VIDEOS)
        assert not good
        assert bad["run/001.avi"] == f"shared: {tmp_path / '001'} is of one of 2 videos of that name"

    def test_have_a_folder_each_in_folders_of_classes(self, tmp_path):
        fill(tmp_path, "denseflow", "001", of_class="Run")
        fill(tmp_path, "denseflow", "001", of_class="Walk")
        good, bad = archive.match(archive.scan(tmp_path), self.VIDEOS)
        assert {id: images.folder.parent.name for id, images in good.items()} == {
            "run/001.avi": "Run",
            "walk/001.avi": "Walk",
        }
        assert not bad

    def test_one_does_not_take_the_folder_of_the_other(self, tmp_path):
        fill(tmp_path, "denseflow", "001", of_class="run")
        fill(tmp_path, "denseflow", "002", of_class="walk")
        good, bad = archive.match(archive.scan(tmp_path), self.VIDEOS)
        assert (list(good), bad) == (["run/001.avi"], {"walk/001.avi": "missing"})

    def test_of_two_suffixes_in_one_class_cannot_share_either(self, tmp_path):
        fill(tmp_path, "gpu", "001")
        _, bad = archive.match(archive.scan(tmp_path), [video("run/001.avi"), video("run/001.mp4")])
        assert len(bad) == 2


def test_an_archive_called_as_a_class_is_no_class(tmp_path):
    fill(tmp_path / "run", "denseflow", "001")
    good, _ = archive.match(archive.scan(tmp_path / "run"), [video("walk/001.avi"), video("run/002.avi")])
    assert list(good) == ["walk/001.avi"]


def test_names_are_matched_in_any_form_of_unicode(tmp_path):
    fill(tmp_path, "uv", "e\N{COMBINING ACUTE ACCENT}te\N{COMBINING ACUTE ACCENT}")
    good, _ = archive.match(archive.scan(tmp_path), [video("Jump/été.avi")])
    assert list(good) == ["Jump/été.avi"]
