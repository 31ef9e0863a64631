from support.videos import entry
from twostream.report import dataset
from twostream.videos.index import Index


def test_classes_and_lengths_are_counted():
    videos = (entry("a/1.avi", subset="train"), entry("a/2.avi", subset="test"))
    summary = dataset.summarise(Index(("a", "b"), videos, ()))
    assert (summary["classes"], summary["train"], summary["test"]) == (2, 1, 1)
    a, b = summary["by_class"]
    assert (a["train"], a["test"], a["shortest"], a["longest"]) == (1, 1, videos[0].frames, videos[0].frames)
    assert (b["train"], b["test"], b["longest"]) == (0, 0, 0)
    assert summary["lengths"] == [{"first": videos[0].frames, "last": videos[0].frames, "videos": 2}]
    assert summary["samples"] == ["a/1.avi"]
