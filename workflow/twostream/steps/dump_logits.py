"""Score the test videos, and those that the epoch was chosen on, with a trained stream, frame by frame."""

from pathlib import Path

from twostream.cache import keys, provenance
from twostream.cache.stages import DUMP_LOGITS
from twostream.compute import distributed
from twostream.compute.failures import explain_failures
from twostream.console import run
from twostream.logits import dump
from twostream.stacks.reader import StackReader
from twostream.steps import _network
from twostream.streams.checkpoint import load_checkpoint
from twostream.videos import index


def main() -> None:
    """Score the videos and write their logits."""
    parser = _network.network_parser(__doc__, DUMP_LOGITS)
    parser.add_argument("--model", type=Path, required=True, help="the trained stream")
    arguments = parser.parse_args()
    if _network.launch(DUMP_LOGITS, arguments):
        return
    with distributed.join_process_group(arguments.device) as group:
        runtime = _network.runtime(arguments, group)
        provenance.check_whole(arguments.model, arguments.index)

        def write() -> None:
            with explain_failures("lower the stream's size, or set compute.device to cpu"):
                job = dump.ScoringJob(
                    checkpoint=load_checkpoint(arguments.model),
                    reader=StackReader(arguments.stacks),
                    settings=arguments.settings,
                    runtime=runtime,
                    model=arguments.model.parent.name,
                    digest=keys.file_digest(arguments.model),
                )
                dump.dump(arguments.out, job, index.read(arguments.index), group)

        inputs = [arguments.model, arguments.stacks, arguments.index]
        _network.produce(DUMP_LOGITS, arguments, inputs, write, group)


if __name__ == "__main__":
    run(main)
