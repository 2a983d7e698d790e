"""What a net sees, and what would change its mind. Each technique is one plain function.

    from techniques import saliency

    where_it_looks = saliency(net, images, target=7)

They take a net, which maps a Tensor (N, ...) to a Tensor (N, K) of class scores before softmax, a
batch of inputs as an array and, most of them, the class in question. None changes the net or the
inputs.

To read them: saliency.py, then ascent.py and the three techniques that it serves.
"""

import autograd

if not hasattr(autograd, "array_module"):
    raise ImportError(
        f"{autograd!r} is not Backlight's, but another package of the same name: "
        "install Backlight into a fresh virtual environment"
    )

from .saliency import saliency
from .all_gradients import all_gradients
from .one_gradient import one_gradient
from .fooling_image import fooling_image
from .trace import Trace
from .class_visualization import class_visualization
from .decision_plane import DecisionPlane, decision_plane
from .shortest_crossing import Crossing, shortest_crossing

__all__ = [
    "saliency",
    "all_gradients",
    "one_gradient",
    "fooling_image",
    "Trace",
    "class_visualization",
    "decision_plane",
    "DecisionPlane",
    "shortest_crossing",
    "Crossing",
]
