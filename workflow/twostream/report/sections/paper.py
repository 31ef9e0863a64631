"""What a paper takes from the report: result rows, a paragraph on methods, citations, the command."""

from dataclasses import dataclass
from urllib.parse import quote

from twostream.report import citations, methods, paper
from twostream.report.contents import Report
from twostream.report.sections.columns import Content

COMMAND = "snakemake --cores all fusion_report --configfile settings.yaml"
"""What makes the report of a workflow, whose settings the page has."""


@dataclass(frozen=True)
class Snippet:
    """A text to copy or to save: its `name` is that of the file, `title` says what it is."""

    name: str
    title: str
    text: str

    @property
    def uri(self) -> str:
        """The text as a data URI."""
        return f"data:text/plain;charset=utf-8,{quote(self.text)}"


def for_paper(report: Report) -> Content:
    """Return the paragraph in words, and the texts to copy."""
    paragraph = methods.paragraph(report)
    cited = citations.keys(paragraph)
    command = report.get("made_by", {}).get("command", "") or (COMMAND if report.get("stages") else "")
    latex = citations.in_latex(paragraph, paper.latex_text)
    snippets = [
        Snippet("rows.tex", "Result rows, LaTeX (booktabs)", paper.latex(report)),
        Snippet("rows.md", "Result rows, Markdown", paper.markdown(report)),
        Snippet("methods.tex", "Methods, LaTeX", latex + "\n"),
        Snippet("methods.md", "Methods, Markdown", paragraph + "\n"),
        Snippet("references.bib", f"{len(cited)} citations, BibTeX", citations.bibtex(cited)),
    ]
    return {
        "paragraph": citations.in_words(paragraph),
        "command": command,
        "is_workflow": bool(report.get("stages")),
        "snippets": snippets,
    }
