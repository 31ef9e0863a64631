"""A shard holds the videos that its index, and so its key, stands for, and no others."""

import os
from pathlib import Path

import h5py
import pytest

from support.videos import encode, moving_dots
from twostream.errors import InputError
from twostream.steps import compute_flow, extract_frames
from twostream.steps import index as index_step
from twostream.videos import decode, index, sharding

STEPS = {"extract_frames": extract_frames, "compute_flow": compute_flow}


@pytest.fixture
def arguments(tree, tmp_path, monkeypatch) -> list[str]:
    """Return the arguments of a step for the only shard of a small data set, which has been indexed."""
    folder, file = tree(groups=2, clips=1), tmp_path / "index.json"
    command = ["index", "--folder", folder, "--ledger", tmp_path / "ledger.json", "--out", file]
    monkeypatch.setattr("sys.argv", [str(word) for word in command])
    index_step.main()
    (shard,) = sharding.shards(index.read(file).videos, 1)
    command = [
        "--folder",
        folder,
        "--settings",
        '{"short_side": 32}',
        "--index",
        file,
        "--shards",
        1,
        "--shard",
        shard,
        "--out",
        tmp_path / "out.h5",
    ]
    return [str(word) for word in command]


@pytest.mark.parametrize("step", STEPS)
def test_a_video_that_is_replaced_by_one_of_as_many_frames_is_refused(arguments, step, tmp_path, monkeypatch):
    replaced = next((tmp_path / "videos").rglob("*g02_c01.avi"))
    encode(replaced, moving_dots(15, step=3.0))
    monkeypatch.setattr("sys.argv", [step, *arguments])
    with pytest.raises(InputError, match=r"g02_c01\.avi: the video has changed since it was indexed: run the workflow"):
        STEPS[step].main()
    assert not Path(tmp_path / "out.h5").exists()


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("instead", [os.mkfifo, lambda path: None, Path.mkdir], ids=["pipe", "nothing", "folder"])
def test_what_is_no_file_any_more_is_refused_at_once(arguments, step, instead, tmp_path, monkeypatch):
    video = next((tmp_path / "videos").rglob("*g02_c01.avi"))
    video.unlink()
    instead(video)
    monkeypatch.setattr("sys.argv", [step, *arguments])
    with pytest.raises(InputError, match=r"g02_c01\.avi: the video has changed since it was indexed: run the workflow"):
        STEPS[step].main()


@pytest.mark.parametrize("step", STEPS)
def test_an_index_of_which_a_digit_is_another_fills_no_shard(arguments, step, tmp_path, monkeypatch):
    file = tmp_path / "index.json"
    file.write_text(file.read_text().replace('"label": 0', '"label": 1', 1))
    monkeypatch.setattr("sys.argv", [step, *arguments])
    with pytest.raises(InputError, match=r"index\.json: the file is damaged: run the same command again"):
        STEPS[step].main()


@pytest.mark.parametrize("step", STEPS)
def test_videos_that_did_not_change_fill_the_shard(arguments, step, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", [step, *arguments])
    STEPS[step].main()
    assert Path(tmp_path / "out.h5").is_file()


@pytest.mark.parametrize("step", STEPS)
def test_a_video_that_is_another_one_while_it_is_decoded_is_not_stored(arguments, step, tmp_path, monkeypatch):
    """It is replaced when its digest may have been taken, and put back with its time when it has been decoded."""
    video, decode_file = next((tmp_path / "videos").rglob("*g02_c01.avi")), decode.decode

    def decode_replaced(path, *options, **more):
        if path != video:
            yield from decode_file(path, *options, **more)
            return
        original = path.rename(path.with_suffix(".original"))
        encode(path, moving_dots(15, step=3.0))
        try:
            yield from decode_file(path, *options, **more)
        finally:
            original.replace(path)

    monkeypatch.setattr(decode, "decode", decode_replaced)
    monkeypatch.setattr("sys.argv", [step, *arguments])
    with pytest.raises(InputError, match=r"g02_c01\.avi: the video has changed since it was indexed: run the workflow"):
        STEPS[step].main()
    assert not (tmp_path / "out.h5").exists()


@pytest.mark.parametrize("step", STEPS)
def test_a_renamed_class_keeps_its_frames_and_flow(arguments, step, tmp_path, monkeypatch):
    options = dict(zip(arguments[::2], arguments[1::2], strict=True))
    options["--out"] = str(tmp_path / f"{options['--shard']}.h5")
    monkeypatch.setattr("sys.argv", [step, *(word for option in options.items() for word in option)])
    STEPS[step].main()
    (tmp_path / "videos" / "Jump").rename(tmp_path / "videos" / "Leap")
    command = ["index", "--folder", options["--folder"], "--ledger", tmp_path / "ledger.json"]
    monkeypatch.setattr("sys.argv", [str(word) for word in [*command, "--out", tmp_path / "renamed.json"]])
    index_step.main()
    (shard,) = sharding.shards(index.read(tmp_path / "renamed.json").videos, 1)
    options |= {"--index": str(tmp_path / "renamed.json"), "--shard": shard, "--out": str(tmp_path / f"{shard}.h5")}
    monkeypatch.setattr("sys.argv", [step, *(word for option in options.items() for word in option)])
    for video in (tmp_path / "videos").rglob("*.avi"):
        video.write_bytes(b"There is nothing to decode.")
    STEPS[step].main()
    with h5py.File(options["--out"]) as file:
        assert sorted(file) == ["Leap", "Run"]
