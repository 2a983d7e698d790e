"""Memory that arrays give back is kept for the next ones.

Activations are large and soon dead. The C library of Linux would return the memory of such arrays
to the system, and fetch it again page by page for the next, which takes longer than a ReLU. PyTorch
does on GPUs what this asks of the C library.
"""

import ctypes

# From malloc.h of the GNU C library. The first limit is what free memory at the heap's end may add
# up to before it is returned; larger arrays than the second, which cannot be more, are not kept.
M_TRIM_THRESHOLD, KEPT = -1, 2**30
M_MMAP_THRESHOLD, LARGEST = -3, 2**25


def keep_freed_memory() -> None:
    """Ask the C library for it, if it is one that can be asked: glibc's."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return  # Another C library, or Windows, where CDLL takes no None.
    mallopt(M_TRIM_THRESHOLD, KEPT)
    mallopt(M_MMAP_THRESHOLD, LARGEST)
