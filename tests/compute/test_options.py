from argparse import ArgumentParser

import pytest

from twostream.compute import options
from twostream.compute.options import NetworkOptions
from twostream.config import check
from twostream.config.section import pick


@pytest.mark.parametrize(
    "chosen",
    [
        NetworkOptions(),
        NetworkOptions(device="cuda", devices=2, nodes=3, loader_workers=0, channels_last=True, compile=True),
        NetworkOptions(loader_workers=4, compile=True),
        NetworkOptions(channels_last=False),
    ],
)
def test_options_come_through_a_command_line(chosen):
    parser = ArgumentParser()
    options.add_arguments(parser)
    assert pick(NetworkOptions, vars(parser.parse_args(chosen.arguments()))) == chosen


def test_the_settings_have_every_option_and_the_same_defaults():
    assert pick(NetworkOptions, check.check({})["compute"]) == NetworkOptions()
