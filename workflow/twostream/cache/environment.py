"""What a job runs on: the versions of its packages, its GPU or its processor."""

import platform
import sys
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from twostream import __version__

NUMERICAL = {
    "av": "av",
    "numpy": "numpy",
    "h5py": "h5py",
    "cv2": "opencv-contrib-python-headless",
    "numba": "numba",
    "torch": "torch",
    "torchvision": "torchvision",
}
"""Packages that may change a number: the module, and the distribution that it comes in."""

DISTRIBUTIONS = (
    *NUMERICAL.values(),
    *("hdf5plugin", "scipy", "dask", "snakemake", "altair", "vl-convert-python"),
)
"""Every distribution that the workflow stands on."""


def versions() -> dict[str, str]:
    """Return the versions of Python, this package and the loaded numerical packages, and what torch runs on."""
    loaded = {name: version(name) or "unknown" for module, name in NUMERICAL.items() if module in sys.modules}
    return {"python": platform.python_version(), "twostream": __version__, **loaded, **_hardware()}


HARDWARE = ("processor", "gpu", "cuda", "threads", "processes", "layout", "compiled")
"""What `versions` and a step that runs a network say of where the numbers came from: they round otherwise elsewhere."""


def version(distribution: str) -> str | None:
    """Return the version of `distribution` that is installed, or None."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _hardware() -> dict[str, str]:
    """Return the GPU of this process, or its processor and number of threads: torch rounds otherwise on others."""
    torch = sys.modules.get("torch")
    if torch is None:
        return {}
    if not torch.cuda.is_initialized():
        return {"processor": processor(), "threads": str(torch.get_num_threads())}
    return {"cuda": torch.version.cuda, "gpu": torch.cuda.get_device_name()}


def processor() -> str:
    """Return the processor's model where the system names it, as Linux does, else its family."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
