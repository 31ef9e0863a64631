"""Which videos go into which shard. A shard's name says what it holds."""

from collections.abc import Iterable

from twostream.cache import keys
from twostream.videos.index import Video


def shards(videos: Iterable[Video], count: int) -> dict[str, list[Video]]:
    """Return the videos of each of up to `count` shards by the shard's name; a hash of a video's id chooses its shard.

    A name, `0003-5f1d0c7e2a9b`, carries a digest of what the shard holds, so that adding a video
    makes one name new and leaves the others.
    """
    numbered: dict[int, list[Video]] = {}
    for video in videos:
        numbered.setdefault(int(keys.digest(video.id, 8), 16) % count, []).append(video)
    return {f"{number:04d}-{manifest_digest(numbered[number])}": numbered[number] for number in sorted(numbered)}


def manifest_digest(videos: Iterable[Video]) -> str:
    """Return a digest of the ids and contents of `videos`, in their order."""
    return keys.digest("\n".join(f"{video.id} {video.digest}" for video in videos))
