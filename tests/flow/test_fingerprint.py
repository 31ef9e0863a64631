"""The digest of what a flow backend computes here: it is in the key, and tells machines that round otherwise apart."""

import json
import os
import subprocess
import sys

import cv2
import pytest
import torch

from support.videos import encode, moving_dots
from twostream import plan, survey
from twostream.cache import environment, measurement
from twostream.cache.stages import COMPUTE_FLOW, EXTRACT_FRAMES
from twostream.config import check
from twostream.errors import InputError
from twostream.flow import backends, fingerprint, rounding
from twostream.plan import Plan
from twostream.steps import compute_flow

PLANNING = """
import sys
from twostream.config import check
from twostream import plan
settings = check.check({"compute": {"cache_root": sys.argv[1]}, "flow": {"backend": "fused"}})
made = plan.make(settings)
print(made.survey.rounding, *sorted({"av", "cv2", "numba", "torch"} & set(sys.modules)))
"""
WITHOUT_DECODER = """
import runpy, sys
sys.modules["av"] = None
sys.argv = ["fingerprint", "torch", "cpu"]
runpy.run_module("twostream.flow.fingerprint", run_name="__main__")
"""
WITHOUT_IPP = {"OPENCV_IPP": "disabled"}


def in_another_process(backend: str, **variables: str) -> str:
    command = [sys.executable, "-m", "twostream.flow.fingerprint", backend, "cpu"]
    done = subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, check=True)
    return str(json.loads(done.stdout))


@pytest.mark.parametrize("backend", [*backends.TVL1, "dis", "farneback"])
def test_it_is_the_same_each_time_and_in_planning(backend, tmp_path):
    here = fingerprint.take(backend, "cpu")
    assert len(here) == 12
    assert fingerprint.take(backend, "cpu") == rounding.find(tmp_path, {"backend": backend}, "cpu") == here


def test_backends_that_follow_one_rule_have_one_digest():
    assert fingerprint.take("fused") == fingerprint.take("torch", "cpu")


def test_it_needs_no_decoder_of_videos():
    done = subprocess.run([sys.executable, "-c", WITHOUT_DECODER], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == fingerprint.take("torch", "cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_one_line():
    command = [sys.executable, "-m", "twostream.flow.fingerprint", "torch", "cuda"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("twostream: compute.device: is cuda, and torch finds no GPU")
    assert done.stderr.count("\n") == 1


def test_an_opencv_that_rounds_otherwise_is_another_digest_of_its_own_backend_only():
    if "IPP" not in cv2.getBuildInformation():
        pytest.skip("an OpenCV without Intel's IPP, which cannot be turned off")
    assert in_another_process("opencv", **WITHOUT_IPP) != in_another_process("opencv")
    assert in_another_process("fused", **WITHOUT_IPP) == in_another_process("fused")


def test_planning_loads_no_backend(tmp_path):
    done = subprocess.run([sys.executable, "-c", PLANNING, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [fingerprint.take("fused")]
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("module", "name", "value"),
    [
        (environment, "opencv", "opencv-python-headless 4.12.0"),
        (environment, "instructions", "no AVX2"),
        (backends, "gpu", "another GPU"),
    ],
)
def test_it_is_remembered_by_versions_processor_and_gpu(tmp_path, monkeypatch, module, name, value):
    calls = []
    monkeypatch.setattr(measurement, "_run", lambda *call: calls.append(call) or f"digest {len(calls)}")
    assert [rounding.find(tmp_path, {"backend": "torch"}, "auto", remember=True) for _ in range(2)] == ["digest 1"] * 2
    monkeypatch.setattr(module, name, lambda: value)
    assert rounding.find(tmp_path, {"backend": "torch"}, "auto") == "digest 2"


def test_a_variable_that_changes_how_opencv_rounds_is_not_forgotten(tmp_path, monkeypatch):
    first = rounding.find(tmp_path, {"backend": "opencv"}, "cpu", remember=True)
    for name, value in WITHOUT_IPP.items():
        monkeypatch.setenv(name, value)
    assert rounding.find(tmp_path, {"backend": "opencv"}, "cpu") == in_another_process("opencv", **WITHOUT_IPP)
    for name in WITHOUT_IPP:
        monkeypatch.delenv(name)
    assert rounding.find(tmp_path, {"backend": "opencv"}, "cpu") == first


def test_where_no_flow_can_be_computed_planning_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "opencv", lambda: None)
    monkeypatch.setattr(measurement.sys, "executable", "false")
    assert rounding.find(tmp_path, {"backend": "opencv"}, "cpu", remember=True) == ""
    assert not rounding.memory_file(tmp_path).exists()


def test_it_is_in_the_key_of_flow_and_in_no_other(monkeypatch):
    def plan_with(digest: str, **flow: str) -> Plan:
        monkeypatch.setattr(survey.rounding, "find", lambda *_: digest)
        return plan.make(check.check({"flow": flow}))

    first, other = plan_with("a"), plan_with("b")
    assert first.video_key(COMPUTE_FLOW) != other.video_key(COMPUTE_FLOW)
    assert first.video_key(EXTRACT_FRAMES) == other.video_key(EXTRACT_FRAMES)
    assert first.index == other.index
    imported = "0123456789ab"
    assert plan_with("a", imported=imported).video_key(COMPUTE_FLOW) == imported
    assert plan_with("a", imported=imported).survey.rounding == ""


def test_a_job_on_a_machine_that_rounds_otherwise_is_refused(tmp_path, monkeypatch):
    encode(tmp_path / "videos" / "Jump" / "a.avi", moving_dots(4))
    arguments = ["--index", tmp_path / "index.json", "--folder", tmp_path / "videos", "--out", tmp_path / "0000-a.h5"]
    more = ["--shard", "0000-a", "--shards", "1", "--rounding", "0123456789ab", "--device", "cpu"]
    monkeypatch.setattr("sys.argv", ["compute_flow", *map(str, arguments), *more])
    with pytest.raises(
        InputError, match=r"the flow backend: it gives other flow here .*: run the workflow on machines"
    ):
        compute_flow.main()
    assert not (tmp_path / "0000-a.h5").exists()
