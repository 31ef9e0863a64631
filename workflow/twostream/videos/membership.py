"""Who is in a subset, as a digest: what was trained or scored on other videos has another key."""

from twostream.cache import keys
from twostream.videos.index import Index


def digest(index: Index, subset: str) -> str:
    """Return a digest of who is in `subset`: the videos' contents, labels and groups, and the classes' order."""
    lines = (f"{video.id} {video.digest} {video.label} {video.group}" for video in index.subset(subset))
    return keys.digest("\n".join([*index.class_names, *lines]))
