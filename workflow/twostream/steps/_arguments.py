"""The arguments that all steps share."""

import argparse
import json
from pathlib import Path

from twostream.config import check, schema
from twostream.errors import InputError


def parser(description: str | None, section: str | None) -> argparse.ArgumentParser:
    """Return a parser of the settings, which `section` of the schema fills and checks, and of the file to make."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--settings",
        type=lambda text: _settings(section, text),
        default="{}",
        metavar="JSON",
        help="the stage's settings; what is left out has the schema's default",
    )
    parser.add_argument("--out", type=Path, required=True, help="the file to make")
    return parser


def add_decoder(parser: argparse.ArgumentParser) -> None:
    """Add the digest of what decoding is, which is in the key of what is made."""
    parser.add_argument("--decoder", default="", help="digest of the decoder that the workflow was planned with")


def add_workers(parser: argparse.ArgumentParser) -> None:
    """Add how many videos a step works on at once, and in what."""
    parser.add_argument("--workers", type=int, default=1, help="videos at once")
    parser.add_argument("--scheduler", default="threads", help="dask's: threads, processes, or a cluster's address")


def named_paths(pairs: list[str]) -> dict[str, Path]:
    """Return `NAME=PATH` arguments as a mapping."""
    return {name: Path(path) for name, _, path in (pair.partition("=") for pair in pairs)}


def _settings(section: str | None, text: str) -> schema.Settings:
    """Return the settings of a stage that `text` holds as JSON, checked and complete."""
    try:
        settings = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError("--settings", f"is no JSON: {error}", "give a JSON object such as '{}'") from error
    return check.check_stage(section, settings, "--settings")
