"""Each stage imports only what it needs, and nothing that stands after it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

LIBRARY = Path(__file__).parents[1] / "workflow" / "twostream"
ORDER = ["index", "video", "flow", "codecs", "stacks", "streams", "loader", "logits", "fusion", "report"]
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


@pytest.mark.parametrize("name", ORDER)
def test_no_module_imports_what_stands_after_it(name):
    after = set(ORDER[ORDER.index(name) + 1 :])
    assert not _imported(LIBRARY / f"{name}.py") & after


def test_the_library_knows_nothing_of_snakemake():
    for path in LIBRARY.rglob("*.py"):
        assert "import snakemake" not in path.read_text()


def _imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "twostream":
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("twostream."):
            found.add(str(node.module).split(".")[1])
    return found
