"""The real material beside the repository."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[3] / "shared"


def shared(name: str) -> Path:
    """A folder of real material; the test is skipped, saying so, where it is not at hand."""
    if not (SHARED / name).exists():
        pytest.skip(f"real material `{name}` is not beside this repository")
    return SHARED / name
