"""What docs/features.md shows of Python runs as it stands there."""

import re
from pathlib import Path

import pytest

from support import features
from twostream.logits import features_file

PAGE = Path(__file__).parents[2] / "docs/features.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    for stream in ("spatial", "temporal"):
        path = tmp_path / "results" / "features" / f"{stream}.h5"
        features.write(path)
        features_file.write_npz(path.with_suffix(".npz"), features_file.read(path), "")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.splitlines()[0])
def test_an_example_runs(block, folder, capsys):
    exec(compile(block, str(PAGE), "exec"), {})
    printed = capsys.readouterr().out
    assert all(line.endswith(": 1.000") for line in printed.splitlines()), "these classes are told apart"


def test_numpy_scikit_learn_torch_and_hdf5_are_shown():
    assert [
        bool(re.search(r"^(import|from) " + name, "\n".join(BLOCKS), re.MULTILINE))
        for name in ("numpy", "sklearn", "torch", "h5py")
    ] == [True] * 4
