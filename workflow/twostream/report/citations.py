"""The publications that a report may have to cite: as BibTeX, and as they stand in a text."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("templates") / "citations.bib"
CITED = re.compile(r"\[@([\w;@ ]+)\]")
"""Keys in a text, as pandoc has them: `[@simonyan2014]`, `[@wilson1927; @kish1965]`."""


def keys(text: str) -> list[str]:
    """Return the keys that `text` cites, each once, in their order."""
    return list(dict.fromkeys(key for cited in CITED.findall(text) for key in _keys_in(cited)))


def bibtex(cited: Iterable[str]) -> str:
    """Return the entries of the publications `cited`."""
    return "\n".join(_entries()[key] for key in cited)


def in_words(text: str) -> str:
    """Return `text` with authors and year in brackets in place of the keys."""
    return CITED.sub(lambda match: f"({'; '.join(map(_authors, _keys_in(match[1])))})", text)


def in_latex(text: str) -> str:
    r"""Return `text`, which is LaTeX but for its citations, with `\cite` in place of the keys."""
    return CITED.sub(lambda match: f"\\cite{{{','.join(_keys_in(match[1]))}}}", text)


def _keys_in(cited: str) -> list[str]:
    return [key.strip().removeprefix("@") for key in cited.split(";")]


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
