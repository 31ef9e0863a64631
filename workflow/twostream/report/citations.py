"""The publications that a report may have to cite: as BibTeX, and as they stand in a text."""

import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("templates") / "citations.bib"
CITED = re.compile(r"(\[@[\w;@ ]+\])")
"""A citation in a text, as pandoc has it: `[@simonyan2014]`, `[@wilson1927; @kish1965]`."""


def keys(text: str) -> list[str]:
    """Return the keys that `text` cites, each once, in their order."""
    return list(dict.fromkeys(key for part in CITED.split(text) for key in _cited_in(part)))


def bibtex(cited: Iterable[str]) -> str:
    """Return the entries of the publications `cited`."""
    return "\n".join(_entries()[key] for key in cited)


def in_words(text: str) -> str:
    """Return `text` with authors and year in brackets in place of each citation."""
    parts = [(part, _cited_in(part)) for part in CITED.split(text)]
    return "".join(f"({'; '.join(map(_authors, cited))})" if cited else part for part, cited in parts)


def in_latex(text: str, escape: Callable[[str], str]) -> str:
    r"""Return `text` as LaTeX: what is no citation by `escape`, and `\cite` in place of each citation."""
    parts = [(part, _cited_in(part)) for part in CITED.split(text)]
    return "".join(f"\\cite{{{','.join(cited)}}}" if cited else escape(part) for part, cited in parts)


def _cited_in(part: str) -> list[str]:
    """Return the keys of `part` of a text; none where it is no citation, as the name of a stream may look like one."""
    keys = [key.strip().removeprefix("@") for key in part[1:-1].split(";")] if CITED.fullmatch(part) else []
    return keys if all(key in _entries() for key in keys) else []


@cache
def _entries() -> dict[str, str]:
    """Return the entries of the file by their keys."""
    entries = re.split(r"^(?=@)", FILE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {entry.partition("{")[2].partition(",")[0]: entry for entry in entries}


def _authors(key: str) -> str:
    """Return who wrote the publication `key`, and when: `Teed and Deng, 2020`."""
    entry = _entries()[key]
    author, year = (re.search(rf"{name} = {{(.*)}},?\n", entry) for name in ("author", "year"))
    assert author and year, key
    names = [_plain(name.partition(",")[0]) for name in author[1].split(" and ")]
    who = " and ".join(names) if len(names) < 3 else f"{names[0]} et al."
    return f"{who}, {year[1]}"


def _plain(name: str) -> str:
    """Return a surname without LaTeX's accents."""
    accents = {r"{\'a}": "á", r"{\'e}": "é", r"{\"a}": "ä", r"{\"o}": "ö"}
    for written, letter in accents.items():
        name = name.replace(written, letter)
    return name
