"""Write the report: a page to open and the same numbers to compute with."""

from pathlib import Path

from twostream import atomic, provenance, report
from twostream.steps import named_paths, parser, run


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--page", type=Path, required=True, help="the page to write, HTML")
    made.add_argument("--json", type=Path, required=True, help="where the numbers are to stand beside the page")
    made.add_argument("--fusion", type=Path, required=True, help="what fuse found")
    made.add_argument("--index", type=Path, required=True, help="index.json")
    made.add_argument("--histories", nargs="*", default=[], metavar="STREAM=FILE")
    arguments = made.parse_args()
    histories = named_paths(arguments.histories)
    provenance.check(arguments.fusion, arguments.index)
    inputs = [arguments.fusion, arguments.index, *histories.values()]
    with provenance.recorded("fusion_report", arguments.out, arguments.settings, inputs):
        page = report.collect(arguments.fusion, arguments.index, histories, arguments.settings)
        atomic.write_json(arguments.out, page)
        atomic.write_json(arguments.json, page)
        atomic.write_text(arguments.page, report.render(page))


if __name__ == "__main__":
    run(main)
