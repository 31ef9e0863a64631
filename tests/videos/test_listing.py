"""Every file in a data set's folder is either listed or counted with a reason."""

import os
from pathlib import Path

import pytest

from twostream.errors import InputError
from twostream.videos import left_out, listing


def make(folder: Path, *ids: str) -> Path:
    for id in ids:
        (folder / id).parent.mkdir(parents=True, exist_ok=True)
        (folder / id).write_bytes(b"x")
    return folder


def reasons(folder: Path) -> dict[str, tuple[int, tuple[str, ...]]]:
    return {row.reason: (row.files, row.first) for row in listing.scan_all(folder).left_out}


@pytest.mark.parametrize(
    ("id", "reason"),
    [
        (".DS_Store", left_out.HIDDEN),
        (".Trash-1000/a.avi", left_out.HIDDEN),
        (".ipynb_checkpoints/inner/a.avi", left_out.HIDDEN),
        ("@eaDir/a.avi", left_out.SYSTEM),
        ("Jump/@eaDir/a.avi/thumb.avi", left_out.SYSTEM),
        ("#recycle/old.avi", left_out.SYSTEM),
        ("$RECYCLE.BIN/a.avi", left_out.SYSTEM),
        ("System Volume Information/a.avi", left_out.SYSTEM),
        ("lost+found/a.avi", left_out.SYSTEM),
        ("Jump/.a.avi", left_out.HIDDEN),
        ("Jump/._a.avi", left_out.MACOS),
        ("._Jump", left_out.MACOS),
        ("a.avi", left_out.LOOSE),
        ("Jump/person1/a.avi", left_out.DEEPER),
        ("Jump/person1/take2/a.MTS", left_out.DEEPER),
        ("README.txt", left_out.OTHER),
        ("Jump/Thumbs.db", left_out.OTHER),
        ("Jump/frames/00001.JPG", left_out.OTHER),
        ("Jump/playlist.m3u8", left_out.OTHER),
        ("Jump/a.mp4.part", left_out.OTHER),
    ],
)
def test_a_file_that_is_no_video_of_a_class_is_counted_with_the_reason(tmp_path, id, reason):
    folder = make(tmp_path, "Jump/good.avi", id)
    assert [file.id for file in listing.scan(folder)] == ["Jump/good.avi"]
    assert reasons(folder) == {reason: (1, (id,))}


@pytest.mark.parametrize("name", ["a.MTS", "a.m2ts", "a.divx", "a.gif", "a.vob", "a.asf", "a.3gp", "a.of_no_kind", "a"])
def test_a_file_of_any_other_suffix_may_be_a_video(tmp_path, name):
    assert [file.id for file in listing.scan(make(tmp_path, f"Jump/{name}"))] == [f"Jump/{name}"]
    assert not reasons(tmp_path)


def test_only_the_first_few_are_named(tmp_path):
    make(tmp_path, "Jump/good.avi", *(f"Jump/deep/{number:02d}.avi" for number in range(20)))
    assert reasons(tmp_path) == {left_out.DEEPER: (20, ("Jump/deep/00.avi", "Jump/deep/01.avi", "Jump/deep/02.avi"))}


def test_what_is_neither_file_nor_folder_is_not_opened(tmp_path):
    make(tmp_path, "Jump/good.avi")
    os.mkfifo(tmp_path / "Jump" / "pipe.avi")
    (tmp_path / "Jump" / "nothing").symlink_to("nowhere")
    assert reasons(tmp_path) == {left_out.NO_FILE: (2, ("Jump/nothing", "Jump/pipe.avi"))}


def test_links_to_classes_are_followed_and_circles_are_not(tmp_path):
    make(tmp_path / "elsewhere", "a.avi")
    make(tmp_path / "videos", "Run/b.avi")
    (tmp_path / "videos" / "Jump").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "videos" / "Run" / "again").symlink_to(tmp_path / "videos")
    assert [file.id for file in listing.scan(tmp_path / "videos")] == ["Jump/a.avi", "Run/b.avi"]
    assert reasons(tmp_path / "videos") == {left_out.DEEPER: (1, ("Run/again",))}


@pytest.mark.parametrize("target", [".", "..", "/", "Run", "./Jump/.."])
def test_links_into_the_data_set_itself_are_no_classes(tmp_path, target):
    folder = make(tmp_path / "videos", "Jump/a.avi", "Run/b.avi")
    (folder / "again").symlink_to(target)
    assert [file.id for file in listing.scan(folder)] == ["Jump/a.avi", "Run/b.avi"]
    assert reasons(folder) == {left_out.ALIAS: (1, ("again",))}


def test_a_link_to_itself_is_counted_like_one_to_nothing(tmp_path):
    folder = make(tmp_path / "videos", "Jump/a.avi")
    for name in ("loop", "Jump/loop", "Jump/loop.avi"):
        (folder / name).symlink_to(Path(name).name)
    listing.check_apart(folder, tmp_path / "cache")
    assert [file.id for file in listing.scan(folder)] == ["Jump/a.avi", "Jump/loop.avi"]
    assert reasons(folder) == {left_out.LOOSE: (1, ("loop",)), left_out.NO_FILE: (1, ("Jump/loop",))}


def test_of_two_links_to_one_folder_the_first_is_a_class(tmp_path):
    make(tmp_path / "elsewhere", "a.avi")
    folder = make(tmp_path / "videos", "Run/b.avi", ".store/Walk/c.avi")
    for name in ("Jump", "Leap"):
        (folder / name).symlink_to(tmp_path / "elsewhere")
    (folder / "Walk").symlink_to(".store/Walk")
    (folder / "loop").symlink_to("loop")
    assert [file.id for file in listing.scan(folder)] == ["Jump/a.avi", "Run/b.avi", "Walk/c.avi"]
    assert reasons(folder) == {
        left_out.ALIAS: (1, ("Leap",)),
        left_out.HIDDEN: (1, (".store/Walk/c.avi",)),
        left_out.LOOSE: (1, ("loop",)),
    }


@pytest.mark.parametrize("link", [False, True])
def test_a_cache_in_the_data_set_is_none_of_its_files(tmp_path, link):
    folder = make(tmp_path / "videos", "Jump/a.avi", "old/index/x/index.json", "old/.cache.lock")
    cache = tmp_path / "elsewhere" if link else folder / "cache"
    make(cache, "index/decoders.json", "compute_flow/x/y.h5", "a/b.avi")
    if link:
        (folder / "cache").symlink_to(cache)
    everything = listing.scan_all(folder, cache)
    assert ([file.id for file in everything.files], everything.left_out) == (["Jump/a.avi"], ())


def test_a_class_of_videos_is_no_cache(tmp_path):
    folder = make(tmp_path / "videos", "Jump/a.avi", "Run/b.avi", "Run/.cache.lock")
    assert [file.id for file in listing.scan(folder)] == ["Jump/a.avi", "Run/b.avi"]
    with pytest.raises(InputError, match=r"compute\.cache_root: the workflow would write in .*Run, which holds videos"):
        listing.check_apart(folder, folder / "Run")


@pytest.mark.parametrize(
    ("folder", "cache", "words"),
    [
        ("videos", "videos", "videos is the folder of the cache too"),
        ("link", "videos", "link is the folder of the cache too"),
        ("results", "cache", "results is the folder of `results` too.*: rename it, or run"),
        ("logs", "cache", "logs is the folder of `logs` too.*: rename it, or run"),
        ("cache/index", "cache", "lies among the artefacts of index in the cache"),
        ("cache/compute_flow/my", "cache", "lies among the artefacts of compute_flow"),
        ("cache/render_demo", "cache", "lies among the artefacts of render_demo"),
    ],
)
def test_a_data_set_where_the_workflow_writes_is_refused(tmp_path, monkeypatch, folder, cache, words):
    monkeypatch.chdir(tmp_path)
    Path("videos").mkdir()
    Path("link").symlink_to("videos")
    with pytest.raises(InputError, match=words):
        listing.check_apart(Path(folder), Path(cache))


@pytest.mark.parametrize("name", ["results", "logs", "benchmarks"])
def test_a_class_called_as_a_folder_of_the_workflow_is_to_be_renamed(tmp_path, monkeypatch, name):
    monkeypatch.chdir(make(tmp_path, "Jump/a.avi", f"{name}/b.avi"))
    remedy = "rename the class, or run the workflow in another folder"
    for cache in ("cache", "../cache", name):
        with pytest.raises(InputError, match=rf"^dataset\.folder: .* would write in {name}, which .*: {remedy}$"):
            listing.check_apart(Path(), Path(cache))


@pytest.mark.parametrize(
    ("folder", "cache"),
    [("videos", "."), ("videos", "videos/cache"), ("c/videos", "c"), ("c/render_demo/k/videos", "c")],
)
def test_a_data_set_beside_what_the_workflow_writes_is_not(tmp_path, monkeypatch, folder, cache):
    monkeypatch.chdir(tmp_path)
    listing.check_apart(Path(folder), Path(cache))


def test_what_the_workflow_writes_and_split_lists_are_not_counted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make(tmp_path, "Jump/a.avi", "results/index/x/index.json", "logs/index.log", ".snakemake/a", "cache/index/y.h5")
    make(tmp_path, "classInd.txt", "trainlist01.txt", "splits/testlist03.txt", "splits/wave_test_split1.txt")
    everything = listing.scan_all(Path(), Path("cache"))
    assert ([file.id for file in everything.files], everything.left_out) == (["Jump/a.avi"], ())


def test_names_that_cannot_be_printed_are_escaped(tmp_path):
    make(tmp_path, "Jump/a.avi", "Jump/deep/new\nline.avi")
    (tmp_path / os.fsdecode(b"caf\xe9.avi")).touch()
    assert reasons(tmp_path)[left_out.DEEPER] == (1, ("Jump/deep/new\\nline.avi",))
    assert reasons(tmp_path)[left_out.LOOSE] == (1, ("caf\\udce9.avi",))


def test_a_folder_of_nothing_but_deeper_videos_says_where_they_are(tmp_path):
    with pytest.raises(
        InputError, match=r"holds no `class/video` file \(1 deeper than the class folder \(a/b/c\.avi\)\)"
    ):
        listing.scan(make(tmp_path, "a/b/c.avi"))


@pytest.mark.parametrize(
    ("data", "is_text"),
    [
        (b"", True),
        (b"#EXTM3U\nfile:///etc/passwd\n", True),
        ("é".encode() * 4096, True),
        (b"a" + "é".encode() * 4096, True),
        (b"YUV4MPEG2 W64 H48 F25:1 C420\nFRAME\n" + bytes(range(256)) * 20, False),
        (b"RIFF\x00\x00\x00\x00AVI ", False),
        (b"\xff" * 8192, False),
    ],
)
def test_texts_are_told_by_their_beginning(tmp_path, data, is_text):
    (tmp_path / "file").write_bytes(data)
    assert listing.is_text(tmp_path / "file") == is_text
