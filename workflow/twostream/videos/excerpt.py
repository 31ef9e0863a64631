"""Part of a video's frames: an interval, found without decoding all that is before it, and at another rate."""

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import islice

from av.error import FFmpegError
from av.video.frame import VideoFrame

from twostream.videos import frame_times
from twostream.videos.interval import Part
from twostream.videos.source import Source

CONTAINERS = ("mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm")
"""Those whose index says exactly where key frames are."""
CODECS = ("h264", "hevc", "mjpeg", "mpeg4", "vp8", "vp9", "av1", "prores", "ffv1")
"""Those of which nothing before a key frame matters to what is shown from there on."""
NEAR = 50
"""Frames that are decoded rather than sought."""


def frames(video: Source, part: Part) -> Iterator[VideoFrame]:
    """Yield the frames of `part`, the same as if all before it were decoded."""
    wanted = islice(_from_first(video, part), part.length)
    if part.rate is None:
        yield from wanted
        return
    tick = Fraction(video.stream.time_base or 0)
    stamped = ((frame.pts or 0, frame) for frame in wanted)
    yield from frame_times.resample(stamped, tick, part.rate, part.frames)


def _from_first(video: Source, part: Part) -> Iterator[VideoFrame]:
    """Yield the frames from the part's first on."""
    if part.stamp is not None and part.first > NEAR and _seek(video, part.stamp):
        yield from (frame for frame in video.frames() if frame.pts is not None and frame.pts >= part.stamp)
        return
    yield from islice(video.frames(), part.first, None)


def _seek(video: Source, stamp: int) -> bool:
    """Go to the last key frame that is shown at the time `stamp` or before; return whether that is certain."""
    container, stream = video.container, video.stream
    if container.format.name not in CONTAINERS or stream.codec_context.name not in CODECS:
        return False
    with suppress(FFmpegError):
        container.seek(stamp, stream=stream, backward=True)
        packet = next((packet for packet in container.demux(stream) if packet.size), None)
        is_key = packet is not None and packet.is_keyframe and packet.pts is not None and packet.pts <= stamp
        container.seek(stamp if is_key else 0, stream=stream, backward=True)
        return is_key
    return False
