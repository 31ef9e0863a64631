"""The frames of a folder of pictures, decoded one by one as videos are."""

from collections.abc import Iterator
from pathlib import Path

from av.video.frame import VideoFrame

from twostream.errors import RERUN_WORKFLOW, InputError
from twostream.videos import frame_folder, verified
from twostream.videos.error_log import ErrorLog
from twostream.videos.source import open_video

JPEG = b"\xff\xd8\xff"
"""The first bytes of a JPEG file."""


def frames(folder: Path, digest: str, log: ErrorLog | None = None) -> Iterator[tuple[VideoFrame, bool]]:
    """Yield the frames in `folder`, and whether each is damaged, as far as its decoder or the `log` tells.

    InputError where one is no picture, or where they are not those whose digest begins with `digest`.
    """
    if not frame_folder.digest(folder).startswith(digest):
        raise InputError(folder, verified.CHANGED, RERUN_WORKFLOW)
    for path in frame_folder.pictures(folder):
        yield _frame(path, log)


def _form(path: Path) -> str | None:
    """Return FFmpeg's name for a JPEG file: of more than 2 kB, it takes it for a sequence of files by its suffix."""
    with path.open("rb") as file:
        return "jpeg_pipe" if file.read(len(JPEG)) == JPEG else None


def _frame(path: Path, log: ErrorLog | None) -> tuple[VideoFrame, bool]:
    try:
        with open_video(path, log, form=_form(path)) as video:
            frame = next(video.frames(), None)
            if frame is not None:
                return frame, bool(video.damaged or frame.is_corrupt)
    except InputError as error:
        raise InputError(
            path.parent, f"its frame {path.name} is no picture that can be decoded", "delete it, or mend it"
        ) from error
    raise InputError(path.parent, f"nothing of its frame {path.name} can be decoded", "delete it, or mend it")
