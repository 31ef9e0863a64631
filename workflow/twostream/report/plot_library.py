"""The script that draws plots in a browser, kept beside the compiled modules: to make it takes over a second."""

import hashlib
from contextlib import suppress
from functools import cache
from importlib import metadata
from pathlib import Path

import vl_convert

from twostream.errors import InputError
from twostream.files import atomic

FOLDER = Path(__file__).with_name("__pycache__")


@cache
def script() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script."""
    path = FOLDER / f"vega-{metadata.version('vl-convert-python')}.js"
    bundle = _read(path)
    if bundle is not None:
        return bundle
    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    # Where nothing can be written, as in another user's installation, it is put together each time.
    with suppress(OSError, InputError):
        atomic.write_text(path, f"{_digest(bundle)}\n{bundle}")
    return bundle


def _read(path: Path) -> str | None:
    """Return the script in `path`; None where there is none, or a damaged one."""
    try:
        digest, _, script = path.read_bytes().decode().partition("\n")
    except (OSError, UnicodeDecodeError):
        return None
    return script if digest == _digest(script) else None


def _digest(script: str) -> str:
    return hashlib.sha256(script.encode()).hexdigest()
