"""Whether a checkpoint can be tested on these videos: it was not trained on them, and knows such frames and flow."""

import sys
from collections.abc import Iterable
from pathlib import Path

from twostream.errors import InputError
from twostream.streams import pixels
from twostream.streams.checkpoint import Checkpoint
from twostream.streams.pixels import Pixels
from twostream.streams.training_record import Content
from twostream.text import printable

ANYWAY = "--anyway"


def check_videos(file: Path, checkpoint: Checkpoint, videos: Iterable[Content], anyway: bool) -> None:
    """Raise InputError where the network in `file` was trained on some of `videos`; with `anyway`, print it.

    Where the file does not say what it was trained on, print that.
    """
    if checkpoint.record is None:
        _tell(
            file, "on which videos it was trained is not known, so that nothing here tells whether these are among them"
        )
        return
    tested = list(videos)
    trained = [id for (id, _), is_in in zip(tested, checkpoint.record.trained_on(tested), strict=True) if is_in]
    if not trained:
        return
    problem = f"it was trained on {len(trained)} of {len(tested)} test videos, first {printable(trained[0])}"
    if not anyway:
        raise InputError(
            file, problem, f"choose test videos that it has not seen, or give {ANYWAY}, which marks the result"
        )
    _tell(file, f"{problem}: the result is marked")


def check_pixels(file: Path, checkpoint: Checkpoint, here: Pixels, anyway: bool) -> tuple[str, ...]:
    """Return in what the frames or the flow `here` differ from those that the network in `file` was trained on.

    InputError where they differ by more than rounding, unless `anyway`. What differs by rounding is printed.
    """
    differences = pixels.differences(checkpoint.record.pixels, here) if checkpoint.record else []
    for difference in differences:
        if difference.is_slight or anyway:
            _tell(file, str(difference))
    others = tuple(str(difference) for difference in differences if not difference.is_slight)
    if others and not anyway:
        settings = ", ".join(f"{each.setting} to {each.trained}" for each in differences if not each.is_slight)
        raise InputError(file, "; ".join(others), f"set {settings}, or give {ANYWAY}, which marks the result")
    return others


def _tell(file: Path, words: str) -> None:
    print(f"{file}: {words}", file=sys.stderr)
