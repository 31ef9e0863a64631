"""What would fail after hours of work is refused before any of it begins."""

from twostream.errors import InputError
from twostream.flow import backends
from twostream.plan import Plan
from twostream.streams import imagenet, imagenet_files


def check(planned: Plan, runs_here: bool) -> None:
    """Raise InputError where a step of `planned` would fail; `runs_here` is false where a cluster does the work."""
    if runs_here and planned.settings["compute"]["device"] == "cuda" and not backends.gpu():
        raise InputError("compute.device", "is cuda, and the driver offers no GPU", "set it to auto or cpu")
    fetch_weights(planned)


def fetch_weights(planned: Plan) -> None:
    """Download the ImageNet weights that trainings yet to be done start from; InputError where they cannot be had."""
    done = set()
    if planned.index.is_file():
        done = {stream.name for stream in planned.full.streams if stream.model.is_file()}
    for name, stream in planned.settings["streams"].items():
        if name not in done and stream["pretrained"] in imagenet.NAMES:
            imagenet_files.fetch(stream["architecture"], stream["pretrained"])
