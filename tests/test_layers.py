"""Who may import whom: the contract in `.importlinter` holds, and notices what breaks it."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LIBRARY = ROOT / "workflow/twostream"
HOOK = [
    "import sys",
    "from twostream import console",
    "from twostream.compute import openmp",
    "if sys.argv[:1] == ['-m']:\n    console.install_hook()\n    openmp.wait_passively()",
]
"""Before a step that is run imports its libraries, which takes seconds, Ctrl-C is to end it in one line.

How their threads wait is decided before that, too.
"""
OFFERED = ("__version__", "__all__", "__getattr__")
"""What the package itself names; its `__getattr__` imports the module of what is asked for."""
HEAVY = {
    "commands.fuse": {"torch", "av", "cv2", "dask", "hdf5plugin"},
    "plan": {"torch", "av", "cv2", "h5py", "numba", "twostream.fusion", "twostream.report"},
    "steps.index": {"torch", "h5py"},
    "steps.extract_frames": {"torch"},
    "steps.compute_flow": {"torch"},
    "steps.write_stacks": {"torch"},
    "steps.train_stream": {"twostream.flow", "twostream.fusion"},
    "steps.dump_logits": {"twostream.flow", "twostream.fusion"},
    "steps.dump_features": {"twostream.flow", "twostream.fusion"},
    "steps.features": {"torch", "av", "cv2", "dask"},
    "steps.fuse": {"torch", "av", "cv2", "jinja2", "dask"},
    "steps.fusion_report": {"torch", "dask"},
}
PLANTED = {
    "an import upwards": ("videos/index.py", "\nfrom twostream import plan\n", "videos is not allowed to import"),
    "an import upwards within a function": (
        "videos/index.py",
        "\n\ndef later():\n    from twostream.fusion import rules\n",
        "videos is not allowed to import",
    ),
    "flow that knows stacks": ("flow/colour.py", "\nfrom twostream.stacks import codecs\n", "flow is not allowed"),
    "a module without a place": ("helpers.py", '"""Helpers."""\n', "needs a place in this list (.importlinter)"),
    "a module without a place in its package": (
        "stacks/helpers.py",
        '"""Helpers."""\n',
        "twostream.stacks.helpers (Since this contract",
    ),
    "a library that is not allowed": ("fusion/rules.py", "\nimport torch\n", "twostream.fusion.rules imports torch"),
    "Snakemake in the library": (
        "cache/keys.py",
        "\nfrom snakemake.utils import min_version\n",
        "twostream.cache.keys imports snakemake",
    ),
}


@pytest.fixture
def lint(tmp_path: Path) -> Callable[[], subprocess.CompletedProcess[str]]:
    """Check a copy of the library, `twostream` in the test's own folder, by the contract."""
    shutil.copytree(LIBRARY, tmp_path / "twostream", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)

    def check() -> subprocess.CompletedProcess[str]:
        program = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "300"}
        return subprocess.run(program, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    return check


def test_the_library_keeps_the_contract(lint):
    result = lint()
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("mistake", PLANTED)
def test_the_contract_notices(mistake, lint, tmp_path):
    file, code, message = PLANTED[mistake]
    with (tmp_path / "twostream" / file).open("a", encoding="utf-8") as module:
        module.write(code)
    result = lint()
    assert result.returncode != 0
    assert message in " ".join(result.stdout.split())


@pytest.mark.parametrize("file", sorted(LIBRARY.rglob("__init__.py")), ids=lambda file: file.parent.name)
def test_a_package_is_a_docstring_and_imports_nothing_but_the_hook_of_the_steps(file):
    docstring, *rest = ast.parse(file.read_text(encoding="utf-8")).body
    assert isinstance(docstring, ast.Expr)
    assert isinstance(docstring.value, ast.Constant)
    if file.parent == LIBRARY:
        assert tuple(getattr(line, "name", None) or ast.unparse(line.targets[0]) for line in rest) == OFFERED
    else:
        assert [ast.unparse(line) for line in rest] == (HOOK if file.parent == LIBRARY / "steps" else [])


@pytest.mark.parametrize("module", HEAVY)
def test_a_module_does_without_what_it_does_not_need(module):
    """The contract sees what a module names itself; this sees what comes with it."""
    code = f"import sys, twostream.{module}; print(*sorted(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not HEAVY[module] & set(result.stdout.split())
