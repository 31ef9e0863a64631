"""A video written anew with what a model says of it drawn into its pictures."""

import os
import unicodedata
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.container import OutputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from twostream.errors import InputError
from twostream.files import atomic
from twostream.predict.answers import Guess
from twostream.text import printable
from twostream.videos.image import Image
from twostream.videos.picture import Converter
from twostream.videos.source import Source, open_video

LabelAt = Callable[[float], Guess | None]
"""What is said of a moment, in seconds after the first frame; None where nothing is said."""
TICK = Fraction(1, 90_000)
"""The unit of time of what is written."""
SUFFIX = ".mp4"
ENCODERS = (("libx264", {"crf": "20", "preset": "veryfast"}), ("mpeg4", {"qscale": "3"}))
"""The encoders to take, the first one that this FFmpeg has, and their options."""
FONT = cv2.FONT_HERSHEY_SIMPLEX
PART_OF_HEIGHT = 0.05
"""The height of the letters as a fraction of the picture's height."""
LEAST_SIZE = 10
"""Pixels that letters are high, at least."""
LETTER = 22
"""Pixels that a capital letter of FONT is high at scale 1."""


def targets(out: Path, videos: Sequence[Path]) -> list[Path]:
    """Return where to write each of `videos`: one to `out`, several into the folder `out`, by their names.

    InputError where `out` cannot take them, or where a video would be written over. Where `out` is a folder, a single
    video is written into it too.
    """
    into_folder = out.is_dir() or len(videos) > 1
    if into_folder and out.exists() and not out.is_dir():
        raise InputError(f"--annotate {out}", f"is a file, for {len(videos)} videos", "give a folder")
    if not into_folder and out.suffix.lower() != SUFFIX:
        raise InputError(f"--annotate {out}", "is no name of an MP4 file", f"give a name that ends with {SUFFIX}")
    files = list(_in_folder(out, videos)) if into_folder else [out]
    inputs = {os.path.realpath(video) for video in videos}
    for file in files:
        if os.path.realpath(file) in inputs or any(file.exists() and file.samefile(each) for each in inputs):
            raise InputError(f"--annotate {file}", "is a video that is to be answered", "choose another name")
    return files


def _in_folder(folder: Path, videos: Sequence[Path]) -> Iterator[Path]:
    """Yield a file for each of `videos`; of those of one name, the later ones have a number."""
    used: set[str] = set()
    for video in videos:
        number, name = 1, video.stem
        while name.lower() in used:
            number += 1
            name = f"{video.stem} {number}"
        used.add(name.lower())
        yield folder / f"{name}{SUFFIX}"


def write(out: Path, path: Path, label_at: LabelAt) -> None:
    """Write the video at `path` to `out` with its labels, each frame at its own time; sound is left out.

    InputError where it cannot be decoded, or not be written.
    """
    try:
        with open_video(path) as video, atomic.replacing_by_name(out) as beside, av.open(str(beside), "w") as container:
            _encode(container, _labelled(path, video, label_at), float(video.stream.average_rate or 25))
    except (FFmpegError, OSError) as error:
        problem = f"cannot be written ({error.strerror or error})"
        raise InputError(f"--annotate {out}", problem, "choose another name or folder") from error


def _encode(container: OutputContainer, pictures: Iterator[tuple[int, Image]], rate: float) -> None:
    """Encode pictures, each with its time in TICKs."""
    stream: VideoStream | None = None
    for ticks, picture in pictures:
        if stream is None:
            stream = _stream(container, picture, rate)
        frame = VideoFrame.from_ndarray(picture, format="bgr24")
        frame.pts, frame.time_base = ticks, TICK
        container.mux(stream.encode(frame))
    if stream is not None:
        container.mux(stream.encode(None))


def _stream(container: OutputContainer, picture: Image, rate: float) -> VideoStream:
    name, options = next(each for each in ENCODERS if each[0] in av.codecs_available)
    stream = container.add_stream(name, rate=Fraction(rate).limit_denominator(1001), options=dict(options))
    if not isinstance(stream, VideoStream):
        raise TypeError(f"{name} encodes no video")
    stream.height, stream.width = picture.shape[:2]
    stream.pix_fmt = "yuv420p"
    stream.time_base = stream.codec_context.time_base = TICK
    return stream


def _labelled(path: Path, video: Source, label_at: LabelAt) -> Iterator[tuple[int, Image]]:
    """Yield the pictures of `video` with their labels, and when each is shown, in TICKs, rising."""
    last = -1
    for seconds, picture in _timed(path, video):
        last = max(round(seconds / TICK), last + 1)
        yield last, draw(_even(picture), label_at(float(seconds)))


def _timed(path: Path, video: Source) -> Iterator[tuple[Fraction, Image]]:
    """Yield the pictures and when each is shown, in seconds; one without a time stamp comes after a usual interval."""
    converter = Converter(path)
    tick, usual = Fraction(video.stream.time_base or 0), 1 / Fraction(video.stream.average_rate or 25)
    first: int | None = None
    seconds = -usual
    times: deque[Fraction] = deque()  # Of the frames whose pictures the converter holds.
    for frame in video.frames():
        if frame.pts is None or not tick:
            seconds += usual
        else:
            first = frame.pts if first is None else first
            seconds = max((frame.pts - first) * tick, Fraction(0))
        times.append(seconds)
        for picture in converter.convert(frame):
            yield times.popleft(), picture
    for picture in converter.flush():
        yield times.popleft(), picture


def _even(picture: Image) -> Image:
    """Return the picture with sides of even numbers of pixels, which the encoders need: its edge repeated."""
    height, width = picture.shape[:2]
    if height % 2 or width % 2:
        return np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    return picture


def draw(picture: Image, guess: Guess | None) -> Image:
    """Return `picture` with the class and its percent in a band at its lower edge; as it is without a guess."""
    if guess is None:
        return picture
    height, width = picture.shape[:2]
    text = f"{plain(guess.class_name)}  {guess.percent:.0f} %"
    size = max(LEAST_SIZE, PART_OF_HEIGHT * height) / LETTER
    (needed, _), _ = cv2.getTextSize(text, FONT, size, 1)
    size *= min(1.0, 0.96 * width / max(needed, 1))
    thickness = max(1, round(1.5 * size))
    letters, margin = round(LETTER * size), round(LETTER * size * 0.6)
    top = max(height - letters - 2 * margin, 0)
    drawn = picture.copy()
    drawn[top:] //= 3
    cv2.putText(
        drawn, text, (round(0.02 * width), height - margin), FONT, size, (255, 255, 255), thickness, cv2.LINE_AA
    )
    return drawn


def plain(name: str) -> str:
    """Return `name` in letters that OpenCV's font has: without accents, and ? for what has no such letter."""
    letters = unicodedata.normalize("NFKD", printable(name))
    base_letters = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return base_letters.encode("ascii", "replace").decode()
