"""Write the report: a page to open, and the same numbers as JSON."""

import argparse
from pathlib import Path

from twostream import console, text
from twostream.cache import costs, provenance, rates
from twostream.cache.stages import FUSION_REPORT, WRITE_STACKS
from twostream.console import run
from twostream.files import atomic
from twostream.forecast import basis
from twostream.report import inspection, numbers, page, strips
from twostream.report.contents import Report
from twostream.report.numbers import Sources
from twostream.stacks.reader import StackReader
from twostream.steps import _arguments
from twostream.videos import index


def main() -> None:
    """Collect the numbers and write them and the page."""
    arguments = _parser().parse_args()
    histories = _arguments.named_paths(arguments.histories)
    provenance.check_whole(arguments.fusion, arguments.index)
    sources = Sources(
        fusion=arguments.fusion,
        index=arguments.index,
        config=arguments.config,
        histories=histories,
        device=arguments.device,
    )

    def write() -> None:
        measured = rates.Measurement()
        report = numbers.collect(sources, arguments.settings["title"], arguments.settings["examples"])
        html = _page(report, sources, arguments.bound, arguments.since)
        atomic.write_json(arguments.out, report)
        atomic.write_json(arguments.json, report)
        atomic.write_text(arguments.page, html)
        # The next run's page takes that place: this one stays with its numbers.
        atomic.write_text(arguments.out.with_suffix(".html"), html)
        measured.note(arguments.out, basis.fixed(FUSION_REPORT), units=1, stored=1, threads=1)
        console.inform(
            f"{arguments.page}, {text.size(arguments.page.stat().st_size)}, and {arguments.json} are written"
        )

    inputs = [arguments.fusion, arguments.index, *histories.values()]
    # The page has one place, whatever it is made from: it is written even where its numbers are in the cache.
    provenance.produce(FUSION_REPORT, arguments.out, arguments.settings, inputs, write, again=True)


def _parser() -> argparse.ArgumentParser:
    parser = _arguments.parser(__doc__, FUSION_REPORT.section)
    parser.add_argument("--page", type=Path, required=True, help="the page to write, HTML")
    parser.add_argument("--json", type=Path, required=True, help="the numbers to write beside the page")
    parser.add_argument("--fusion", type=Path, required=True, help="fusion.json, from fuse")
    parser.add_argument("--index", type=Path, required=True, help="the index, JSON")
    parser.add_argument("--config", type=Path, required=True, help="the configuration as used, JSON")
    parser.add_argument("--histories", nargs="*", default=[], metavar="STREAM=FILE", help="history.csv of each stream")
    parser.add_argument("--bound", type=float, required=True, help="of the stored flow, in pixels a frame")
    parser.add_argument("--device", default="", help="what the networks ran on")
    parser.add_argument("--since", type=float, help="when the run began, in seconds since 1970")
    return parser


def _page(report: Report, sources: Sources, bound: float, since: float | None) -> str:
    """Return the page with pictures, and with what came from the cache in a run that began at `since`."""
    # The stacks that the scores were made of: asked for stacks, the workflow would train again where shards differ.
    stacks = [file for stage in sources.stages if stage.stage == WRITE_STACKS.name for file in stage.outputs]
    readers = {file.stem: StackReader(file) for file in stacks if file.exists()}
    videos = index.read(sources.index).videos if sources.index else ()
    rates = {video.id: video.fps for video in videos}
    pictures = strips.all_strips(readers, numbers.pictured_videos(report), bound, rates)
    reuse = costs.reuse(sources.stages, since) if since is not None else None
    quality = inspection.measure(readers, list(rates), bound)
    return page.render(report, pictures, strips.colour_key(), reuse, quality)


if __name__ == "__main__":
    run(main)
