"""A video file opened by libav: its video stream, decoded frame by frame, with a count of what could not be decoded.

Nothing but regular files is opened, and no format that names further files or addresses, such as a playlist.
"""

import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from twostream.errors import InputError

PLAYLISTS = frozenset(
    (
        *("applehttp", "avisynth", "concat", "dash", "ffmetadata", "hls", "image2", "imf", "lavfi", "live_flv"),
        *("mpjpeg", "rtp", "rtsp", "sap", "sdp", "vapoursynth", "vobsub", "webm_dash_manifest"),
    )
)
"""Formats of libav whose files name other files or addresses, or are programs."""

JOINED = ("mpegts",)
"""Formats in which libav calls a packet incomplete where two recordings were joined, whole as it is."""

REMEDY = "choose another video"


class Source:
    """The video stream of an open file.

    `errors` counts the packets that the decoder refused so far, `corrupt` those that the container says are incomplete,
    `hidden` those that hold no frame to show: empty ones, and the lead-in of a trimmed video.
    """

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        self.container = container
        self.stream = stream
        self.errors = 0
        self.corrupt = 0
        self.hidden = 0

    def frames(self) -> Iterator[VideoFrame]:
        """Yield every frame, in order of presentation, as `ffmpeg -i` shows them; damaged ones too."""
        for packet in self._packets():
            yield from self._decode(packet)
        yield from self._decode(None)

    def duration(self) -> float | None:
        """Return the second at which the container says that the video ends, None where it does not say."""
        if "DURATION" in self.stream.metadata:  # Matroska's tag of each stream, 00:01:02.5.
            parts = self.stream.metadata["DURATION"].split(":")
            with suppress(ValueError):
                seconds = [float(part) * unit for part, unit in zip(parts, (3600, 60, 1), strict=True)]
                return sum(seconds)
        is_alone = len(self.container.streams) == 1
        return self.container.duration / 1e6 if is_alone and self.container.duration else None

    def _packets(self) -> "Iterator[Packet[VideoStream]]":
        packets = self.container.demux(self.stream)
        while True:
            try:
                packet = next(packets, None)
            except FFmpegError:
                self.errors += 1
                return
            if packet is None:
                return
            if packet.size:
                self.hidden += packet.is_discard
                self.corrupt += packet.is_corrupt and self.container.format.name not in JOINED
                yield packet
            elif packet.dts is not None:
                # A frame that was dropped on recording. To the decoder an empty packet would mean the end.
                self.hidden += 1

    def _decode(self, packet: "Packet[VideoStream] | None") -> list[VideoFrame]:
        try:
            return self.stream.decode(packet)
        except FFmpegError:
            self.errors += 1
            return []


@contextmanager
def open_video(path: Path) -> Iterator[Source]:
    """Yield the video at `path` for decoding on one thread; InputError where it is no video that can be decoded."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise InputError(path, "not a regular file", REMEDY)
    av.logging.set_level(None)
    try:
        container = av.open(f"file:{path.absolute()}", options=_options(), metadata_errors="replace")
    except FFmpegError as error:
        raise InputError(path, "not a video that FFmpeg can open, or cut short", REMEDY) from error
    with container:
        stream = _video_stream(path, container)
        # Several threads decode damaged frames another way each time.
        stream.codec_context.thread_count = 1
        yield Source(container, stream)


@cache
def _options() -> dict[str, str]:
    # Playlists may be disguised as videos: FFmpeg must open this file and nothing else.
    formats = sorted(name for name in av.formats_available if name not in PLAYLISTS)
    return {"protocol_whitelist": "file", "format_whitelist": ",".join(formats)}


def _video_stream(path: Path, container: InputContainer) -> VideoStream:
    """Return the stream that is the video, which a cover picture is not."""
    streams = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    if not streams:
        raise InputError(path, "holds no video", REMEDY)
    best = container.streams.best("video")
    stream = next((stream for stream in streams if best and stream.index == best.index), streams[0])
    if stream.codec_context is None:
        raise InputError(path, "this FFmpeg has no decoder for its video", REMEDY)
    return stream
