"""From a folder of videos to `index.json`: listing, probing, splitting, decoding.

In: `class/video` files and split lists; out: an `Index`, and frames. Begin with `index`.
"""
