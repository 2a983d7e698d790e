"""conv_transpose2d where its output padding reaches beyond a window's stride."""

import numpy as np
import pytest

from autograd import check_grad, conv_transpose2d


@pytest.mark.parametrize("padding", [0, 1, 2])
@pytest.mark.parametrize(("stride", "dilation", "extra"), [(1, 2, 1), (1, 3, 2), (2, 3, 2)])
def test_it_adds_rows_and_columns_that_few_or_no_windows_reach(padding, stride, dilation, extra):
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(2, 2, 3, 4)), rng.normal(size=(2, 3, 3, 2))
    how = {"stride": stride, "dilation": dilation, "padding": padding, "output_padding": extra}
    out = conv_transpose2d(x, w, **how).data
    # Its definition: each input entry adds its kernel to the image, from which the padding is cut.
    whole = np.zeros((2, 3, 2 * stride + 2 * dilation + 9, 3 * stride + dilation + 9))
    for n, c, i, j in np.ndindex(*x.shape):
        for o, u, v in np.ndindex(*w.shape[1:]):
            row, col = stride * i + dilation * u, stride * j + dilation * v
            whole[n, o, row, col] += x[n, c, i, j] * w[c, o, u, v]
    size = (
        2 * stride - 2 * padding + 2 * dilation + extra + 1,
        3 * stride - 2 * padding + dilation + extra + 1,
    )
    expected = whole[:, :, padding : padding + size[0], padding : padding + size[1]]
    assert out.shape == expected.shape
    np.testing.assert_allclose(out, expected, rtol=0, atol=1e-12)  # Some tens of roundings.
    check_grad(conv_transpose2d, x, w, **how)
