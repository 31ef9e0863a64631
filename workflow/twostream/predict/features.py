"""What the classifiers of a model see of videos without labels."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twostream.logits.features_file import Features
from twostream.logits.logits_file import ScoredVideos
from twostream.predict import videos
from twostream.predict.answers import Failure
from twostream.predict.model import Model
from twostream.predict.videos import Options, Prepared
from twostream.streams.network import without_classifier

UNKNOWN = -1
"""The label of a video of which nobody says the class."""
NEW = "new"
"""The subset of such a video."""

Row = tuple[Prepared, Mapping[str, NDArray[np.float32]]]
"""A video, and what each stream's classifier sees of it, (samples, dims)."""


def rows(paths: Sequence[Path], model: Model, options: Options) -> Iterator[Row | Failure]:
    """Yield each of the videos at `paths` with its features, or why it has none."""
    headless = {
        name: replace(stream, network=without_classifier(stream.network)[0]) for name, stream in model.streams.items()
    }
    for video, samples in videos.score(paths, replace(model, streams=headless), options, "features"):
        if isinstance(video, Failure):
            yield video
        elif all(np.isfinite(values).all() for values in samples.values()):
            yield video, samples
        else:
            yield Failure(video.video.id, "its features are not finite")


def gather(model: Model, stream: str, feature_rows: Sequence[Row]) -> Features:
    """Return the features of one `stream` of all the videos, in the form of the file; their labels are UNKNOWN."""
    checkpoint = model.streams[stream]
    values = np.stack([samples[stream] for _, samples in feature_rows])
    _, classifier = without_classifier(checkpoint.network)
    starts = np.stack([video.starts for video, _ in feature_rows])
    described = ScoredVideos(
        video_id=tuple(video.video.id for video, _ in feature_rows),
        label=np.full(len(feature_rows), UNKNOWN, np.int64),
        frame_index=starts.repeat(values.shape[1] // starts.shape[1], axis=1),
        class_name=model.class_names,
        split=(NEW,) * len(feature_rows),
        group=("",) * len(feature_rows),
        chosen_on=checkpoint.chosen_on,
        modality=checkpoint.design.modality,
    )
    return Features(
        features=values,
        classifier_weight=classifier.weight.detach().cpu().numpy(),
        classifier_bias=classifier.bias.detach().cpu().numpy(),
        **vars(described),
    )
