"""Index a data set: probe its videos, read or make its split."""

from collections.abc import Sequence
from pathlib import Path

from twostream.cache import provenance
from twostream.cache.stages import INDEX
from twostream.compute import workers as parallel
from twostream.console import run
from twostream.files import atomic
from twostream.steps._arguments import add_workers, parser
from twostream.videos import index, ledger, listing
from twostream.videos.probe import Probe


def main() -> None:
    made = parser(__doc__, INDEX.section)
    made.add_argument("--folder", type=Path, required=True, help="of `class/video` files")
    made.add_argument("--lists", type=Path, help="folder of classInd.txt and the lists; without, split by group")
    made.add_argument("--ledger", type=Path, required=True, help="what is known of the files already")
    add_workers(made)
    arguments = made.parse_args()
    folder, workers = arguments.folder, parallel.cores(arguments.workers)
    files = {file.id: file for file in listing.scan(folder)}

    def probe(ids: Sequence[str]) -> list[Probe]:
        known = ledger.probe_new(
            folder, [files[id] for id in ids], ledger.read(arguments.ledger), workers, arguments.scheduler
        )
        ledger.write(arguments.ledger, known)
        return [known[id].probe for id in ids]

    def write() -> None:
        result = index.assemble(folder, files, probe, arguments.lists, arguments.settings)
        atomic.write_text(arguments.out, index.write(result))

    provenance.produce(INDEX, arguments.out, arguments.settings, [folder], write)


if __name__ == "__main__":
    run(main)
