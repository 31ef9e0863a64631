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


OPENCV = ("opencv-contrib-python-headless", "opencv-python-headless", "opencv-contrib-python", "opencv-python")
"""Distributions of OpenCV: each is imported as cv2."""


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


def opencv() -> str | None:
    """Return which distributions of OpenCV are installed, with their versions, or None without one."""
    return ", ".join(f"{name} {number}" for name in OPENCV if (number := version(name))) or None


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
    return _cpuinfo("model name") or platform.processor() or platform.machine()


def instructions() -> str:
    """Return the instructions that the processor offers where the system lists them, as Linux does, else nothing.

    Of virtual machines they may differ where the model does not.
    """
    return _cpuinfo("flags") or _cpuinfo("Features")


def _cpuinfo(wanted: str) -> str:
    """Return what Linux says of the first processor under the name `wanted`, or nothing."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == wanted:
                return value.strip()
    return ""
