"""Each step imports only what it needs, transitively: the import contract sees what a module names itself."""

import subprocess
import sys

import pytest

HEAVY = {
    "index": {"torch", "h5py"},
    "extract_frames": {"torch"},
    "compute_flow": {"torch"},
    "write_stacks": {"torch"},
    "train_stream": {"twostream.flow", "twostream.fusion"},
    "dump_logits": {"twostream.flow", "twostream.fusion"},
    "fuse": {"torch", "cv2", "jinja2", "dask"},
    "fusion_report": {"torch", "dask"},
}


@pytest.mark.parametrize("step", sorted(HEAVY))
def test_a_step_does_without_what_it_does_not_need(step):
    code = f"import sys, twostream.steps.{step}; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not HEAVY[step] & set(done.stdout.split())
