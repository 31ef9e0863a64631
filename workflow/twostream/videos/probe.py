"""What a video file holds, found by decoding it once, and whether it is good enough to use.

Importing this module loads no libav, so that a plan can be made without it.
"""

import stat
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from twostream.cache import keys
from twostream.errors import InputError
from twostream.videos import frame_folder, frame_times, timing, verified

if TYPE_CHECKING:
    from twostream.videos.source import Source

SLACK = 0.05
"""Part of its length by which a container's duration may be off: that of sound, or of rounding."""


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What decoding a whole video showed. `reason` says why it cannot be used and is empty for one that can.

    `fps` is the mean rate, by the frames' times. `damaged` counts the frames that are corrupt or lost as the decoder
    says, `interlaced` those flagged so. `promised` is the number of frames that the container announces, where it is
    another one than that of the `frames` that come, else 0. `times` are those of the frames, as `frame_times` writes
    them; None where an earlier version looked, which did not note them.
    """

    digest: str
    frames: int = 0
    width: int = 0
    height: int = 0
    fps: float = 0.0
    variable_rate: bool = False
    interlaced: int = 0
    damaged: int = 0
    promised: int = 0
    reason: str = ""
    times: str | None = None


def probe(path: Path) -> Probe:
    """Decode every frame of the video at `path` and return what it holds or what is wrong with it."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
            return Probe(digest="", reason="cannot be read: it is a pipe or a device, not a file")
        digest = content_digest(path)
        if not status.st_size:
            return Probe(digest=digest, reason="the file is empty")
        return _decode_folder(path, digest) if path.is_dir() else _decode(path, digest)
    except OSError as error:
        return Probe(digest="", reason=f"cannot be read: {error.strerror or error}")


def content_digest(path: Path) -> str:
    """Return the SHA-256 of the file's bytes, 16 hexadecimal digits."""
    return frame_folder.digest(path)[:16] if path.is_dir() else keys.file_digest(path, 16)


def _decode_folder(path: Path, digest: str) -> Probe:
    """Return what the pictures in the folder at `path` show; they have no times."""
    from twostream.videos import error_log, frame_source, picture

    sizes: dict[picture.Kind, tuple[int, int]] = {}
    flags: list[bool] = []
    try:
        with error_log.watch() as log:
            for frame, is_damaged in frame_source.frames(path, digest, log):
                flags.append(is_damaged)
                kind = picture.kind_of(frame)
                if kind not in sizes:
                    sizes[kind] = picture.size(path, frame)
    except InputError as error:
        if error.args[1] == verified.CHANGED:
            raise
        return Probe(digest=digest, reason=error.args[1])
    width, height = next(iter(sizes.values()), (0, 0))
    reason, damaged = fault(len(flags)), sum(flags)
    return Probe(digest=digest, frames=len(flags), width=width, height=height, damaged=damaged, reason=reason, times="")


def _decode(path: Path, digest: str) -> Probe:
    from twostream.videos import error_log
    from twostream.videos.source import open_video

    try:
        with (
            error_log.watch() as log,
            verified.open_verified(path, digest) as file,
            open_video(path, log, file) as video,
        ):
            return _count(path, video, digest)
    except InputError as error:
        if error.args[1] in (verified.CHANGED, verified.CHANGES):
            raise
        return Probe(digest=digest, reason=error.args[1])


def _count(path: Path, video: "Source", digest: str) -> Probe:
    """Return what the frames of the open video at `path` show. One of each kind is converted to a picture too."""
    from twostream.videos import picture

    sizes: dict[picture.Kind, tuple[int, int]] = {}
    corrupt = interlaced = 0
    stamps: list[int | None] = []
    for frame in video.frames():
        stamps.append(frame.pts)
        corrupt += frame.is_corrupt
        interlaced += frame.interlaced_frame
        kind = picture.kind_of(frame)
        if kind not in sizes:
            sizes[kind] = picture.size(path, frame)
    width, height = next(iter(sizes.values()), (0, 0))
    rate = _timing(video, stamps)
    has_errors = video.damaged or video.demuxer_errors
    return Probe(
        digest=digest,
        frames=len(stamps),
        width=width,
        height=height,
        fps=round(rate.fps, 3),
        variable_rate=rate.is_variable,
        interlaced=interlaced,
        damaged=max(corrupt, video.damaged, rate.missing if has_errors else 0),
        promised=_promised(video, len(stamps), rate),
        reason=fault(len(stamps)),
        times=frame_times.encode(stamps, Fraction(video.stream.time_base or 0)),
    )


def _timing(video: "Source", stamps: list[int | None]) -> timing.Timing:
    tick = float(video.stream.time_base or 0)
    times = [None if stamp is None else stamp * tick for stamp in stamps]
    return timing.measure(times, tick, float(video.stream.average_rate or 0))


def _promised(video: "Source", frames: int, rate: timing.Timing) -> int:
    """Return how many frames the container promises, if not `frames`: by its count, else by the video's duration."""
    if video.stream.frames:
        promised = video.stream.frames - video.hidden
        return 0 if promised == frames else promised
    duration = video.duration()
    if duration is None or rate.end is None:
        return 0
    missing = duration - rate.end
    return frames + round(missing * rate.fps) if missing > max(SLACK * duration, 2 / rate.fps) else 0


def fault(frames: int) -> str:
    """Return why a video of `frames` decodable frames cannot be used, or an empty text."""
    if frames == 0:
        return "no frame can be decoded"
    return "a single frame: flow needs two" if frames == 1 else ""
