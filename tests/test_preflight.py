"""What would fail after hours is refused before a run begins."""

from pathlib import Path

import pytest

from twostream import plan, preflight, survey
from twostream.config import check
from twostream.errors import InputError
from twostream.flow import backends


@pytest.fixture
def planned(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(survey.decoder, "find", lambda *_: survey.decoder.UNKNOWN)

    def make(device="auto", pretrained="none"):
        stream = {"modality": "rgb", "architecture": "resnet18", "pretrained": pretrained}
        settings = check.check({"streams": {"a": stream}, "compute": {"device": device}})
        return plan.Plan(settings, survey.take(settings))

    return make


@pytest.mark.parametrize(
    ("device", "gpu", "runs_here"), [("cuda", "", False), ("cuda", "A100", True), ("auto", "", True)]
)
def test_a_device_that_is_there_or_on_the_cluster_is_let_through(planned, monkeypatch, device, gpu, runs_here):
    monkeypatch.setattr(backends, "gpu", lambda: gpu)
    preflight.check(planned(device), runs_here)


def test_slurm_that_is_not_here_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    preflight.check_submission("local")
    with pytest.raises(InputError, match=r"^--executor slurm: needs sbatch, which is not found here: run this on a"):
        preflight.check_submission("slurm")
    (tmp_path / "sbatch").touch(mode=0o755)
    preflight.check_submission("slurm")


def test_cuda_without_a_gpu_is_refused(planned, monkeypatch):
    monkeypatch.setattr(backends, "gpu", lambda: "")
    with pytest.raises(InputError, match=r"compute\.device: is cuda, and .* no GPU: set it to auto or cpu"):
        preflight.check(planned("cuda"), runs_here=True)


@pytest.mark.parametrize(
    ("device", "gpu", "is_warned"), [("auto", "A100", True), ("cpu", "A100", False), ("auto", "", False)]
)
def test_jobs_that_would_share_a_gpu_are_a_warning(planned, monkeypatch, capsys, device, gpu, is_warned):
    monkeypatch.setattr(backends, "gpu", lambda: gpu)
    preflight.warn_of_sharing(planned(device))
    assert ("--resources gpu=N: is not given" in capsys.readouterr().err) == is_warned


def test_weights_that_cannot_be_had_are_refused(planned, monkeypatch, tmp_path):
    monkeypatch.setattr(preflight.imagenet_files.imagenet, "FOLDER", f"{tmp_path.as_uri()}/none/")
    with pytest.raises(InputError, match="ImageNet weights of resnet18: cannot be downloaded"):
        preflight.check(planned(pretrained="imagenet"), runs_here=True)


@pytest.mark.parametrize("place", ["results", "results/index"])
def test_a_file_at_the_place_of_a_folder_is_refused(tmp_path, place):
    wrong = tmp_path / place
    wrong.parent.mkdir(exist_ok=True)
    wrong.touch()
    preflight.check_folders(tmp_path / "logs")
    with pytest.raises(InputError, match=rf"{place}: is not a folder: rename it"):
        preflight.check_folders(tmp_path / "results/index/0123456789ab")


def test_a_cache_whose_disk_is_not_mounted_is_refused_or_warned_of(tmp_path, capsys):
    with pytest.raises(
        InputError, match=r"compute\.cache_root: is .*disk/cache, and .*disk is not there: its disk may"
    ):
        preflight.check_root(tmp_path / "disk/cache")
    (tmp_path / "disk").mkdir()
    preflight.check_root(tmp_path / "disk/cache")
    assert "disk is empty; if a disk belongs there, it is not mounted" in capsys.readouterr().err


def test_a_cache_that_is_there_or_beside_other_files_or_in_the_project_is_no_question(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "disk/cache").mkdir(parents=True)
    for root in (tmp_path / "disk/cache", tmp_path / "disk/other", Path("results"), Path("deep/down/results")):
        preflight.check_root(root)
    assert not capsys.readouterr().err


@pytest.mark.parametrize(
    ("device", "gpu", "is_warned"), [("cuda", "", True), ("cuda", "A100", False), ("auto", "", False)]
)
def test_a_dry_run_warns_of_a_gpu_that_is_not_there(planned, monkeypatch, capsys, device, gpu, is_warned):
    monkeypatch.setattr(backends, "gpu", lambda: gpu)
    preflight.warn_of_device(planned(device))
    assert ("compute.device: is cuda, and the driver offers no GPU" in capsys.readouterr().err) == is_warned
