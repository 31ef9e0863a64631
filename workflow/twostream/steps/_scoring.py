"""What the steps share that look at videos with a trained stream: logits and features."""

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from twostream.cache import keys, provenance, rates
from twostream.cache.stages import Stage
from twostream.compute import distributed, workers
from twostream.compute.distributed import ProcessGroup
from twostream.compute.failures import explain_failures
from twostream.config.schema import Settings
from twostream.forecast import amounts, basis
from twostream.logits.dump import ScoringJob
from twostream.stacks.reader import StackReader
from twostream.steps import _network
from twostream.streams.checkpoint import load_checkpoint
from twostream.videos import index
from twostream.videos.index import Index

Dump = Callable[[Path, ScoringJob, Index, Settings, ProcessGroup], int]
"""Writes a file of what a job sees of the videos of an index, by the settings of the stage.

It returns how many videos this process has looked at.
"""


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
                measured, catalogue = rates.Measurement(), index.read(arguments.index)
                videos = group.size * dump(arguments.out, job, catalogue, arguments.settings, group)
                if group.is_rank_zero:
                    _note(measured, stage, arguments, job, (videos, len(catalogue.class_names)))

        _network.produce(stage, arguments, [arguments.model, arguments.stacks, arguments.index], write, group)


def _note(
    measured: rates.Measurement, stage: Stage, arguments: Namespace, job: ScoringJob, counts: tuple[int, int]
) -> None:
    """Remember what a pass over a stack took; `counts` are the videos that were looked at, and the classes."""
    design, size = job.checkpoint.design, job.checkpoint.size
    work = amounts.of_scoring(job.settings, *counts)
    name = basis.network(stage, vars(design) | {"size": size}, arguments.device)
    threads = workers.cores(arguments.threads)
    measured.note(arguments.out, name, units=work.units, stored=work.stored, threads=threads, together=True)
