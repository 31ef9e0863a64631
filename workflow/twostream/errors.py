"""The one exception that is the user's to mend."""


class InputError(Exception):
    """Bad input, told in one line: the thing, what was expected, the remedy."""
