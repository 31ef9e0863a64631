import os

from twostream.cache import costs, provenance
from twostream.cache.stages import RENDER_DEMO


def test_the_bytes_are_those_of_all_that_lies_in_the_folder(tmp_path):
    listing = tmp_path / "render_demo" / "abc" / "videos.json"
    listing.parent.mkdir(parents=True)
    with provenance.recording(RENDER_DEMO, listing, {}, []):
        listing.write_text("[]")
        (listing.parent / "videos").mkdir()
        (listing.parent / "videos" / "a.avi").write_bytes(bytes(1_000_000))
    (cost,) = costs.measure(provenance.lineage(listing))
    assert 1_000_000 < cost["bytes"] < 1_100_000


def test_a_file_of_two_names_counts_once_and_one_that_is_gone_not_at_all(tmp_path):
    (tmp_path / "a").write_bytes(bytes(1000))
    os.link(tmp_path / "a", tmp_path / "b")
    assert costs.size_of([tmp_path / "a", tmp_path / "b", tmp_path / "gone"]) == 1000
