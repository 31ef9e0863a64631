"""A video file opened by libav: its video stream, decoded frame by frame, with a count of what could not be decoded.

Nothing but regular files is opened, and no format that names further files or addresses, such as a playlist.
"""

import stat
from collections import Counter
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
from twostream.videos.error_log import ErrorLog
from twostream.videos.verified import VerifiedFile

NO_VIDEOS = frozenset(
    (
        *("applehttp", "avisynth", "concat", "dash", "ffmetadata", "hls", "imf", "lavfi", "live_flv", "mpjpeg", "rtp"),
        *("rtsp", "sap", "sdp", "vapoursynth", "vobsub", "webm_dash_manifest"),
        *("image2", "alias_pix", "brender_pix"),
        *("adf", "bin", "idf", "tty", "xbin"),
    )
)
"""Formats of libav whose files name other files or addresses, or are programs; that are read by the pattern of their
names; or that are texts, drawn letter by letter.
"""

JOINED = ("mpegts",)
"""Formats in which libav calls a packet incomplete where two recordings were joined, whole as it is."""

READ_ON_OPENING = ("asf", "flv", "ogg")
"""Formats of which opening reads many packets: an error that the demuxer logs then is of these, not of a header."""

CHECKED = ("hevc", "vvc")
"""Codecs whose frames may come with their checksum, which is compared only where it is asked for."""

GIF_NOTES = 1 << 16
"""Bytes that the notes and the palette of a picture in a GIF may have; each of its pixels has two at most."""

EARLY_PACKETS = 100_000_000
DEFAULT_STREAM = 5_000_000
"""Pixels that a stream is worth which has packets early in the file, or which is the default one, to `ffmpeg`."""

REMEDY = "choose another video"


class Source:
    """The video stream of an open file.

    `damaged` counts the packets so far that are incomplete, or of which demuxer or decoder told an error: `log` has
    those that they tell nowhere else. `demuxer_errors` counts those of the demuxer in a file that has other streams,
    as of sound: they may be of any of these. `hidden` counts the packets that hold no frame to show: empty ones, and
    the lead-in of a trimmed video.
    """

    def __init__(self, container: InputContainer, stream: VideoStream, log: ErrorLog | None) -> None:
        self.container = container
        self.stream = stream
        self.damaged = 0
        self.demuxer_errors = 0
        self.hidden = 0
        self._has_begun = False
        self._early_errors: list[int] = []
        self._log = log
        self._is_alone = len(container.streams) == 1
        errors_on_opening = log.count() if log else Counter()
        if container.format.name in READ_ON_OPENING:
            self.damaged = self._demuxer_errors_of_video(errors_on_opening)

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
        return self.container.duration / 1e6 if self._is_alone and self.container.duration else None

    def _packets(self) -> "Iterator[Packet[VideoStream]]":
        packets = self.container.demux(self.stream)
        while True:
            try:
                packet = next(packets, None)
            except FFmpegError:
                self._count_damage(True)
                return
            if packet is None:
                return
            if packet.size:
                self.hidden += packet.is_discard
                yield packet
            elif packet.dts is not None:
                # A frame that was dropped on recording. To the decoder an empty packet would mean the end.
                self.hidden += 1

    def _decode(self, packet: "Packet[VideoStream] | None") -> list[VideoFrame]:
        is_damaged = packet is not None and self._is_incomplete(packet)
        try:
            frames = self.stream.decode(packet)
        except FFmpegError:
            frames, is_damaged = [], True
        if frames and not self._has_begun:
            self._begin(frames[0].pts)
        self._count_damage(is_damaged, packet)
        return frames

    def _begin(self, start: int | None) -> None:
        """Count the early errors: those of packets before the `start`, of which no frame is shown, are none."""
        self._has_begun = True
        self.damaged += sum(start is None or time >= start for time in self._early_errors)

    def _is_incomplete(self, packet: "Packet[VideoStream]") -> bool:
        if self.container.format.name == "gif":
            # Behind damage all that is left comes as one packet, of which the decoder shows one picture.
            return packet.size > GIF_NOTES + 2 * self.stream.codec_context.width * self.stream.codec_context.height
        return packet.is_corrupt and self.container.format.name not in JOINED

    def _count_damage(self, is_damaged: bool, packet: "Packet[VideoStream] | None" = None) -> None:
        """Count a packet that is damaged, or of which an error was logged since the one before it."""
        has_errors = self._has_new_errors()
        if is_damaged or (has_errors and self._has_begun):
            self.damaged += 1
        elif has_errors and packet and packet.pts is not None:
            # A recording may begin between two key frames: what refers to pictures before it is not shown.
            self._early_errors.append(packet.pts)

    def _has_new_errors(self) -> bool:
        errors = self._log.count() if self._log else Counter()
        return self._demuxer_errors_of_video(errors) + errors[self.stream.codec_context.name] > 0

    def _demuxer_errors_of_video(self, errors: Counter[str]) -> int:
        """Return the demuxer's errors that can be of nothing but the video; note the others."""
        count = errors[self.container.format.name]
        if self._is_alone:
            return count
        self.demuxer_errors += count
        return 0


@contextmanager
def open_video(
    path: Path, log: ErrorLog | None = None, file: VerifiedFile | None = None, form: str | None = None
) -> Iterator[Source]:
    """Yield the video at `path` for decoding on one thread; InputError where it is no video that can be decoded.

    With a `log`, the errors that are told there alone are counted too; with a `file`, the bytes are read from that.
    FFmpeg finds out the form of the file, unless `form` names it.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise InputError(path, "not a regular file", REMEDY)
    try:
        bytes_from = file or f"file:{path.absolute()}"
        container = av.open(bytes_from, mode="r", format=form, options=_options(), metadata_errors="replace")
    except FFmpegError as error:
        raise InputError(path, "not a video that FFmpeg can open, or cut short", REMEDY) from error
    with container:
        stream = _video_stream(path, container)
        # Several threads decode damaged frames another way each time.
        stream.codec_context.thread_count = 1
        if log and stream.codec_context.name in CHECKED:
            stream.codec_context.options = {"err_detect": "crccheck"}
        yield Source(container, stream, log)


@cache
def _options() -> dict[str, str]:
    # Playlists may be disguised as videos: FFmpeg must open this file and nothing else.
    formats = sorted(name for name in av.formats_available if name not in NO_VIDEOS)
    return {"protocol_whitelist": "file", "format_whitelist": ",".join(formats)}


def _video_stream(path: Path, container: InputContainer) -> VideoStream:
    """Return the stream that is the video, which a cover picture is not: of several, the one that `ffmpeg` takes."""
    streams = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    if not streams:
        raise InputError(path, "holds no video", REMEDY)
    stream = max(streams, key=_worth)
    if stream.codec_context is None:
        raise InputError(path, "this FFmpeg has no decoder for its video", REMEDY)
    return stream


def _worth(stream: VideoStream) -> int:
    """Return what `ffmpeg` compares the video streams of a file by; of equal ones it takes the first."""
    context = stream.codec_context
    if context is None:
        return 0
    has_packets = context.pix_fmt is not None
    return (
        context.width * context.height
        + EARLY_PACKETS * has_packets
        + DEFAULT_STREAM * bool(stream.disposition & Disposition.default)
    )
