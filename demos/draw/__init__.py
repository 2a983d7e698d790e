"""Every picture that the demos make is drawn here, a file for each kind.

base.py has what they share: colours, figures, and how an image or a map is shown. A picture is an
array (H, W, 3), or (H, W, 1) if grey, in [0, 1].
"""

from .base import save_gif, show, show_signed
from .accuracy import Accuracy, accuracy
from .panels import Panel, overlay, panels
from .feature_maps import feature_maps
from .film import film
from .rates import rates
from .shares import shares
from .sheet import sheet
from .style import style_losses
from .training import learning_curve
from .walks import Crossing, crossings, walk_gif, walk_strip
from .plane import plane
from .slopes import Sides, differences_and_rules, one_sided_slopes

__all__ = [
    "Accuracy",
    "Crossing",
    "Panel",
    "Sides",
    "accuracy",
    "crossings",
    "differences_and_rules",
    "feature_maps",
    "film",
    "learning_curve",
    "one_sided_slopes",
    "overlay",
    "panels",
    "plane",
    "rates",
    "save_gif",
    "shares",
    "sheet",
    "show",
    "show_signed",
    "style_losses",
    "walk_gif",
    "walk_strip",
]
