"""TV-L1 as Triton kernels: many pairs of frames at once, each at a level, warp and iteration of its own.

Every kernel rounds as OpenCV's code does; `twostream.flow.fused` says why. They have to be compiled without the fusion
of products and sums, so that products and sums are fused only where an fma is written. None uses double precision.
"""
