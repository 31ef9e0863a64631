"""What is worth knowing of videos in use: interlaced, damaged, of a varying rate, or not as long as announced."""

from collections.abc import Callable, Iterator, Sequence

from twostream.text import are, counted
from twostream.videos.index import Video

KINDS: dict[str, tuple[str, Callable[[Video], int | bool]]] = {
    "interlaced": ("interlaced: frames.deinterlace filters them", lambda video: video.interlaced),
    "damaged": ("damaged, and kept", lambda video: video.damaged),
    "variable_rate": ("of a varying frame rate", lambda video: video.variable_rate),
    "promised": ("with another number of frames than their container promises", lambda video: video.promised),
}
"""What is remarked, by the name of the count: in words, of several videos, and what tells whether it is so of one."""

EXAMPLES = 3
"""Videos that a line of the log names."""


def counts(videos: Sequence[Video]) -> dict[str, int]:
    """Return of how many videos each of `KINDS` is so."""
    return {name: sum(bool(holds(video)) for video in videos) for name, (_, holds) in KINDS.items()}


def of_video(video: Video) -> str:
    """Return what is worth knowing of `video`, empty for most."""
    parts = []
    if video.interlaced:
        parts.append(f"{video.interlaced} of {video.frames} frames {are(video.interlaced)} interlaced")
    if video.damaged:
        share = video.damaged / max(video.frames, video.damaged)
        which = f"{counted(video.damaged, 'frame')} {are(video.damaged)} corrupt or lost"
        parts.append(f"{which} ({share:.1%} of {video.frames})")
    if video.variable_rate:
        parts.append(f"the rate varies, {video.fps:g} frames a second on average")
    if video.promised:
        parts.append(f"the container promises {counted(video.promised, 'frame')}, {video.frames} can be decoded")
    return "; ".join(parts)


def lines(videos: Sequence[Video]) -> Iterator[str]:
    """Yield a line of the log for each of `KINDS` that is so of any video, with the first examples."""
    for words, holds in KINDS.values():
        concerned = [video for video in videos if holds(video)]
        if concerned:
            examples = "; ".join(f"{video.id} ({of_video(video)})" for video in concerned[:EXAMPLES])
            more = f"; and {len(concerned) - EXAMPLES} more" if len(concerned) > EXAMPLES else ""
            which = f"{len(concerned)} of {len(videos)} videos {are(len(concerned))} {words}"
            yield f"warning: {which}: {examples}{more}"
