"""Index a data set: probe its videos, read or make its split."""

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
from twostream.videos import index, ledger, listing, splits
from twostream.videos.listing import File
from twostream.videos.probe import Probe


def main() -> None:
    """Write the index of the data set."""
    arguments = _parser().parse_args()
    folder, lists, settings = arguments.folder, arguments.lists, arguments.settings

    def write() -> None:
        files = listing.scan(folder)
        entries = ledger.read(arguments.ledger)
        _check_data(arguments, files, entries)
        ids = [file.id for file in files]
        split = splits.read_lists_for(folder, ids, lists, settings["split"]) if lists else None
        listed = [file for file in files if split is None or file.id in split.subset_of]
        probes = _probe(arguments, listed, entries)
        index.write(arguments.out, index.assemble(folder, probes, split, settings, len(files) - len(listed)))

    provenance.produce(INDEX, arguments.out, settings, [folder], write)


def _check_data(arguments: Namespace, files: Sequence[File], entries: ledger.Ledger) -> None:
    """Raise InputError where the data set is not the one that the key of the index stands for."""
    if not arguments.data:
        return
    recognised = ledger.recognise(arguments.folder, files, entries)
    if survey.data_digest(files, recognised, arguments.lists, arguments.settings["split"]) != arguments.data:
        raise InputError(arguments.folder, "the videos or their lists have changed since this run began", RERUN)


def _probe(arguments: Namespace, files: Sequence[File], entries: ledger.Ledger) -> dict[str, Probe]:
    """Return what is in each of `files` by its id; those that are not in the ledger are decoded."""
    cores = workers.cores(arguments.workers)
    entries = ledger.add_probes(arguments.folder, files, entries, cores, arguments.scheduler)
    ledger.write(arguments.ledger, entries)
    return {file.id: entries[file.id].probe for file in files}


def _parser() -> ArgumentParser:
    parser = _arguments.parser(__doc__, INDEX.section)
    parser.add_argument("--folder", type=Path, required=True, help="of `class/video` files")
    parser.add_argument("--lists", type=Path, help="folder of classInd.txt and the lists; without, split by group")
    parser.add_argument("--ledger", type=Path, required=True, help="what is known of the files already")
    parser.add_argument("--data", help="digest of the files and lists that the workflow was planned for")
    _arguments.add_workers(parser)
    return parser


if __name__ == "__main__":
    run(main)
