"""Bytes on disk that are whole or not there: atomic writes, locks, HDF5 that tells when it is damaged.

Knows no video. Begin with `atomic`.
"""
