"""A file fits in a head and a function on a screen, tests included."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.project import ROOT

FILE_LINES, FUNCTION_LINES = 300, 30
SOURCES = [path for folder in ("workflow", "tests", "docs") for path in sorted((ROOT / folder).rglob("*.py"))]


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the name of each function of a file, and its lines from `def` to its end."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_and_its_functions_are_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= FILE_LINES
    assert [name for name, lines in functions(path) if lines > FUNCTION_LINES] == []
