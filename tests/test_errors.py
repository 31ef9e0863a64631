"""Every error that the user can mend reads `THING: problem: remedy`, and the remedy begins with what to do."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import twostream
from twostream import errors
from twostream.errors import InputError

ROOT = Path(twostream.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))

VERBS = frozenset(
    (
        "add",
        "choose",
        "delete",
        "free",
        "give",
        "install",
        "lower",
        "make",
        "mend",
        "raise",
        "rename",
        "run",
        "set",
        "wait",
    )
)
"""The words that a remedy begins with."""

DYNAMIC = {"config/rules.py", "compute/failures.py"}
"""Modules whose remedies come from a table or from their callers."""


def functions(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield the functions and methods of a module, each with those within it."""
    for node in tree.body:
        yield from node.body if isinstance(node, ast.ClassDef) else [node]


def raised(scope: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls that make an InputError."""
    for node in ast.walk(scope):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "InputError":
            yield node


def beginnings(text: ast.expr, scope: ast.AST, module: ast.Module) -> list[str | None]:
    """Return what `text` can begin with, None where that cannot be told from the source of its function, `scope`."""
    if isinstance(text, ast.Constant) and isinstance(text.value, str):
        return [text.value]
    if isinstance(text, ast.JoinedStr):
        return beginnings(text.values[0], scope, module)
    if isinstance(text, ast.BinOp):
        return beginnings(text.left, scope, module)
    if isinstance(text, ast.IfExp):
        return beginnings(text.body, scope, module) + beginnings(text.orelse, scope, module)
    if isinstance(text, ast.FormattedValue):
        return beginnings(text.value, scope, module)
    name = ast.unparse(text).split(".")[-1]
    if name.isupper() and hasattr(errors, name):
        return [getattr(errors, name)]
    values = [
        node.value
        for node in (*ast.walk(scope), *module.body)
        if isinstance(node, ast.Assign) and any(ast.unparse(target) == name for target in node.targets)
    ]
    if isinstance(scope, ast.FunctionDef):  # A parameter that has a default.
        parameters = scope.args.args[len(scope.args.args) - len(scope.args.defaults) :]
        values += [value for arg, value in zip(parameters, scope.args.defaults, strict=True) if arg.arg == name]
    return [each for value in values for each in beginnings(value, scope, module)] or [None]


def faults(module: Path) -> Iterator[str]:
    """Yield what is wrong with the errors that `module` raises."""
    tree = ast.parse(module.read_text())
    for scope in functions(tree):
        for call in raised(scope):
            where = f"{module.relative_to(ROOT)}:{call.lineno}"
            if len(call.args) != 3 or call.keywords:
                yield f"{where} does not give thing, problem and remedy"
            elif str(module.relative_to(ROOT)) not in DYNAMIC:
                wrong = [
                    begin for begin in beginnings(call.args[2], scope, tree) if (begin or "").split(" ")[0] not in VERBS
                ]
                yield from (f"{where}: the remedy begins with {begin!r}" for begin in wrong)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(ROOT)))
def test_every_error_has_a_thing_a_problem_and_a_remedy(module):
    assert not list(faults(module))


def test_an_error_of_another_form_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    module = tmp_path / "module.py"
    module.write_text("""
def one(): raise InputError("all in one text")
def two(): raise errors.InputError("video", "is empty", "it must be mended")
def three(): raise InputError("video", "is empty", "mend it" if sure else "what now")
def four(remedy): raise InputError("video", "is empty", remedy)
def five(): raise InputError("video", "is empty", RERUN)
""")
    assert [fault.split(":")[1].split(" ")[0] for fault in faults(module)] == ["2", "3", "4", "5"]


def test_an_error_is_one_line_of_three_parts():
    error = InputError(Path("a.avi"), "is empty", "delete it")
    assert str(error) == "a.avi: is empty: delete it"
