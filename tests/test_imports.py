"""Importing a module does nothing but define names: doors and functions set up what they need when they are called."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import twostream

ROOT = Path(twostream.__file__).parent
MODULES = sorted(".".join(module.relative_to(ROOT.parent).with_suffix("").parts) for module in ROOT.rglob("*.py"))
STEPS = sorted(step.stem for step in (ROOT / "steps").glob("[!_]*.py"))
LIBRARIES = ("altair", "cv2", "dask", "h5py", "hdf5plugin", "numba", "threadpoolctl", "torch", "torchvision", "triton")
"""Imported before: what they change in a process is not ours."""

CHANGES = """
import importlib, json, os, sys, cv2
modules, libraries = json.loads(sys.argv[1])
for name in libraries:
    importlib.import_module(name)
cv2.setNumThreads(3)

def state():
    return {"excepthook": repr(sys.excepthook), "environment": dict(os.environ), "threads": cv2.getNumThreads()}

changes, before = [], state()
for name in modules:
    importlib.import_module(name)
    if state() != before:
        changes.append(name)
        before = state()
print(json.dumps(changes))
"""


def test_importing_changes_neither_hook_nor_environment_nor_opencv():
    modules = json.dumps([MODULES, LIBRARIES])
    done = subprocess.run([sys.executable, "-c", CHANGES, modules], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


@pytest.mark.parametrize("step", STEPS)
def test_a_step_interrupted_while_it_imports_its_libraries_ends_in_one_line(step, tmp_path):
    for library in (*LIBRARIES, "numpy", "tqdm"):
        (tmp_path / f"{library}.py").write_text("raise KeyboardInterrupt")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT.parent)])}
    command = [sys.executable, "-m", f"twostream.steps.{step}"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stderr == "twostream: interrupted; run the same command again to go on\n"
    assert done.returncode == 130
