"""Side-by-side benchmarks against what one would use instead: `twostream bench NAME`."""
