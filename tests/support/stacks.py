"""Small shards, and the file that links them."""

import os
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np
import pytest

from support.videos import entry
from twostream.cache import provenance
from twostream.cache.stages import COMPUTE_FLOW
from twostream.stacks import codecs, links, shards
from twostream.stacks.reader import StackReader
from twostream.videos.index import Video


def video(name: str, frames: int = 6) -> Video:
    return entry(f"A/{name}.avi", frames=frames, width=8, height=8, digest=f"digest-{name}")


def write(entry: Video, group: h5py.Group, codec: str = "zstd") -> None:
    seed = int.from_bytes(entry.id.encode()[-8:], "big")
    frames = np.random.default_rng(seed).integers(0, 256, (entry.frames, 2, 8, 10), np.uint8)
    codecs.write(group, iter(frames), entry.frames, codec, 95)


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    for number, names in ((0, "ab"), (1, "c")):
        entries = [video(name) for name in names]
        shards.fill(tmp_path / "flow" / f"000{number}-x.h5", entries, write, workers=2)
    files = sorted((tmp_path / "flow").glob("*.h5"))
    links.write_links(tmp_path / "stacks" / "flow.h5", files, "flow")
    return tmp_path / "stacks" / "flow.h5"


def fill_as_a_step(shard: Path, entries: Sequence[Video], write_video: shards.WriteVideo) -> None:
    """Fill `shard` as its step does: with its checksum beside it."""
    with provenance.recording(COMPUTE_FLOW, shard, {}, []):
        shards.fill(shard, entries, write_video)


def spoil(file: Path, offset: int, content: bytes) -> None:
    """Overwrite `file` with `content` from `offset` on."""
    whole = bytearray(file.read_bytes())
    whole[offset : offset + len(content)] = content
    file.write_bytes(whole)


def flip(file: Path, offset: int) -> None:
    """Change every bit of the byte at `offset`."""
    spoil(file, offset, bytes([file.read_bytes()[offset] ^ 0xFF]))


def descriptors(folder: Path) -> dict[str, int]:
    """Return the descriptors of the files in `folder` that this process has open, by name."""
    numbers = [number for number in os.listdir("/proc/self/fd") if Path(f"/proc/self/fd/{number}").exists()]
    opened = {Path(f"/proc/self/fd/{number}").readlink(): int(number) for number in numbers}
    return {path.name: number for path, number in opened.items() if path.is_relative_to(folder)}


def read_all(reader: StackReader, video: str) -> bytes:
    """Return the six frames of a video; it stands here for processes that are spawned, which import it by name."""
    return reader.read(video, 0, 6).tobytes()
