"""What the steps share that look at videos with a trained stream: logits and features."""

from collections.abc import Callable
from pathlib import Path

from twostream.cache import keys, provenance
from twostream.cache.stages import Stage
from twostream.compute import distributed
from twostream.compute.distributed import ProcessGroup
from twostream.compute.failures import explain_failures
from twostream.config.schema import Settings
from twostream.logits.dump import ScoringJob
from twostream.stacks.reader import StackReader
from twostream.steps import _network
from twostream.streams.checkpoint import load_checkpoint
from twostream.videos import index
from twostream.videos.index import Index

Dump = Callable[[Path, ScoringJob, Index, Settings, ProcessGroup], None]
"""Writes a file of what a job sees of the videos of an index, by the settings of the stage."""


def score(description: str | None, stage: Stage, dump: Dump) -> None:
    """Run the step of `stage`, which `dump` does, in the processes that its arguments ask for."""
    parser = _network.network_parser(description, stage)
    parser.add_argument("--model", type=Path, required=True, help="the trained stream")
    arguments = parser.parse_args()
    if _network.launch(stage, arguments):
        return
    with distributed.join_process_group(arguments.device) as group:
        runtime = _network.runtime(arguments, group)
        provenance.check_whole(arguments.model, arguments.index)

        def write() -> None:
            with explain_failures("lower the stream's size, or set compute.device to cpu"):
                job = ScoringJob(
                    checkpoint=load_checkpoint(arguments.model),
                    reader=StackReader(arguments.stacks),
                    settings=arguments.settings.get("test", arguments.settings),
                    runtime=runtime,
                    model=arguments.model.parent.name,
                    digest=keys.file_digest(arguments.model),
                )
                dump(arguments.out, job, index.read(arguments.index), arguments.settings, group)

        _network.produce(stage, arguments, [arguments.model, arguments.stacks, arguments.index], write, group)
