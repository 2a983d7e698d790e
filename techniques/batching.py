"""Many variants of each input, a bounded number at a time."""

from collections.abc import Iterator


def batches(inputs: int, variants: int, batch_size: int) -> Iterator[tuple[slice, slice]]:
    """Ranges (inputs, variants) that cover every variant of every input once.

    A pair spans at most `batch_size` inputs times variants. First come all variants of the first
    inputs, then all of the next.
    """
    for i in range(0, inputs, batch_size):
        rows = slice(i, min(i + batch_size, inputs))
        step = batch_size // (rows.stop - rows.start)
        for j in range(0, variants, step):
            yield rows, slice(j, min(j + step, variants))
