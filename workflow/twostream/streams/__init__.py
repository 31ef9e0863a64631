"""From stacks to scores: what a network is, what it sees, and what it says.

In: stacks (frames, channels, height, width) uint8. Out: batches of clips, networks, scores (videos, classes).
Read `design.py` first, then `network.py`, `clips.py` (training) and `scoring.py` (test).
"""
