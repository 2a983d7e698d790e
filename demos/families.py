"""The families of attribution: their members, as they are asked, and what to know about each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import techniques
from autograd import array_module
from autograd.device import Array
from nets import Module
from techniques import class_activation, layer, masked, model, path, relu_rule, rules
from techniques.lrp_rules import epsilon_gamma_box

from .code import Code, code_of, together


@dataclass(frozen=True)
class Question:
    """Why is this image of this class? And how much work may go into an answer."""

    net: Module
    x: Array  # (1, C, H, W)
    target: int
    stages: Sequence[str]  # Layers that give maps, one for each size, the last one last.
    unit: tuple[int, ...]  # Channel, row and column of a unit of the last layer but one.
    others: Array  # (B, C, H, W): other images, to compare with or to take parts from.
    regions: Array  # (1, 1, H, W): superpixels.
    bounds: tuple[Array, Array]  # What black and white are, for each colour.
    quick: bool = False

    @property
    def asked(self) -> tuple:
        return self.net, self.x, self.target

    @property
    def among_others(self) -> Array:
        return array_module(self.x).concatenate([self.x, self.others])

    @property
    def layer(self) -> str:
        return self.stages[-1]

    @property
    def inner(self) -> str:
        """A layer with larger maps, before the last pooling."""
        return self.stages[-2]

    def many(self, usual: int) -> int:
        """How many steps or samples: `usual`, or a quarter of that for --quick."""
        return usual // 4 if self.quick else usual

    def pixels(self, of_224: float) -> float:
        """What is so long in an image of 224×224, for which the authors chose it, in this one."""
        return of_224 * min(self.x.shape[2:]) / 224


Ask = Callable[[Question], Array]  # Gives a map: (1, C, H, W), or (1, h, w).

GRADIENT: dict[str, Ask] = {
    "saliency": lambda q: techniques.saliency(*q.asked),
    "input_x_gradient": lambda q: techniques.input_x_gradient(*q.asked),
    "smoothgrad": lambda q: techniques.smoothgrad(*q.asked, samples=q.many(48), signed=True),
    "smoothgrad, square": lambda q: techniques.smoothgrad(
        *q.asked, samples=q.many(48), signed=True, mode="square"
    ),
    "smoothgrad, variance": lambda q: techniques.smoothgrad(
        *q.asked, samples=q.many(48), signed=True, mode="variance"
    ),
    "full_gradient": lambda q: techniques.full_gradient(*q.asked).map,
}
PATH: dict[str, Ask] = {
    "integrated_gradients": lambda q: techniques.integrated_gradients(*q.asked, steps=q.many(48)),
    "gradient_shap": lambda q: techniques.gradient_shap(
        *q.asked, baselines=q.others, samples=q.many(96)
    ),
    "blur_integrated_gradients": lambda q: techniques.blur_integrated_gradients(
        *q.asked, max_sigma=q.pixels(50), steps=q.many(48)
    ),
    "guided_integrated_gradients": lambda q: techniques.guided_integrated_gradients(
        *q.asked, steps=q.many(96)
    ),
    "xrai": lambda q: techniques.xrai(*q.asked, steps=q.many(48)),
}
RULES: dict[str, Ask] = {
    "deconvnet": lambda q: techniques.deconvnet(*q.asked),
    "guided_backprop": lambda q: techniques.guided_backprop(*q.asked),
    "deeplift": lambda q: techniques.deeplift(*q.asked),
    "lrp, epsilon": lambda q: techniques.lrp(*q.asked),
    "lrp, gamma": lambda q: techniques.lrp(*q.asked, rule="gamma"),
    "lrp, alpha_beta": lambda q: techniques.lrp(*q.asked, rule="alpha_beta"),
    "lrp, epsilon_plus_flat": lambda q: techniques.lrp(*q.asked, rule="epsilon_plus_flat"),
    "lrp, epsilon_gamma_box": lambda q: techniques.lrp(*q.asked, rule=epsilon_gamma_box(*q.bounds)),
}
CAM: dict[str, Ask] = {
    "cam": lambda q: techniques.cam(*q.asked, layer=q.layer),
    "grad_cam": lambda q: techniques.grad_cam(*q.asked, layer=q.layer),
    "grad_cam_pp": lambda q: techniques.grad_cam_pp(*q.asked, layer=q.layer),
    "hires_cam": lambda q: techniques.hires_cam(*q.asked, layer=q.layer),
    "xgrad_cam": lambda q: techniques.xgrad_cam(*q.asked, layer=q.layer),
    "layer_cam": lambda q: techniques.layer_cam(*q.asked, layer=q.layer),
    "layer_cam, three layers": lambda q: techniques.layer_cam(*q.asked, layer=q.stages),
    "score_cam": lambda q: techniques.score_cam(*q.asked, layer=q.layer),
    "ablation_cam": lambda q: techniques.ablation_cam(*q.asked, layer=q.layer),
    "eigen_cam": lambda q: techniques.eigen_cam(*q.asked, layer=q.layer),
    "guided_grad_cam": lambda q: techniques.guided_grad_cam(*q.asked, layer=q.layer),
}
PERTURBATION: dict[str, Ask] = {
    "occlusion": lambda q: techniques.occlusion(
        *q.asked, window=int(q.pixels(32)), stride=int(q.pixels(16))
    ),
    "feature_ablation": lambda q: techniques.feature_ablation(*q.asked, mask=q.regions),
    "feature_permutation": lambda q: techniques.feature_permutation(
        *(q.net, q.among_others, q.target), mask=q.regions, samples=q.many(4), rng=0
    )[:1],
    "shapley_values": lambda q: techniques.shapley_values(
        *q.asked, mask=q.regions, samples=q.many(16), rng=0
    ),
    "kernel_shap": lambda q: techniques.kernel_shap(
        *q.asked, mask=q.regions, samples=q.many(600), rng=0
    ),
    "lime": lambda q: techniques.lime(*q.asked, mask=q.regions, samples=q.many(600), rng=0),
    "rise": lambda q: above_mean(techniques.rise(*q.asked, samples=q.many(1200), rng=0)),
    "meaningful_perturbation": lambda q: smallest_mask(q),
}
LAYERS: dict[str, Ask] = {
    "layer_activation": lambda q: added_up(
        techniques.layer_activation(*q.asked[:2], layer=q.inner)
    ),
    "layer_conductance": lambda q: added_up(
        techniques.layer_conductance(*q.asked, layer=q.inner, steps=q.many(48))
    ),
    "internal_influence": lambda q: added_up(
        techniques.internal_influence(*q.asked, layer=q.inner, steps=q.many(48))
    ),
    "neuron_gradient": lambda q: techniques.neuron_gradient(
        *q.asked[:2], layer=q.inner, neuron=q.unit
    ),
    "neuron_conductance": lambda q: techniques.neuron_conductance(
        *q.asked, layer=q.inner, neuron=q.unit, steps=q.many(48)
    ),
}


def added_up(channels: Array) -> Array:
    """What a layer's channels (1, C, h, w) hold together: (1, h, w)."""
    return channels.sum(axis=1)


def above_mean(values: Array) -> Array:
    """Of RISE, only the differences within a map mean anything."""
    return values - values.mean()


def smallest_mask(q: Question) -> Array:
    """What is enough to keep the class: (1, H, W), from 0 to 1.

    A net that is sure of its class has no slope of the probability to begin to delete it with.
    """
    side = min(q.x.shape[2:])
    scale = int(max(4, q.pixels(8)))
    return techniques.meaningful_perturbation(
        *q.asked,
        goal="preserve",
        blur=q.pixels(50),
        steps=q.many(300),
        l1=0.75 * (scale / side) ** 2,  # To keep all costs as much as a probability of ¾.
        scale=scale,
        smooth=q.pixels(5),
        jitter=int(q.pixels(3)),
    ).mask


@dataclass(frozen=True)
class Family:
    """Methods with an idea in common.

    The first word of a method's label is the name of its function in techniques.
    """

    title: str
    text: str  # Paragraphs: what it is, what to look for, how it misleads.
    asks: dict[str, Ask]
    shared: Sequence[Callable]  # The functions that all, or most, are built on.

    @property
    def codes(self) -> list[Code]:
        """How the methods are computed, and before them what they share."""
        names = dict.fromkeys(label.split(",")[0] for label in self.asks)
        shared = Code(
            "what they share", ", ".join(f.__name__ for f in self.shared), together(self.shared)
        )
        return [shared, *(code_of(getattr(techniques, name)) for name in names)]


FAMILIES = {
    "gradient": Family(
        "Gradients",
        """The gradient of the score of a class says what a small change of each pixel would do.
        saliency is its size. input_x_gradient multiplies it by the image, for each pixel's part in
        the score as far as the slope tells. smoothgrad takes its mean over noisy copies of the
        image, or the mean of its square, or its variance. full_gradient adds, at every place, what
        the biases of all layers give to the score.

        Look for: red and blue dots side by side on the edges of the object: one pixel brighter and
        its neighbour darker is what would raise the score. The square and the variance have no
        sign; they gather on the object most of the time, though often on a part of it.

        How it misleads: a slope speaks of small changes. What is all-important but saturated has
        none. Times the image, whatever is middle grey gets nothing, as that is 0 for the net. And
        in the map of the full gradient each term counts for its pattern, however little it gives:
        on the small net it hardly tells the object from the ground.""",
        GRADIENT,
        (model.score_gradient,),
    ),
    "path": Family(
        "Paths",
        """In place of the slope at one point: its mean on a path from a baseline, where there is
        nothing to be seen, to the image, times the way gone. Then the parts of all pixels add up to
        what the score has changed. integrated_gradients go straight, from grey; gradient_shap from
        several baselines, drawn by lot; blur_integrated_gradients from the blurred image, which
        gets sharp; guided_integrated_gradients let pixels of small slope go first. xrai adds up
        integrated gradients over regions, and ranks these.

        Look for: how much depends on where the path begins. The maps from grey have more strewn
        over the ground than the map from the blurred image.

        How it misleads: all parts add up, but nothing says that they are in the right place. A map
        is of the image against its baseline: what looks like the baseline gets nothing. And xrai
        can only choose among the regions that it found: an edge that was missed gives the object's
        credit to its neighbour.""",
        PATH,
        (path.quadrature, path.straight_line, path.gradients, path.integral),
    ),
    "rules": Family(
        "Rules",
        """The way back through the net, with other rules than the gradient's. deconvnet and
        guided_backprop let pass only what is positive at each ReLU, the second only where the unit
        was active, too. deeplift hands back differences from a baseline, in place of slopes. lrp
        hands the score itself down, layer by layer, and each of its rules shares it out in another
        way. The last two maps have rules for each kind of layer.

        Look for: lrp with epsilon beside input_x_gradient: on a net of ReLUs they are the same but
        for the biases. The more a rule favours what is positive, the smoother its map. And the grid
        of deconvnet on the small net: those are the places that max-pooling chose.

        How it misleads: deconvnet and guided_backprop restore edges, and hang little on the class.
        Smooth maps look sure, and tell one class from another less. And part of the score is
        swallowed by biases on the way: lrp(..., swallowed=True) says how much.""",
        RULES,
        (rules.nodes_between, rules.one_hot, rules.walk_back, relu_rule.gradient_with_relu),
    ),
    "cam": Family(
        "Class activation maps",
        """The maps of one layer's channels, weighed and added up. The weights are those of the last
        linear layer (cam), the gradient's mean (grad_cam), the gradient at each place (hires_cam,
        and layer_cam where it is positive), a mean of the gradient that looks at where the channel
        is active (xgrad_cam) or helps (grad_cam_pp), the score of what a channel shows of the image
        (score_cam), or the drop of the score without the channel (ablation_cam). eigen_cam asks for
        no class: it is what most of the layer has in common. guided_grad_cam multiplies grad_cam by
        guided_backprop.

        Look for: what is equal, and what is not. Before global average pooling and a linear layer,
        as in the small net, cam, grad_cam, hires_cam and xgrad_cam are the same map. With three
        layers fused, layer_cam is finer.

        How it misleads: a map has only the pixels of its layer, and each of these sees far beyond
        its own place. In grad_cam_pp, layer_cam and score_cam nothing speaks against a class, and
        eigen_cam knows none: they show what is active, also for a class that is not there.""",
        CAM,
        (
            class_activation.from_gradients,
            class_activation.scores_and_maps,
            class_activation.weighted_sum,
            class_activation.finished,
        ),
    ),
    "perturbation": Family(
        "Perturbation",
        """What does the net say if a part is gone? occlusion covers one window after the other,
        feature_ablation one region (here a superpixel), and feature_permutation puts another
        image's pixels there. shapley_values and kernel_shap share the score out fairly among the
        regions; lime fits a linear model to images of which half is gone. rise is the mean score of
        the random masks that show a pixel; drawn is how far it is above its mean.
        meaningful_perturbation learns the smallest part that keeps the class when all else is
        blurred. All but the last ask the net for nothing but scores.

        Look for: which regions all agree on. A region that is not missed when it alone is taken
        away (feature_ablation) may still count when others are gone, too (shapley_values).

        How it misleads: what fills the hole is something to see, as well, and an image with holes
        is unlike any that the net knows. A map is as fine as its windows or regions, and no finer.
        shapley_values, kernel_shap, lime and rise are drawn by lot: with another seed, or with more
        samples, the faint regions change.""",
        PERTURBATION,
        (masked.variant_scores, masked.region_map, masked.play),
    ),
    "layers": Family(
        "Layers and units",
        """What goes on inside, at a layer before the last pooling. layer_activation is what it
        gives; layer_conductance how much of the score flows through each of its units, on the path
        from grey to the image; internal_influence the mean slope of the score there. Drawn are the
        sums over the channels, whose own maps are below. neuron_gradient and neuron_conductance are
        about one unit, that of the highest conductance: which pixels excite it, and what they give
        to the score through it.

        Look for: channels that are on at edges of one direction, or of one colour. The pixels of a
        unit's map lie close together: that is all it sees.

        How it misleads: a unit that is strongly active need not matter to the score; and
        internal_influence says what a unit would do if it were more active, also of one that is
        off. A sum over channels hides that some speak for the class and others against it. And one
        unit is one of thousands, chosen because it stands out.""",
        LAYERS,
        (layer.find_layer, layer.scores_and_activations),
    ),
}
# All others are signed.
UNSIGNED = {
    *("saliency", "smoothgrad, square", "smoothgrad, variance", "full_gradient"),
    *(label for label in CAM if label != "guided_grad_cam"),
    *("meaningful_perturbation", "layer_activation"),
}
# These are as fine as the pixels; the others are for places and regions.
FINE = {*GRADIENT, *PATH, *RULES, "guided_grad_cam", "neuron_gradient", "neuron_conductance"}
FINE -= {"full_gradient", "xrai"}
