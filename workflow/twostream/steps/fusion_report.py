"""Write the report: a page to open and the same numbers to compute with."""

import argparse
from pathlib import Path

from twostream.cache import costs, provenance
from twostream.cache.stages import FUSION_REPORT, WRITE_STACKS
from twostream.console import run
from twostream.files import atomic
from twostream.report import numbers as report
from twostream.report import strips
from twostream.report.numbers import Sources
from twostream.stacks.reader import StackReader
from twostream.steps import _arguments


def main() -> None:
    """Run the step."""
    arguments = _parser().parse_args()
    histories, logits = _arguments.named_paths(arguments.histories), _arguments.named_paths(arguments.logits)
    provenance.discard_if_damaged(arguments.fusion, arguments.index, *logits.values())
    sources = Sources(arguments.fusion, arguments.index, arguments.config, histories, logits, arguments.device)

    def write() -> None:
        numbers = report.collect(sources, arguments.settings["title"], arguments.settings["examples"])
        atomic.write_text(arguments.page, _page(numbers, sources, arguments))
        atomic.write_json(arguments.json, numbers)
        atomic.write_json(arguments.out, numbers)

    inputs = [arguments.fusion, arguments.index, *histories.values(), *logits.values()]
    # The page has one place, whatever it is made from: it is written even where its numbers are in the cache.
    provenance.produce(FUSION_REPORT, arguments.out, arguments.settings, inputs, write, again=True)


def _page(numbers: report.Page, sources: Sources, arguments: argparse.Namespace) -> str:
    """Return the page, HTML, with strips of the videos that it shows and what the run took from the cache."""
    records = sources.stages
    # The stacks that the scores were made of: to ask the workflow for them would train again where shards differ.
    stacks = [file for record in records if record.stage == WRITE_STACKS.name for file in record.outputs]
    readers = {file.stem: StackReader(file) for file in stacks if file.exists()}
    pictures = strips.take(readers, report.shown(numbers), arguments.bound)
    reuse = costs.reuse(records, arguments.since) if arguments.since is not None else None
    return report.render(numbers, pictures, strips.colour_key(), reuse)


def _parser() -> argparse.ArgumentParser:
    parser = _arguments.parser(__doc__, FUSION_REPORT.section)
    parser.add_argument("--page", type=Path, required=True, help="the page to write, HTML")
    parser.add_argument("--json", type=Path, required=True, help="where the numbers are to stand beside the page")
    parser.add_argument("--fusion", type=Path, required=True, help="what fuse found")
    parser.add_argument("--index", type=Path, required=True, help="the index, JSON")
    parser.add_argument("--config", type=Path, required=True, help="the configuration as used, JSON")
    parser.add_argument("--histories", nargs="*", default=[], metavar="STREAM=FILE")
    parser.add_argument("--logits", nargs="*", default=[], metavar="STREAM=FILE")
    parser.add_argument("--bound", type=float, required=True, help="pixels a frame, of the stored flow")
    parser.add_argument("--device", default="", help="what the networks ran on")
    parser.add_argument("--since", type=float, help="when the run began, in seconds since 1970")
    return parser


if __name__ == "__main__":
    run(main)
