"""What a net sees, and what would change its mind. Each technique is one plain function.

    from techniques import saliency

    where_it_looks = saliency(net, images, target=7)

They take a net, which maps a Tensor (N, ...) to a Tensor (N, K) of class scores before softmax, a
batch of inputs as an array and, most of them, the class in question. None changes the net or the
inputs.

To read them: saliency.py; then what several share, and what it serves: layer.py (grad_cam.py),
relu_rule.py (guided_backprop.py), path.py (integrated_gradients.py), ascent.py (all_gradients.py).
"""

import autograd

if not hasattr(autograd, "array_module"):
    raise ImportError(
        f"{autograd!r} is not Backlight's, but another package of the same name: "
        "install Backlight into a fresh virtual environment"
    )

from .saliency import saliency
from .input_x_gradient import input_x_gradient
from .integrated_gradients import integrated_gradients
from .guided_backprop import guided_backprop
from .deconvnet import deconvnet
from .grad_cam import grad_cam
from .guided_grad_cam import guided_grad_cam
from .occlusion import occlusion
from .layer_conductance import layer_conductance
from .all_gradients import all_gradients
from .one_gradient import one_gradient
from .fooling_image import fooling_image
from .trace import Trace
from .class_visualization import class_visualization
from .style_losses import content_loss, gram_matrix, style_loss, tv_loss
from .style_transfer import StyleTrace, style_transfer
from .decision_plane import DecisionPlane, decision_plane
from .shortest_crossing import Crossing, shortest_crossing

__all__ = [
    "saliency",
    "input_x_gradient",
    "integrated_gradients",
    "guided_backprop",
    "deconvnet",
    "grad_cam",
    "guided_grad_cam",
    "occlusion",
    "layer_conductance",
    "all_gradients",
    "one_gradient",
    "fooling_image",
    "Trace",
    "class_visualization",
    "style_transfer",
    "StyleTrace",
    "gram_matrix",
    "content_loss",
    "style_loss",
    "tv_loss",
    "decision_plane",
    "DecisionPlane",
    "shortest_crossing",
    "Crossing",
]
