"""Index a data set: probe its videos, read or make its split."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from twostream import survey
from twostream.cache import provenance
from twostream.cache.stages import INDEX
from twostream.compute import workers
from twostream.console import run
from twostream.errors import RERUN, InputError
from twostream.steps import _arguments
from twostream.text import printable
from twostream.videos import (
    fingerprint,
    index,
    ledger,
    left_out,
    listing,
    names,
    remarks,
    selection,
    split_lists,
    summary,
)
from twostream.videos.account import Account
from twostream.videos.formats import reading
from twostream.videos.formats.form import UCF101, Form
from twostream.videos.listing import File, Listing
from twostream.videos.probe import Probe
from twostream.videos.selection import Selection


def main(argv: Sequence[str] | None = None) -> None:
    """Write the index of the data set, by the arguments `given` or, where they are None, those of this process."""
    arguments = _parser().parse_args(argv)
    folder, form, settings = arguments.folder, _form(arguments), arguments.settings
    settings = settings | {"strict": settings["strict"] or arguments.strict}

    def write() -> None:
        lists = reading.files(form, settings["split"])
        files = listing.scan_all(folder, arguments.ledger.parent.parent, form.depth, lists, form.pictures)
        entries = ledger.recognise(folder, files.files, ledger.read(arguments.ledger))
        _check_data(arguments, form, files, entries)
        part = selection.of_data(folder, [file.id for file in files.files], form, settings)
        unread = () if form.source else split_lists.unread(folder)
        account = Account(left_out=files.left_out, unread_lists=unread, form=str(form))
        candidates, others = _candidates(folder, files.files, part)
        needs_times = settings.get("fps") is not None or bool(part.split and part.split.bounds)
        probes = _probe(arguments, candidates, entries, needs_times)
        account = account.with_left_out(left_out.count(others))
        index.write(arguments.out, index.assemble(folder, probes, part.split, settings, account))

    provenance.produce(INDEX, arguments.out, settings, [folder], write)
    catalogue = index.read(arguments.out)
    if settings["strict"]:
        index.check_strict(catalogue)
    for line in [f"the split lists are in {form.source}"] * form.has_lists + summary.lines(catalogue):
        print(printable(f"twostream: {line}"))
    for line in remarks.lines(catalogue.videos):
        print(printable(f"twostream: {line}"))


def _candidates(folder: Path, files: Sequence[File], part: Selection) -> tuple[list[File], list[tuple[str, str]]]:
    """Return the files to decode, and why each of the others is left out, with its id."""
    candidates, split = [], part.split
    others = [(reason, id) for id, reason in sorted(part.left_out.items())]
    listed = {split.file_of(id) for id in split.label_of} if split else set()
    omitted = {split.file_of(id) for id in part.left_out} if split else part.left_out.keys()
    for file in files:
        if file.id in omitted and file.id not in listed:
            continue
        if split and split.kind and file.id not in listed:
            others.append((left_out.UNUSED if file.id in split.unused else left_out.UNLISTED, file.id))
        elif not (split and split.kind) and not names.is_video(file.id) and listing.is_text(folder / file.id):
            others.append((left_out.NO_VIDEO, file.id))
        else:
            candidates.append(file)
    return candidates, others


def _form(arguments: Namespace) -> Form:
    """Return the form that the workflow has found out; without one, that of the lists, if there are any."""
    if arguments.form:
        return Form.from_json(json.loads(arguments.form))
    if arguments.lists is None:
        return Form()
    return Form(name=split_lists.kind(arguments.lists).lower() or UCF101, reason="--lists", source=arguments.lists)


def _check_data(arguments: Namespace, form: Form, files: Listing, entries: ledger.Ledger) -> None:
    """Raise InputError where the data set is not the one that the key of the index stands for."""
    if not arguments.data:
        return
    data = survey.data_digest(arguments.folder, files, entries, form, arguments.settings["split"])
    if data != arguments.data:
        raise InputError(arguments.folder, "the videos or their lists have changed since this run began", RERUN)


def _probe(arguments: Namespace, files: Sequence[File], entries: ledger.Ledger, needs_times: bool) -> dict[str, Probe]:
    """Return what is in each of `files` by its id; those that are not in the ledger are decoded."""
    cores, decoder = workers.cores(arguments.workers), fingerprint.take()
    fingerprint.check(arguments.decoder, decoder.reads)
    how = cores, arguments.scheduler
    entries = ledger.add_probes(arguments.folder, files, entries, decoder, *how, needs_times=needs_times)
    ledger.write(arguments.ledger, entries)
    return {file.id: entries[file.id].probe for file in files}


def _parser() -> ArgumentParser:
    parser = _arguments.parser(__doc__, INDEX.section)
    parser.add_argument("--folder", type=Path, required=True, help="of `class/video` files")
    parser.add_argument("--lists", type=Path, help="folder of classInd.txt and the lists; without, split by group")
    parser.add_argument(
        "--form", help="what the folder was taken for, JSON; without, UCF101's or HMDB51's lists, or none"
    )
    parser.add_argument("--strict", action="store_true", help="refuse a data set of which a file is not used")
    parser.add_argument("--ledger", type=Path, required=True, help="what is known of the files already")
    parser.add_argument("--data", help="digest of the files and lists that the workflow was planned for")
    _arguments.add_decoder(parser)
    _arguments.add_workers(parser)
    return parser


if __name__ == "__main__":
    run(main)
