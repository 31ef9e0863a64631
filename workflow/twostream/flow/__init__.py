"""From frames to optical flow, stored as bytes.

In: frames of `videos.decode`; out: flow (2, H, W). Begin with `backends`.
"""
