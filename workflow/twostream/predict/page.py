"""The page of answers: for each video a film of it, its flow in colours, and what the streams say as bars."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from twostream.predict import timeline
from twostream.predict.answers import Answer, Failure, best, top
from twostream.predict.long_videos import LongAnswer
from twostream.predict.videos import Prepared
from twostream.report import document, strips
from twostream.report.document import Strip

DIGITS = 6
"""How many digits of the model's digest stand in the names of files that readers save."""


class Films:
    """Strips of the videos of a page, drawn of the frames that the networks saw while these are in memory."""

    def __init__(self, bound: float) -> None:
        """Draw flow that is stored up to `bound` pixels a frame."""
        self.of_video: dict[str, Mapping[str, Strip]] = {}
        self._bound = bound

    def look(self, ready: Prepared) -> None:
        """Draw the strips of a video, of frames at which there is flow too."""
        stored = {name: (video.frames.pictures, video.step) for name, video in ready.stored.items()}
        by_modality = [{number * step for number in pictures} for pictures, step in stored.values()]
        common = sorted(set.intersection(*by_modality))
        if not common:
            return
        places = np.linspace(0, len(common) - 1, min(strips.FRAMES, len(common))).round().astype(int)
        numbers = [common[place] for place in places]
        arrays = {name: [pictures[number // step] for number in numbers] for name, (pictures, step) in stored.items()}
        video = ready.video
        self.of_video[video.id] = strips.draw(video.id, arrays, numbers, video.frames, self._bound, video.fps)


def render(
    results: Sequence[Answer | LongAnswer | Failure], class_names: tuple[str, ...], films: Films, card: str, digest: str
) -> str:
    """Return the page, HTML; `card` is the model's."""
    content = {
        "title": "What is in these videos",
        "run": digest[:DIGITS],
        "videos": [_video(each, class_names) for each in results if isinstance(each, Answer)],
        "long_videos": [_long_video(each, class_names) for each in results if isinstance(each, LongAnswer)],
        "failures": [each for each in results if isinstance(each, Failure)],
        "pictures": films.of_video,
        "colour_key": strips.colour_key(),
        "card": card,
    }
    return document.fill("predictions.html", content)


def _video(answer: Answer, class_names: tuple[str, ...]) -> dict[str, Any]:
    everyone = {"fused": answer.probabilities, **answer.streams}
    return {
        "video": answer.video,
        "best": best(answer.probabilities, class_names),
        "damaged": answer.damaged,
        "trained_on": answer.trained_on,
        "guesses": {name: top(probabilities, class_names) for name, probabilities in everyone.items()},
    }


def _long_video(video: LongAnswer, class_names: tuple[str, ...]) -> dict[str, Any]:
    return {
        "video": video.video,
        "damaged": video.damaged,
        "trained_on": video.trained_on,
        "windows": len(video.windows),
        "timeline": timeline.draw(video, class_names),
    }
