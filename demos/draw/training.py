"""How a net learned."""

from pathlib import Path

import numpy as np
from matplotlib import rc_context

from .base import FROM, OTHER, STYLE, new_figure, save


@rc_context(STYLE)
def learning_curve(history, path: Path, title: str) -> Path:
    """The loss of every step, and the accuracy after every epoch."""
    figure = new_figure(8, 3, title)
    left, right = figure.subplots(1, 2)
    loss = np.asarray(history.step_loss)
    steps = np.arange(1, len(loss) + 1)
    left.plot(steps, loss, color=OTHER, linewidth=0.6, label="one batch")
    width = max(1, len(loss) // 50)
    smooth = np.convolve(loss, np.ones(width) / width, mode="valid")
    left.plot(steps[width - 1 :], smooth, color=FROM, label=f"mean of {width} batches")
    left.set(xlabel="step", ylabel="cross-entropy", yscale="log")
    left.legend(frameon=False)
    epochs = np.arange(1, len(history.accuracy) + 1)
    right.plot(epochs, history.accuracy, "o-", color=OTHER, label="training images")
    right.plot(epochs, history.validation_accuracy, "o-", color=FROM, label="held-out images")
    right.set(xlabel="epoch", ylabel="accuracy", xticks=epochs)
    right.yaxis.set_major_formatter(lambda v, _: f"{100 * v:.4g} %")
    right.legend(frameon=False, loc="lower right")
    return save(figure, path)
