"""What a network's classifier sees of many videos: scored as logits are, by the network without its classifier."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from twostream import console, text
from twostream.compute.distributed import ProcessGroup
from twostream.logits import dump, features_file
from twostream.logits.dump import ScoringJob
from twostream.streams.network import without_classifier
from twostream.videos.index import Index


def dump_features(path: Path, job: ScoringJob, index: Index, settings: Mapping[str, Any], group: ProcessGroup) -> int:
    """Write to `path` what the classifier of `job`'s stream sees of the videos of `index`, as `dump.dump` does scores.

    `settings` is the section `features`: which videos, and in which precision. Features of crops that are averaged
    are averaged too: of these, the classifier makes the averaged logits.

    Return how many videos this process has looked at.
    """
    network, classifier = without_classifier(job.checkpoint.network)
    headless = replace(job, checkpoint=replace(job.checkpoint, network=network))
    parts = path.with_name("parts") / job.digest
    videos = dump.scored_videos(index, job.checkpoint) if settings["videos"] == "test" else list(index.videos)
    scored = dump.score_into(parts, headless, group.own_part(videos))
    group.barrier()
    if group.is_rank_zero:
        samples = len(next(dump.stored(parts, videos)))
        weights = (classifier.weight.detach().numpy(), classifier.bias.detach().numpy())
        rows = dump.stored(parts, videos)
        dims = classifier.in_features
        counts = f"{text.counted(len(videos), 'video')}, {text.counted(samples, 'sample')} of each"
        console.inform(f"{counts}: all have {text.counted(dims, 'feature')}")
        features_file.write(path, dump.describe(job, videos, samples), rows, weights, settings["precision"])
        shutil.rmtree(path.with_name("parts"))
    return scored
