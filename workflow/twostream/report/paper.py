"""The result rows as tables for a paper, in LaTeX and in Markdown."""

from collections.abc import Mapping, Sequence

from twostream import text
from twostream.fusion.contract import Accuracy
from twostream.report import choices, derive
from twostream.report.contents import Report

HEADINGS = ("method", "top-1", "top-5", "mean class", "95 % interval")
LATEX = {
    "\\": r"\textbackslash{}",
    **{letter: f"\\{letter}" for letter in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
}
"""What LaTeX does not show as it is."""


def rows(report: Report) -> list[tuple[str, ...]]:
    """Return the cells of a row for each stream, each fixed rule and the reported fusion."""
    best = derive.reported_row(report)
    streams = [_cells(row["stream"], row) for row in report["streams"]]
    if len(streams) == 1:
        return streams
    fixed = [_cells(f"{row['strategy']} (fixed)", row) for row in report["fusion"] if derive.is_fixed(row)]
    reported = [] if derive.is_fixed(best) else [_cells(choices.named(best), best)]
    return [*streams, *fixed, *reported]


def latex(report: Report) -> str:
    """Return the rows as a tabular of the package booktabs."""
    body = [" & ".join(map(latex_text, row)) + r" \\" for row in (HEADINGS, *rows(report))]
    rules = [r"\begin{tabular}{lrrrr}", r"\toprule", body[0], r"\midrule", *body[1:], r"\bottomrule", r"\end{tabular}"]
    return "\n".join(rules) + "\n"


def markdown(report: Report) -> str:
    """Return the rows as a table of Markdown."""
    lines = [_markdown_row(HEADINGS), "| --- | ---: | ---: | ---: | ---: |", *map(_markdown_row, rows(report))]
    return "\n".join(lines) + "\n"


def latex_text(words: str) -> str:
    """Return `words` as LaTeX shows them; a letter that no page shows is written by its code point."""
    return "".join(LATEX.get(letter, letter) for letter in text.printable(words))


def _markdown_row(cells: Sequence[str]) -> str:
    escapes = {"|": "\\|", "\\": "\\\\", "<": "&lt;", "*": "\\*", "_": "\\_", "`": "\\`", "[": "\\["}
    return f"| {' | '.join(_escaped(text.printable(cell), escapes) for cell in cells)} |"


def _escaped(words: str, escapes: Mapping[str, str]) -> str:
    return "".join(escapes.get(letter, letter) for letter in words)


def _cells(name: str, row: Accuracy) -> tuple[str, ...]:
    low, high = row["ci95"]
    figures = (f"{row[field]:.1f}" for field in ("top1", "top5", "mean_class_accuracy"))
    return (name, *figures, f"{low:.1f} to {high:.1f}")
