"""Two-stream action recognition, every expensive step cached."""

__version__ = "0.1.0"
