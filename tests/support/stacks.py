"""Small shards, and the file that links them."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from support.videos import entry
from twostream.stacks import codecs, shards
from twostream.stacks import reader as stacks
from twostream.videos import index


def video(name: str, frames: int = 6) -> index.Video:
    return entry(f"A/{name}.avi", frames=frames, width=8, height=8, digest=f"digest-{name}")


def write(entry: index.Video, group: h5py.Group, codec: str = "zstd") -> None:
    seed = int.from_bytes(entry.id.encode()[-8:], "big")
    frames = np.random.default_rng(seed).integers(0, 256, (entry.frames, 2, 8, 10), np.uint8)
    codecs.write(group, iter(frames), entry.frames, codec, 95)


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    for number, names in ((0, "ab"), (1, "c")):
        entries = [video(name) for name in names]
        shards.fill(tmp_path / "flow" / f"000{number}-x.h5", entries, write, "flow", 2, "threads")
    made = sorted((tmp_path / "flow").glob("*.h5"))
    stacks.write_links(tmp_path / "stacks" / "flow.h5", made, "flow")
    return tmp_path / "stacks" / "flow.h5"
