"""Asking a net for its scores and for their gradient, without leaving a mark on it."""

from collections.abc import Callable
from contextlib import contextmanager

from autograd import Tensor, array_module, grad, no_grad
from autograd.device import Array
from autograd.tensor import node_of
from autograd.walk import history, recording

Net = Callable[[Tensor], Tensor]


@contextmanager
def evaluation(net: Net):
    """Within the block, the net is in eval mode; then each of its modules has its own mode back.

    A plain function, which has no mode, is left as it is. Gradients work within the block even if
    the caller is inside `no_grad()`, where they would come out as zeros.

    Raises:
        TypeError: `net` cannot be called, or is a class.
    """
    check_net(net)
    modules = dict(net.named_modules()).values() if hasattr(net, "named_modules") else [net]
    modes = [(module, module.training) for module in modules if hasattr(module, "training")]
    try:
        if hasattr(net, "eval"):
            net.eval()
        with recording(True):
            yield
    finally:
        for module, mode in modes:
            module.training = mode


def check_net(net: Net) -> None:
    """`net` must be what can be called, and no class.

    Raises:
        TypeError: it is not.
    """
    if not callable(net):
        raise TypeError(f"net: expected a callable, net(x) -> scores, got {type(net).__name__}")
    if isinstance(net, type):
        raise TypeError(f"net: expected a net, got the class {net.__name__}; make one of it")


def scores(net: Net, x: Tensor) -> Tensor:
    """net(x): the scores (N, K) of K classes before softmax.

    Raises:
        TypeError: the net returned something other than a Tensor of floats.
        ValueError: it is not (N, K), or has a NaN or +Inf. (−Inf is what a class that is ruled out
            may have.)
    """
    out = net(x)
    if not isinstance(out, Tensor) or out.dtype.kind != "f":
        got = f"a Tensor of {out.dtype}" if isinstance(out, Tensor) else type(out).__name__
        raise TypeError(f"net(x): expected a Tensor of float scores (N, K), got {got}")
    if out.ndim != 2 or out.shape[0] != x.shape[0] or out.shape[1] == 0:
        raise ValueError(
            f"net(x): expected scores ({x.shape[0]}, K), one row for each input, got {out.shape}"
        )
    if not (out.data < array_module(out.data).inf).all():  # Also where one is NaN.
        raise ValueError(
            "net(x): the scores have a NaN or +Inf; autograd.anomaly() finds where a NaN is made"
        )
    return out


def score_gradient(s: Tensor, x: Tensor, target: Array) -> Array:
    """∂s_t/∂x, shaped like x. One sum serves the whole batch, since the inputs do not interact.

    Raises:
        ValueError: the scores were not computed from x.
    """
    check_depends(s, x)
    rows = array_module(s.data).arange(len(s.data))
    return grad(s[rows, target].sum(), x).data


def check_depends(s: Tensor, x: Tensor) -> None:
    """The scores must have been computed from x.

    Raises:
        ValueError: they were not.
    """
    if not depends(s, x):
        raise ValueError(
            "net(x): the scores are not computed, by ops, from what their gradient is asked for "
            "(the input x, or what a layer gave), so it would be 0 everywhere"
        )


def depends(s: Tensor, x: Tensor) -> bool:
    """Whether s was computed from x, by ops that were recorded."""
    return node_of(x) in history(node_of(s))


def scores_only(net: Net, x: Array, batch_size: int | None = None) -> Array:
    """The scores (N, K) of an array of inputs, as an array; `batch_size` of them at a time."""
    step = batch_size or len(x)
    with no_grad():
        parts = [scores(net, Tensor(x[i : i + step])).data for i in range(0, len(x), step)]
    return array_module(x).concatenate(parts)
