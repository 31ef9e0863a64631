"""Score the test videos, and those that the epoch was chosen on, with a trained stream, frame by frame."""

from pathlib import Path

from twostream.cache.stages import DUMP_LOGITS
from twostream.compute.distributed import ProcessGroup
from twostream.config.schema import Settings
from twostream.console import run
from twostream.logits import dump
from twostream.logits.dump import ScoringJob
from twostream.steps import _scoring
from twostream.videos.index import Index


def main() -> None:
    """Score the videos and write their logits."""
    _scoring.score(__doc__, DUMP_LOGITS, _dump)


def _dump(out: Path, job: ScoringJob, index: Index, _: Settings, group: ProcessGroup) -> int:
    return dump.dump(out, job, index, group)


if __name__ == "__main__":
    run(main)
