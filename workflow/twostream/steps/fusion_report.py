"""Write the report: a page to open and the same numbers to compute with."""

from pathlib import Path

from twostream.cache import costs, provenance
from twostream.console import run
from twostream.files import atomic
from twostream.report import numbers as report
from twostream.report import strips
from twostream.stacks.reader import StackReader
from twostream.steps._arguments import named_paths, parser


def main() -> None:
    made = parser(__doc__, "report")
    made.add_argument("--page", type=Path, required=True, help="the page to write, HTML")
    made.add_argument("--json", type=Path, required=True, help="where the numbers are to stand beside the page")
    made.add_argument("--fusion", type=Path, required=True, help="what fuse found")
    made.add_argument("--index", type=Path, required=True, help="index.json")
    made.add_argument("--config", type=Path, required=True, help="the configuration as used, JSON")
    made.add_argument("--histories", nargs="*", default=[], metavar="STREAM=FILE")
    made.add_argument("--logits", nargs="*", default=[], metavar="STREAM=FILE")
    made.add_argument("--bound", type=float, required=True, help="pixels a frame, of the stored flow")
    made.add_argument("--device", default="", help="what the networks ran on")
    made.add_argument("--since", type=float, help="when the run began, in seconds since 1970")
    arguments = made.parse_args()
    histories, logits = named_paths(arguments.histories), named_paths(arguments.logits)
    provenance.check(arguments.fusion, arguments.index, *logits.values())
    sources = report.Sources(arguments.fusion, arguments.index, arguments.config, histories, logits, arguments.device)
    settings = arguments.settings
    inputs = [arguments.fusion, arguments.index, *histories.values(), *logits.values()]
    with provenance.recorded("fusion_report", arguments.out, settings, inputs):
        numbers = report.collect(sources, settings["title"], settings["examples"])
        stages = sources.stages
        # The stacks that the scores were made of: to ask the workflow for them would train again where shards differ.
        stacks = [file for stage in stages if stage.stage == "write_stacks" for file in stage.outputs if file.exists()]
        readers = {file.stem: StackReader(file) for file in stacks}
        seen = strips.take(readers, report.shown(numbers), arguments.bound)
        reuse = costs.reuse(stages, arguments.since) if arguments.since is not None else None
        page = report.render(numbers, seen, strips.colour_key(), reuse)
        atomic.write_json(arguments.out, numbers)
        atomic.write_json(arguments.json, numbers)
        atomic.write_text(arguments.page, page)


if __name__ == "__main__":
    run(main)
