"""`python -m twostream COMMAND`, where the program `twostream` is not installed."""

from twostream.cli import main

if __name__ == "__main__":
    main()
