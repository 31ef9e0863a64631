"""Look at a folder of videos and write a commented configuration for it, my.yaml.

It says what is there, what is wrong with it, how it is divided, and what a run takes here, roughly.
"""

import argparse
import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from twostream import console, text
from twostream.commands import _dataset, _estimate, _outputs, _own_settings
from twostream.commands._dataset import DataSet
from twostream.compute import workers
from twostream.config import check
from twostream.config.schema import Settings
from twostream.errors import InputError
from twostream.files import atomic
from twostream.flow import backends
from twostream.videos import overview, remarks, summary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the folder, and where to write its configuration."""
    parser.add_argument("folder", type=Path, help="the folder of the videos")
    parser.add_argument("--out", type=Path, default=Path("my.yaml"), help="the file to write; default: my.yaml")
    parser.add_argument("--force", action="store_true", help="write it anew where it is there")


def main(arguments: argparse.Namespace) -> None:
    """Write the configuration, and print what it was written for."""
    _check_out(arguments.out, arguments.force)
    dataset = _dataset.look(check.check({"dataset": {"folder": str(arguments.folder)}}))
    _warn_of_lone_recordings(dataset)
    gpu, cores = backends.gpu(), workers.cores(os.cpu_count() or 1)
    sections = _own_settings.choose(dataset.index, _settings(arguments.folder, dataset), bool(gpu), cores)
    where = f"{text.counted(cores, 'core')}, {gpu or 'no GPU'}"
    estimate = _estimate.lines(_own_settings.settings_of(sections), dataset.index, cores)
    head = [*_sentences(arguments, dataset), f"What a run takes here ({where}), roughly:", *estimate]
    run = f"snakemake --cores all fusion_report --configfile {shlex.quote(str(arguments.out))}"
    atomic.write_text(arguments.out, _own_settings.render(sections, [*head, "", f"Run it: {run}"]))
    for line in [*_facts(dataset), *estimate]:
        print(text.printable(line))
    print(f"{arguments.out} is written. Run: {run}")


def _check_out(out: Path, force: bool) -> None:
    """Raise InputError where the configuration may not be written."""
    if out.is_dir():
        raise InputError(out, "is a folder", "choose a file")
    if os.path.lexists(out) and not force:
        raise InputError(out, "is there already, and stays as it is", "add --force to write it anew, or choose --out")
    if not out.parent.is_dir():
        raise InputError(out.parent, "is no folder", "choose another --out")
    _outputs.check_folder(out.parent)


def _settings(folder: Path, dataset: DataSet) -> Settings:
    """Return the section `dataset` of the configuration."""
    return {"folder": str(folder)} | dataset.planned.form.settings


def _sentences(arguments: argparse.Namespace, dataset: DataSet) -> Iterator[str]:
    """Yield what the configuration says of the data set."""
    yield f"Written by `twostream init {shlex.quote(str(arguments.folder))}`;"
    yield "workflow/twostream/config/schema.yaml has every setting."
    yield ""
    yield from (f"- {line}" for line in _facts(dataset))
    yield ""


def _facts(dataset: DataSet) -> list[str]:
    """Return what is there, and what is wrong with it."""
    index = dataset.index
    return [*summary.lines(index), *overview.lines(index), *remarks.lines(index.videos)]


def _warn_of_lone_recordings(dataset: DataSet) -> None:
    names = overview.alone(dataset.index)
    if names:
        more = f", and {len(names) - 1} more have" if len(names) > 1 else ""
        problem = f"has one recording{more}: it cannot be both trained on and tested: add videos of another recording"
        console.warn(f"class `{names[0]}`", problem)
