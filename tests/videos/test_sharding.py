"""Which videos a shard holds, and how it is named."""

from dataclasses import replace

from support.videos import entry
from twostream.videos import sharding


def videos(count):
    return [entry(f"A/{i}.avi") for i in range(count)]


def test_every_video_is_in_one_shard():
    shards_by_name = sharding.shards(videos(100), 8)
    assert sorted(video.id for shard in shards_by_name.values() for video in shard) == sorted(
        video.id for video in videos(100)
    )
    assert len(shards_by_name) == 8


def test_a_video_more_makes_one_name_new():
    before, after = (set(sharding.shards(videos(count), 8)) for count in (100, 101))
    assert len(before - after) == 1
    assert len(after - before) == 1


def test_labels_and_subsets_are_in_no_name():
    others = [replace(video, label=1, subset="test") for video in videos(10)]
    assert set(sharding.shards(videos(10), 4)) == set(sharding.shards(others, 4))
