"""Write what the classifier of a trained stream sees of the videos, sample by sample."""

from twostream.cache.stages import DUMP_FEATURES
from twostream.console import run
from twostream.logits.features import dump_features
from twostream.steps import _scoring


def main() -> None:
    """Look at the videos with the network but for its classifier, and write the features."""
    _scoring.score(__doc__, DUMP_FEATURES, dump_features)


if __name__ == "__main__":
    run(main)
