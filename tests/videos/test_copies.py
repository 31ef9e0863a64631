from twostream.videos import copies


def test_videos_of_one_digest_are_found():
    digests = {"A/1": "x", "A/2": "y", "B/1": "x", "B/2": "z", "B/3": "z"}
    assert copies.find(digests) == [("A/1", "B/1"), ("B/2", "B/3")]


def test_groups_that_share_copies_become_one_by_way_of_others_too():
    groups = {"a": "g3", "b": "g2", "c": "g2", "d": "g1", "e": "g4", "f": "g3"}
    assert copies.merge(groups, [("a", "b"), ("c", "d")]) == dict.fromkeys("abcdf", "g1") | {"e": "g4"}
    assert copies.merge(groups, []) == groups
