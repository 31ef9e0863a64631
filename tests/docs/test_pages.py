"""The pages keep up with the code: links, paths, packages and words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "workflow/twostream"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
MAP = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
WORDS = (ROOT / "docs/words.md").read_text(encoding="utf-8")
RETIRED = {
    word: row[1]
    for row in re.findall(r"^\| (.+?) \| (.+?) \|$", WORDS.partition("| retired |")[2], re.MULTILINE)
    for word in re.findall(r"`(\w+)`", row[0])
}


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def names(tree: ast.Module) -> Iterator[str]:
    """Yield what a module itself names: functions, classes, arguments, variables and attributes."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


def test_the_map_has_every_package_and_module_of_the_top():
    on_disk = {path.stem for path in LIBRARY.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    headings = " ".join(re.findall(r"^### (.+)$", MAP, re.MULTILINE))
    assert set(re.findall(r"`(\w+)`", headings)) == on_disk - {"__init__"}


def test_every_path_on_the_map_exists():
    for path in re.findall(r"`([\w./]+/[\w.]+)`", MAP.partition("## I want to")[2]):
        assert any((base / path).exists() for base in (ROOT, LIBRARY)), path


def test_every_file_that_a_room_names_lies_in_one():
    rooms = MAP.partition("## The rooms")[2].partition("## I want to")[0]
    for name in re.findall(r"`([a-z_]+\.(?:py|yaml))`", rooms):
        assert any(LIBRARY.rglob(name)), name


def test_no_retired_word_is_a_name_in_the_library():
    assert RETIRED
    used = {
        f"{file.relative_to(LIBRARY)}: {name}: {RETIRED[name]}"
        for file in LIBRARY.rglob("*.py")
        for name in names(ast.parse(file.read_text(encoding="utf-8")))
        if name in RETIRED
    }
    assert not used
