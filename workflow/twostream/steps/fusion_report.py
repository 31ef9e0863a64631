"""Write the report: a page to open and the same numbers to compute with."""

from pathlib import Path

from twostream import atomic, report
from twostream.steps import named_paths, parser, run


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--json", type=Path, required=True, help="the numbers, to write")
    made.add_argument("--fusion", type=Path, required=True, help="what fuse found")
    made.add_argument("--index", type=Path, required=True, help="index.json")
    made.add_argument("--histories", nargs="*", default=[], metavar="STREAM=FILE")
    made.add_argument("--key", required=True, help="of all this was made from")
    arguments = made.parse_args()
    histories = named_paths(arguments.histories)
    page = report.collect(arguments.fusion, arguments.index, histories, arguments.settings)
    atomic.write_json(arguments.json, page | {"key": arguments.key})
    atomic.write_text(arguments.out, report.render(page))


if __name__ == "__main__":
    run(main)
