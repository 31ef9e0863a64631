"""Join the shards of a modality in one file, from which stacks are read."""

from pathlib import Path

from twostream.cache import provenance, rates
from twostream.cache.stages import WRITE_STACKS
from twostream.console import run
from twostream.forecast import basis
from twostream.plan import STAGE_OF
from twostream.stacks import links
from twostream.steps import _arguments
from twostream.videos import index, sharding


def main() -> None:
    """Write the file that links the shards."""
    parser = _arguments.parser(__doc__, WRITE_STACKS.section)
    parser.add_argument("--index", type=Path, required=True, help="the index, JSON")
    parser.add_argument("--folder", type=Path, required=True, help="of the files to join")
    parser.add_argument("--shards", type=int, required=True, help="into how many the videos are divided")
    parser.add_argument("--modality", choices=list(STAGE_OF), required=True)
    arguments = parser.parse_args()
    provenance.check_whole(arguments.index)
    # The files follow from the index: a command line could not hold the names of thousands.
    names = sharding.shards(index.read(arguments.index).videos, arguments.shards)
    files = [arguments.folder / STAGE_OF[arguments.modality].artefact.format(shard=name) for name in names]

    def write() -> None:
        measured = rates.Measurement()
        links.write_links(arguments.out, files, arguments.modality)
        measured.note(arguments.out, basis.fixed(WRITE_STACKS), units=1, stored=1, threads=1)

    provenance.produce(WRITE_STACKS, arguments.out, arguments.settings, files, write)


if __name__ == "__main__":
    run(main)
