"""From findings to a page that opens offline.

In: `fusion.json`, the index, tables of training; out: HTML and JSON. Begin with `page`.
"""
