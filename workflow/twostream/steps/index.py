"""Index a data set: probe its videos, read or make its split."""

from argparse import Namespace
from pathlib import Path

from twostream.cache import provenance
from twostream.compute import workers
from twostream.console import run
from twostream.steps._arguments import add_workers, parser
from twostream.videos import index, ledger, listing, splits
from twostream.videos.listing import File
from twostream.videos.probe import Probe


def main() -> None:
    """Probe the listed videos of a folder, split them, and write `index.json`."""
    made = parser(__doc__, "index")
    made.add_argument("--folder", type=Path, required=True, help="of `class/video` files")
    made.add_argument("--lists", type=Path, help="folder of classInd.txt and the lists; without, split by group")
    made.add_argument("--ledger", type=Path, required=True, help="what is known of the files already")
    add_workers(made)
    arguments = made.parse_args()
    folder, lists, settings = arguments.folder, arguments.lists, arguments.settings
    with provenance.recorded("index", arguments.out, settings, [folder]) as wanted:
        if not wanted:
            return
        files = listing.scan(folder)
        ids = [file.id for file in files]
        split = splits.read_lists_for(folder, ids, lists, settings["split"]) if lists else None
        listed = [file for file in files if split is None or file.id in split.subset_of]
        probes = _probe(arguments, listed)
        index.write(arguments.out, index.assemble(folder, probes, split, settings, len(files) - len(listed)))


def _probe(arguments: Namespace, files: list[File]) -> dict[str, Probe]:
    """Return what is in each of `files` by its id; those that the ledger does not know are decoded."""
    cores = workers.cores(arguments.workers)
    known = ledger.probe_new(arguments.folder, files, ledger.read(arguments.ledger), cores, arguments.scheduler)
    ledger.write(arguments.ledger, known)
    return {file.id: known[file.id].probe for file in files}


if __name__ == "__main__":
    run(main)
