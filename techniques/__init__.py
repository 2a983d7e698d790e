"""What a net sees, and what would change its mind. Each technique is one plain function.

    from techniques import saliency

    where_it_looks = saliency(net, images, target=7)

They take a net, which maps a Tensor (N, ...) to a Tensor (N, K) of class scores before softmax, a
batch of inputs as an array and, most of them, the class in question. None changes the net or the
inputs.

To read them: saliency.py; then what several share, and what it serves: class_activation.py
(grad_cam.py), rules.py (guided_backprop.py, deeplift.py, lrp.py), path.py
(integrated_gradients.py), masked.py (occlusion.py, shapley_values.py), ascent.py
(all_gradients.py), objectives.py (activation_maximization.py).
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
from .deeplift import deeplift
from .lrp import lrp
from .cam import cam
from .grad_cam import grad_cam
from .guided_grad_cam import guided_grad_cam
from .grad_cam_pp import grad_cam_pp
from .hires_cam import hires_cam
from .layer_cam import layer_cam
from .xgrad_cam import xgrad_cam
from .score_cam import score_cam
from .ablation_cam import ablation_cam
from .eigen_cam import eigen_cam
from .occlusion import occlusion
from .feature_ablation import feature_ablation
from .feature_permutation import feature_permutation
from .shapley_values import shapley_values
from .kernel_shap import kernel_shap
from .lime import lime
from .superpixels import superpixels
from .rise import rise
from .meaningful_perturbation import MaskTrace, meaningful_perturbation
from .smoothgrad import smoothgrad
from .gradient_shap import gradient_shap
from .blur_integrated_gradients import blur_integrated_gradients
from .guided_integrated_gradients import guided_integrated_gradients
from .xrai import xrai
from .full_gradient import FullGradient, full_gradient
from .layer_activation import layer_activation
from .layer_conductance import layer_conductance
from .internal_influence import internal_influence
from .neuron_gradient import neuron_gradient
from .neuron_conductance import neuron_conductance
from .all_gradients import all_gradients
from .one_gradient import one_gradient
from .fooling_image import fooling_image
from .fgsm import fgsm
from .pgd import pgd
from .momentum_fgsm import momentum_fgsm
from .universal_perturbation import UniversalTrace, universal_perturbation
from .deepfool import deepfool
from .carlini_wagner import carlini_wagner
from .jsma import jsma
from .one_pixel import one_pixel
from .boundary_attack import boundary_attack
from .trace import Trace
from .save_frames import save_frames
from .class_visualization import class_visualization
from . import objectives
from .objectives import Objective
from .parameterizations import Parameterization, decorrelate, fourier_image, pixel_image
from .transformations import jitter, pad, random_rotate, random_scale
from .activation_maximization import FeatureTrace, activation_maximization
from .deep_dream import deep_dream
from .feature_inversion import feature_inversion
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
    "deeplift",
    "lrp",
    "cam",
    "grad_cam",
    "guided_grad_cam",
    "grad_cam_pp",
    "hires_cam",
    "layer_cam",
    "xgrad_cam",
    "score_cam",
    "ablation_cam",
    "eigen_cam",
    "occlusion",
    "feature_ablation",
    "feature_permutation",
    "shapley_values",
    "kernel_shap",
    "lime",
    "superpixels",
    "rise",
    "meaningful_perturbation",
    "MaskTrace",
    "smoothgrad",
    "gradient_shap",
    "blur_integrated_gradients",
    "guided_integrated_gradients",
    "xrai",
    "full_gradient",
    "FullGradient",
    "layer_activation",
    "layer_conductance",
    "internal_influence",
    "neuron_gradient",
    "neuron_conductance",
    "all_gradients",
    "one_gradient",
    "fooling_image",
    "fgsm",
    "pgd",
    "momentum_fgsm",
    "universal_perturbation",
    "UniversalTrace",
    "deepfool",
    "carlini_wagner",
    "jsma",
    "one_pixel",
    "boundary_attack",
    "Trace",
    "save_frames",
    "class_visualization",
    "objectives",
    "Objective",
    "pixel_image",
    "fourier_image",
    "decorrelate",
    "Parameterization",
    "jitter",
    "random_scale",
    "random_rotate",
    "pad",
    "activation_maximization",
    "FeatureTrace",
    "deep_dream",
    "feature_inversion",
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
