"""What this machine's decoder makes of a few videos, as digests: they are in the keys of what is decoded.

The bits of a frame depend on libav, on OpenCV and on the processor. A version number would change where no bit does,
and stay where some do. So the videos in the folder `references` are decoded, converted and resized as all others are.
Importing this module loads no libav; `python -m twostream.videos.fingerprint` prints the fingerprint as JSON.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from twostream.cache import keys
from twostream.errors import InputError

REFERENCES = Path(__file__).with_name("references")
SIZES = (None, 31, 70)
"""The shorter sides at which the references, 48 or 64 high, are decoded: as they are, shrunk and enlarged."""

NOT_DECODED = "not decoded"


@dataclass(frozen=True, kw_only=True)
class Fingerprint:
    """What decoding is here.

    `bits` is a digest of the reference frames; `reads` of these and of the formats and codecs that can be read;
    `version` names the decoder.
    """

    bits: str
    reads: str
    version: str


def take(folder: Path = REFERENCES) -> Fingerprint:
    """Decode the reference videos and return the fingerprint of this machine's decoder."""
    import av

    frames = [f"{path.name} {_frames_digest(path)}" for path in sorted(folder.iterdir())]
    readable = sorted({*_decoders(), *av.formats_available})
    return Fingerprint(
        bits=keys.digest("\n".join(frames)),
        reads=keys.digest("\n".join([*frames, *readable])),
        version=f"PyAV {av.__version__}, FFmpeg {av.ffmpeg_version_info}",
    )


@cache
def of_process() -> Fingerprint:
    """Return the fingerprint of this process's decoder, which is taken once: workers of a cluster live long."""
    return take()


def check(planned: str, measured: str) -> None:
    """Raise InputError where this machine decodes otherwise than the one that `planned` the run."""
    if planned and planned != measured:
        raise InputError(
            "the decoder",
            f"it gives other frames here ({measured}) than where the run was planned ({planned})",
            "run the workflow on machines with one kind of processor and the same versions of av and OpenCV",
        )


def _frames_digest(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        for data in _frames(path):
            digest.update(data)
    except InputError:
        return NOT_DECODED
    return digest.hexdigest()


def _frames(path: Path) -> Iterator[bytes]:
    """Yield the frames of a reference video at each size, in colour and grey, and deinterlaced."""
    import cv2

    from twostream.videos.decode import decode

    for size in SIZES:
        for frame in decode(path, size):
            yield frame.tobytes()
            yield cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY).tobytes()
    yield from (frame.tobytes() for frame in decode(path, None, deinterlace=True))


def _decoders() -> Iterator[str]:
    """Yield the names of the codecs that can be decoded."""
    import av
    from av.codec.codec import UnknownCodecError

    for name in av.codecs_available:
        try:
            yield f"decoder {av.Codec(name, 'r').name}"
        except UnknownCodecError:
            continue


if __name__ == "__main__":
    print(json.dumps(asdict(take())))
