"""What a run has still to do and what that takes, before it does it."""
