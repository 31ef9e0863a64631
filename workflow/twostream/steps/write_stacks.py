"""Join the shards of a modality in one file, from which stacks are read."""

from pathlib import Path

from twostream.cache import provenance
from twostream.console import run
from twostream.stacks import reader
from twostream.steps._arguments import parser
from twostream.videos import index, sharding


def main() -> None:
    made = parser(__doc__, None)
    made.add_argument("--index", type=Path, required=True, help="index.json")
    made.add_argument("--folder", type=Path, required=True, help="of the files to join")
    made.add_argument("--shards", type=int, required=True, help="into how many the videos are divided")
    made.add_argument("--modality", choices=["rgb", "flow"], required=True)
    arguments = made.parse_args()
    names = sharding.shards(index.read(arguments.index).videos, arguments.shards)
    files = [arguments.folder / f"{name}.h5" for name in names]
    with provenance.recorded("write_stacks", arguments.out, arguments.settings, files) as wanted:
        if not wanted:
            return
        reader.write_links(arguments.out, files, arguments.modality)


if __name__ == "__main__":
    run(main)
