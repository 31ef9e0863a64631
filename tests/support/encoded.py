"""Videos encoded through libav, of any codec, pixel format and container, and the pictures that they were made of."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

Pictures = NDArray[np.uint8]

REFERENCES: dict[str, dict[str, Any]] = {
    "mpeg4.avi": {"codec": "mpeg4", "options": {"bf": "2", "qscale": "4", "flags": "+qscale"}},
    "h264.mp4": {"codec": "libx264", "options": {"crf": "24", "bf": "2"}},
    "h264_mirrored.mp4": {"codec": "libx264", "options": {"crf": "24"}, "matrix": (0, 1, 1, 0, 0, 0)},
    "h264_bt709_full.mkv": {"codec": "libx264", "options": {"crf": "24"}, "colour": (1, 2)},
    "hevc_10bit.mp4": {
        "codec": "libx265",
        "pixels": "yuv420p10le",
        "options": {"crf": "24", "x265-params": "log-level=none"},
    },
    "mpeg2_interlaced.mpg": {"codec": "mpeg2video", "options": {"flags": "+ildct+ilme", "b": "400k"}},
    "vp9.webm": {"codec": "libvpx-vp9", "options": {"crf": "30", "b": "0"}},
    "av1.mkv": {"codec": "libsvtav1", "options": {"crf": "35", "svtav1-params": "lp=1"}, "size": (64, 64)},
    "mjpeg_422.mov": {"codec": "mjpeg", "pixels": "yuvj422p", "options": {"qscale": "5", "flags": "+qscale"}},
}
"""How each video of the reference decode was encoded; it was done once, and encoders differ from version to version."""


def pictures(frames: int, width: int = 64, height: int = 48, seed: int = 0) -> Pictures:
    """Return pictures (frames, height, width, 3), BGR, of soft coloured waves that move right."""
    rng = np.random.default_rng(seed)
    y, x, t = np.mgrid[:height, :width, :frames].transpose(0, 3, 1, 2).astype(float)
    phases, tilts = rng.uniform(0, 6, 3), rng.uniform(-0.2, 0.2, 3)
    waves = [np.sin(0.25 * (x - 2 * t) + tilt * y + phase) for tilt, phase in zip(tilts, phases, strict=True)]
    return (127.5 + 110 * np.stack(waves, -1)).astype(np.uint8)


def write(
    path: Path,
    shown: Sequence[Pictures] | Pictures,
    codec: str,
    pixels: str = "yuv420p",
    rate: int | Fraction = 25,
    options: Mapping[str, str] | None = None,
    times: Sequence[int] | None = None,
    colour: tuple[int, int] | None = None,
) -> Path:
    """Encode pictures, BGR; `times` are those of the frames in ticks of 1 / rate, `colour` a matrix and a range."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, options=dict(options or {}))
        stream.height, stream.width, stream.pix_fmt = *shown[0].shape[:2], pixels
        stream.codec_context.thread_count = 1
        if colour:
            stream.codec_context.colorspace, stream.codec_context.color_range = colour
        for number, picture in enumerate(shown):
            frame = av.VideoFrame.from_ndarray(picture, "bgr24")
            where = {"dst_colorspace": colour[0], "dst_color_range": colour[1]} if colour else {}
            frame = frame.reformat(format=pixels, **where)
            frame.pts, frame.time_base = (times[number] if times else number), 1 / Fraction(rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def turn(path: Path, matrix: Sequence[float]) -> Path:
    """Give the mp4 or mov file at `path` the display matrix a, b, c, d and the shifts x and y, in its track header."""
    data = bytearray(path.read_bytes())
    identity = np.array([0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000], ">i4").tobytes()
    a, b, c, d, x, y = (round(value * 0x10000) for value in matrix)
    place = data.index(identity, data.index(b"tkhd"))
    data[place : place + 36] = np.array([a, b, 0, c, d, 0, x, y, 0x40000000], ">i4").tobytes()
    path.write_bytes(data)
    return path


def write_references(folder: Path) -> None:
    """Encode the videos of the reference decode anew; their digest, and all keys of frames and flow, change with it."""
    for name, how in REFERENCES.items():
        settings = {key: value for key, value in how.items() if key not in ("matrix", "size")}
        width, height = how.get("size", (64, 48))
        write(folder / name, pictures(5, width, height), **settings)
        if "matrix" in how:
            turn(folder / name, how["matrix"])
