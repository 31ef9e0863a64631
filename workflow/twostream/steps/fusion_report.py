"""Write the report: a page to open, and the same numbers as JSON."""

import argparse
from pathlib import Path

from twostream.cache import costs, provenance
from twostream.console import run
from twostream.files import atomic
from twostream.report import numbers, page, strips
from twostream.report.contents import Report
from twostream.report.numbers import Sources
from twostream.stacks.reader import StackReader
from twostream.steps._arguments import named_paths, parser


def main() -> None:
    """Collect the numbers and write them and the page."""
    arguments = _arguments()
    histories = named_paths(arguments.histories)
    provenance.check(arguments.fusion, arguments.index)
    sources = Sources(
        fusion=arguments.fusion,
        index=arguments.index,
        config=arguments.config,
        histories=histories,
        device=arguments.device,
    )
    settings = arguments.settings
    inputs = [arguments.fusion, arguments.index, *histories.values()]
    with provenance.recorded("fusion_report", arguments.out, settings, inputs):
        report = numbers.collect(sources, settings["title"], settings["examples"])
        html = _page(report, sources, arguments.bound, arguments.since)
        atomic.write_json(arguments.out, report)
        atomic.write_json(arguments.json, report)
        atomic.write_text(arguments.page, html)


def _arguments() -> argparse.Namespace:
    made = parser(__doc__, "report")
    made.add_argument("--page", type=Path, required=True, help="the page to write, HTML")
    made.add_argument("--json", type=Path, required=True, help="the numbers to write beside the page")
    made.add_argument("--fusion", type=Path, required=True, help="fusion.json, from fuse")
    made.add_argument("--index", type=Path, required=True, help="index.json")
    made.add_argument("--config", type=Path, required=True, help="the configuration as used, JSON")
    made.add_argument("--histories", nargs="*", default=[], metavar="STREAM=FILE", help="history.csv of each stream")
    made.add_argument("--bound", type=float, required=True, help="of the stored flow, in pixels a frame")
    made.add_argument("--device", default="", help="what the networks ran on")
    made.add_argument("--since", type=float, help="when the run began, in seconds since 1970")
    return made.parse_args()


def _page(report: Report, sources: Sources, bound: float, since: float | None) -> str:
    """Return the page with pictures, and with what came from the cache in a run that began at `since`."""
    # The stacks that the scores were made of: asked for stacks, the workflow would train again where shards differ.
    stacks = [file for stage in sources.stages if stage.stage == "write_stacks" for file in stage.outputs]
    readers = {file.stem: StackReader(file) for file in stacks if file.exists()}
    pictures = strips.all_strips(readers, numbers.pictured_videos(report), bound)
    reuse = costs.reuse(sources.stages, since) if since is not None else None
    return page.render(report, pictures, strips.colour_key(), reuse)


if __name__ == "__main__":
    run(main)
