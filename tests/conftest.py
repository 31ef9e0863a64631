"""Fixtures that any test may ask for."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from support.material import shared
from support.videos import encode, moving_dots

pytest_plugins = ["support.browser", "support.models", "support.stacks", "support.training"]

# Property tests try the same examples each time, on a busy machine too; `--hypothesis-profile default` tries others.
settings.register_profile("twostream", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("twostream")

SLOW = (
    *(
        "compute/test_cluster",
        "compute/test_distributed",
        "flow/test_archive.",
        "flow/test_backends",
        "flow/test_rounding",
        "packaging/",
        "training/",
        "workflow/",
    ),
    *("fuzz/", "commands/test_evaluate", "commands/test_fuse", "report/test_browser", "streams/test_loader"),
)
"""Tests that run the workflow, train, build, or wait for other processes: `make check` leaves them out."""


def pytest_configure() -> None:
    """Let Ctrl-C end what the tests start: a shell that runs the tests in the background ignores it for them."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the slow tests."""
    for item in items:
        if item.path.relative_to(Path(__file__).parent).as_posix().startswith(SLOW):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def clips() -> Path:
    return shared("clips")


@pytest.fixture(scope="session")
def ucf101() -> Path:
    return shared("ucf101")


@pytest.fixture(scope="session")
def hmdb51() -> Path:
    """HMDB51's split lists and published scores."""
    return shared("hmdb51")


@pytest.fixture
def tree(tmp_path: Path) -> Callable[..., Path]:
    """Make a `class/video` tree of small videos: two classes, three recordings of two clips each."""

    def make(classes: tuple[str, ...] = ("Jump", "Run"), groups: int = 3, clips: int = 2, frames: int = 14) -> Path:
        folder = tmp_path / "videos"
        for c, name in enumerate(classes):
            for group in range(1, groups + 1):
                for clip in range(1, clips + 1):
                    path = folder / name / f"v_{name}_g{group:02d}_c{clip:02d}.avi"
                    encode(path, moving_dots(frames + clip, step=1.0 + c + group / 8))
        return folder

    return make
