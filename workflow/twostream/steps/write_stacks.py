"""Join the shards of a modality in one file, from which stacks are read."""

from pathlib import Path

from twostream import provenance, stacks
from twostream.steps import parser, run


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--shards", type=Path, nargs="+", required=True, help="the files to join")
    made.add_argument("--modality", choices=["rgb", "flow"], required=True)
    arguments = made.parse_args()
    with provenance.recorded("write_stacks", arguments.out, arguments.settings, arguments.shards):
        stacks.write_links(arguments.out, arguments.shards, arguments.modality)


if __name__ == "__main__":
    run(main)
