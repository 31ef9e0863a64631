"""The demo data set: rendered videos whose class is an appearance x a motion.

A still frame shows which texture the object wears and nothing of how it moves; flow shows how it
moves and next to nothing of the texture. Each stream alone confuses the classes that the other one
tells apart. The tree, the names and the split lists are UCF101's.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from twostream.cache import keys
from twostream.compute.workers import map_videos
from twostream.files import atomic
from twostream.videos.encode import write_video

Image = NDArray[np.uint8]
Field = NDArray[np.float32]
FPS = 25
CODEC = "XVID"
"""MPEG-4, the codec UCF101 came in."""

FOLDERS = ("videos", "splits")
"""The folders of what is rendered."""
TEXTURE_SIZE = 128


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The `demo` section of the configuration: what is rendered, and how much of it."""

    seed: int
    width: int
    height: int
    frames: int
    train_groups: int
    test_groups: int
    clips_per_group: int


@dataclass(frozen=True)
class Clip:
    """One video: its class, the recording it is cut from, and which of its cuts it is."""

    name: str
    group: int
    number: int

    @property
    def id(self) -> str:
        """The video's path within the data set, named as UCF101 names its videos."""
        return f"{self.name}/v_{self.name}_g{self.group:02d}_c{self.number:02d}.avi"


def render(settings: Settings, folder: Path, workers: int) -> list[str]:
    """Write the videos to `folder`/videos and the lists to `folder`/splits; return the video ids."""
    clips = clips_of(settings)

    def write(clip: Clip) -> None:
        write_video(folder / "videos" / clip.id, clip_frames(settings, clip), CODEC, FPS)

    map_videos(write, clips, "rendered", workers)
    test = [clip.id for clip in clips if clip.group <= settings.test_groups]
    train = [clip.id for clip in clips if clip.group > settings.test_groups]
    _write_lists(folder / "splits", class_names(), train, test)
    return sorted(train + test)


def class_names() -> list[str]:
    """Return the names of the classes, in their order."""
    return [appearance + motion for appearance in APPEARANCES for motion in MOTIONS]


def clips_of(settings: Settings) -> list[Clip]:
    """Return all clips; those of the first `test_groups` are to test."""
    groups = range(1, settings.test_groups + settings.train_groups + 1)
    numbers = range(1, settings.clips_per_group + 1)
    return [Clip(name, group, number) for name in class_names() for group in groups for number in numbers]


def length(settings: Settings, clip: Clip) -> int:
    """Return the number of frames of `clip`."""
    return settings.frames + int(_take(settings, clip).integers(0, 9))


def clip_frames(settings: Settings, clip: Clip) -> Iterator[Image]:
    """Yield the frames (height, width, 3) of one clip, BGR.

    A group shares its texture and background, as the clips cut from one recording do; where the
    object stands, how it is turned and how fast it moves differ from clip to clip.
    """
    appearance = next(a for a in APPEARANCES if clip.name.startswith(a))
    motion = MOTIONS[clip.name.removeprefix(appearance)]
    recording = np.random.default_rng([settings.seed, _number(appearance), clip.group])
    texture = _wear(APPEARANCES[appearance](recording), TINTS[appearance], recording)
    backdrop = _backdrop(recording, settings.height, settings.width)
    take = _take(settings, clip)
    frames = settings.frames + int(take.integers(0, 9))
    for pose in _poses(motion, take, frames, settings):
        yield _compose(texture, backdrop, pose, take)


def _take(settings: Settings, clip: Clip) -> np.random.Generator:
    """Return what draws all that differs from clip to clip, the number of frames first."""
    return np.random.default_rng([settings.seed, _number(clip.name), clip.group, clip.number])


@dataclass(frozen=True)
class Pose:
    """Where the object stands in a frame, in pixels, how it is turned, in radians, and its radius in pixels."""

    x: float
    y: float
    angle: float
    scale: float


def _slide(phase: Field) -> tuple[Field, Field, Field]:
    return np.sin(phase), np.zeros_like(phase), np.zeros_like(phase)


def _climb(phase: Field) -> tuple[Field, Field, Field]:
    return np.zeros_like(phase), np.sin(phase), np.zeros_like(phase)


def _spin(phase: Field) -> tuple[Field, Field, Field]:
    return np.zeros_like(phase), np.zeros_like(phase), np.float32(1.5) * np.sin(phase)


MOTIONS: dict[str, Callable[[Field], tuple[Field, Field, Field]]] = {
    "Slide": _slide,
    "Climb": _climb,
    "Spin": _spin,
}


def _poses(
    motion: Callable[[Field], tuple[Field, Field, Field]],
    take: np.random.Generator,
    frames: int,
    settings: Settings,
) -> Iterator[Pose]:
    reach = 0.14 * settings.height
    centre = take.uniform(-reach, reach, size=2)
    angle, phase = take.uniform(-np.pi, np.pi, size=2)
    scale = take.uniform(0.42, 0.52) * settings.height
    speed = take.uniform(0.22, 0.32)
    dx, dy, turn = motion((phase + speed * np.arange(frames)).astype(np.float32))
    for t in range(frames):
        yield Pose(
            x=settings.width / 2 + centre[0] + reach * float(dx[t]),
            y=settings.height / 2 + centre[1] + reach * float(dy[t]),
            angle=angle + float(turn[t]),
            scale=scale,
        )


def _compose(texture: Image, backdrop: Image, pose: Pose, take: np.random.Generator) -> Image:
    height, width = backdrop.shape[:2]
    half = TEXTURE_SIZE / 2
    zoom = pose.scale / half
    cos, sin = zoom * np.cos(pose.angle), zoom * np.sin(pose.angle)
    matrix = np.array(
        [
            [cos, -sin, pose.x - cos * half + sin * half],
            [sin, cos, pose.y - sin * half - cos * half],
        ]
    )
    disk = cv2.circle(np.zeros((TEXTURE_SIZE, TEXTURE_SIZE), np.uint8), (64, 64), 62, 255, -1)
    size = (width, height)
    foreground = cv2.warpAffine(texture, matrix, size, flags=cv2.INTER_AREA).astype(np.float32)
    alpha = cv2.warpAffine(disk, matrix, size, flags=cv2.INTER_AREA)[..., None] / 255
    noise = take.normal(0, 3, backdrop.shape)
    frame: Image = np.clip(alpha * foreground + (1 - alpha) * backdrop + noise, 0, 255).astype(np.uint8)
    return frame


def _brick(rng: np.random.Generator) -> Field:
    y, x = np.mgrid[:TEXTURE_SIZE, :TEXTURE_SIZE]
    row = y // 16
    joint = (y % 16 < 3) | ((x + 16 * (row % 2) + rng.integers(0, 32)) % 32 < 3)
    return np.where(joint, 1.0, 0.3).astype(np.float32)


def _leaf(rng: np.random.Generator) -> Field:
    blots = rng.normal(size=(TEXTURE_SIZE, TEXTURE_SIZE)).astype(np.float32)
    smooth = cv2.GaussianBlur(blots, (0, 0), 4)
    return np.where(smooth > 0, 0.9, 0.25).astype(np.float32)


def _wave(rng: np.random.Generator) -> Field:
    y, x = np.mgrid[:TEXTURE_SIZE, :TEXTURE_SIZE].astype(np.float32)
    bend = 6 * np.sin(x / 9 + rng.uniform(0, 6))
    shade: Field = (0.5 + 0.45 * np.sin((y + bend) / 4)).astype(np.float32)
    return shade


APPEARANCES: dict[str, Callable[[np.random.Generator], Field]] = {
    "Brick": _brick,
    "Leaf": _leaf,
    "Wave": _wave,
}


TINTS = {"Brick": (60, 90, 170), "Leaf": (70, 160, 100), "Wave": (170, 110, 70)}
"""The usual colour, BGR, of each appearance: recordings stray from it."""


def _wear(shade: Field, tint: tuple[int, int, int], rng: np.random.Generator) -> Image:
    """Colour the shades (TEXTURE_SIZE, TEXTURE_SIZE) around `tint`."""
    colour = np.array(tint) + rng.uniform(-40, 40, size=3)
    fine = rng.normal(0, 8, (*shade.shape, 1))
    return np.clip((0.4 + 1.2 * shade[..., None]) * colour + fine, 0, 255).astype(np.uint8)


def _backdrop(rng: np.random.Generator, height: int, width: int) -> Image:
    coarse = rng.uniform(60, 190, (4, 5, 3)).astype(np.float32)
    fine: Field = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return fine.clip(0, 255).astype(np.uint8)


def _number(name: str) -> int:
    return int(keys.digest(name, 8), 16)


def _write_lists(folder: Path, names: list[str], train: list[str], test: list[str]) -> None:
    number = {name: i for i, name in enumerate(names, start=1)}
    classes = [f"{i} {name}" for name, i in number.items()]
    labelled = [f"{video} {number[video.split('/')[0]]}" for video in train]
    for name, lines in (("classInd", classes), ("trainlist01", labelled), ("testlist01", test)):
        atomic.write_text(folder / f"{name}.txt", "\n".join(lines) + "\n")
