"""Kinds of numbers that the options of benchmarks are."""

import argparse


def count(text: str) -> int:
    """Return the whole number `text`, which is at least 1."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number, at least 1")
    return int(text)


def step(text: str) -> float:
    """Return the number `text`, which is at least 0.001 and at most 1: the step of a grid from 0 to 1."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0.001 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number, at least 0.001 and at most 1")
    return number
