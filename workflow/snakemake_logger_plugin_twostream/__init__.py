"""A dotted name, as in `--config flow.bound=10`, and a --configfile that is not there are answered in one line.

Snakemake refuses them with a traceback before it reads any file of ours. A package that is called as a plugin for its
log is imported before that, when its command line is about to be read: that is all that this one is for.
"""

import re
import sys
from logging import LogRecord
from pathlib import Path

from snakemake_interface_logger_plugins.base import LogHandlerBase


class LogHandler(LogHandlerBase):
    """A handler that writes nothing: Snakemake asks every plugin for its log to have one."""

    writes_to_stream = False
    writes_to_file = False
    has_filter = False
    has_formatter = False
    needs_rulegraph = False

    def emit(self, record: LogRecord) -> None:
        """Write nothing."""


def _answer(words: list[str]) -> None:
    """End the program in one line where one of the `words` of its command has a dotted name."""
    if any(re.match(r"\w+(\.\w+)+=|--config=", word) for word in words):
        from twostream.config.overlay import undotted  # Every other run does without.

        advice = undotted(words)
        if advice:
            sys.exit(f"twostream: {advice}")
    missing = missing_file(words)
    if missing:
        remedy = "give one that is there, and rules and files to make before --configfile"
        sys.exit(f"twostream: --configfile {missing}: is not a file: {remedy}")


def missing_file(words: list[str]) -> str:
    """Return the first of the files of --configfile among the `words` that is not there, empty where all are.

    With --directory Snakemake looks for them in another folder, and this says nothing.
    """
    if any(word.startswith(("--directory", "-d")) for word in words):
        return ""
    is_file = False
    for word in words:
        if word.startswith("-"):
            option, _, value = word.partition("=")
            is_file = option in ("--configfile", "--configfiles")
            if not (is_file and value):
                continue
            word = value
        if is_file and not Path(word).is_file():
            return word
    return ""


if Path(sys.argv[0]).name == "snakemake" or Path(sys.argv[0]).parts[-2:] == ("snakemake", "__main__.py"):
    _answer(sys.argv[1:])
