"""One HTML file that needs nothing else: a template, the style and the scripts put together."""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from twostream import text
from twostream.report import charts, plot_library

FOLDER = Path(__file__).with_name("templates")
SCRIPTS = ("tables.js", "matrix.js", "navigation.js")
PLOT_SCRIPT = "plots.js"
STYLES = ("style.css", "tables.css", "films.css", "matrix.css", "checks.css")


@dataclass(frozen=True)
class Plot:
    """A plot on a page: its description, what it shows in words, and the words below it."""

    name: str
    spec: charts.Spec
    alt: str
    caption: str = ""

    def __post_init__(self) -> None:
        """Show the names in the plot as the page shows them."""
        object.__setattr__(self, "spec", _printable_in(self.spec))

    @property
    def svg(self) -> Markup:
        """The plot for a page without script; its ids begin with its name, so that two plots never share one."""
        drawing = charts.svg(self.spec)
        drawing = re.sub(r'\bid="([\w-]+)"', rf'id="{self.name}-\1"', drawing)
        return Markup(re.sub(r'"url\(#([\w-]+)\)"', rf'"url(#{self.name}-\1)"', drawing))


@dataclass(frozen=True, kw_only=True)
class Strip:
    """Frames of a video side by side, which the page plays as a film.

    `uri` is the picture as a data URI, `alt` its description, `caption` the words below it, `frames` their number,
    `width` and `height` the pixels of one, and `seconds` how long the film takes in the video.
    """

    uri: str
    alt: str
    caption: str
    frames: int
    width: int
    height: int
    seconds: float


Strips = Mapping[str, Mapping[str, Strip]]
"""The strips of videos, by video and modality."""


def fill(template: str, content: Mapping[str, object]) -> str:
    """Return the HTML file of `template` filled with `content`, all of which is escaped.

    Names of files that readers save end with `run` of `content`, by which those of different pages differ.
    """
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["run"] = content.get("run", "")
    environment.filters |= {
        "size": text.size,
        "duration": text.duration,
        "yaml": _yaml,
        "signed": _signed,
        "printable": _printable_in,
    }
    return environment.get_template(template).render({**content, **_frame(content)})


def _frame(content: Mapping[str, object]) -> dict[str, object]:
    """Return what stands around `content` on every page: style, scripts, and the day on which it is written."""
    scripts = [(FOLDER / name).read_text(encoding="utf-8") for name in SCRIPTS]
    if _has_plot(content):
        scripts = [plot_library.script(), *scripts, (FOLDER / PLOT_SCRIPT).read_text(encoding="utf-8")]
    return {
        "style": Markup("".join((FOLDER / name).read_text(encoding="utf-8") for name in STYLES)),
        "scripts": [Markup(script) for script in scripts],
        "script_hashes": [_digest(script) for script in scripts],
        "date": datetime.now(UTC).date().isoformat(),
    }


def _has_plot(content: object) -> bool:
    """Return whether there is a plot in `content`; a page without one does not carry the library that draws them."""
    if isinstance(content, Mapping):
        return any(map(_has_plot, content.values()))
    return isinstance(content, Plot) or (isinstance(content, list | tuple) and any(map(_has_plot, content)))


def _printable(value: object) -> object:
    """Return `value` for the page; in a text, characters that no page shows, such as controls, by their code points."""
    return text.lines(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _printable_in(spec: Any) -> Any:
    """Return the `spec` of a plot with its texts as `_printable`."""
    if isinstance(spec, dict):
        return {name: _printable_in(item) for name, item in spec.items()}
    return [_printable_in(item) for item in spec] if isinstance(spec, list) else _printable(spec)


def _digest(script: str) -> str:
    """Return the digest by which the page's security policy admits this script and no other."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"


def _yaml(value: object) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=100)


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "\N{MINUS SIGN}")
