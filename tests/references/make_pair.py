"""What PAIR's saliency library says of path methods, in pair.npz beside this script.

    pip install . saliency
    BACKLIGHT_DATA=folder python tests/references/make_pair.py

PAIR has no nets: the gradients that it asks for are Backlight's, in float64. So it is the path, the
noise and the regions that are compared. Two settings of PAIR are not its own: the step of the
finite difference of a blur is 1e-5 in place of 0.01 (which is off by about 1 %),
and XRAI takes Backlight's integrated gradients (PAIR's weigh both ends of the path in full).
"""

import os
from pathlib import Path

import numpy as np
from captum_questions import small_images
from path_questions import PAIR, PHOTO, TARGETS, kept, segments
from saliency import core
from seeded import seeded_image, seeded_weights

from nets import KernelFitter, load_image, preprocess, resnet18, squeezenet1_1
from techniques import integrated_gradients, saliency


def double(net):
    for parameter in net.parameters():
        parameter.data = parameter.data.astype(np.float64)
    return net


def seeded(net):
    net.load_state_dict(seeded_weights({name: x.shape for name, x in net.state_dict().items()}))
    return double(net)


def lower_quantile(x, share, interpolation):
    """`np.quantile` under the name of the argument that PAIR still uses."""
    return quantile(x, share, method=interpolation)


quantile = np.quantile
np.quantile = lower_quantile


class Asked:
    """PAIR, asked about one image (C, H, W) of a net; PAIR has the colours last."""

    def __init__(self, net, image, target):
        self.net, self.image, self.target = net, image, target
        self.how = {"x_value": image.transpose(1, 2, 0), "call_model_function": self.model}

    def model(self, xs, call_model_args=None, expected_keys=None):
        g = saliency(self.net, np.moveaxis(xs, -1, 1).copy(), self.target, signed=True)
        return {core.INPUT_OUTPUT_GRADIENTS: np.moveaxis(g, 1, -1)}

    def smoothgrad(self, samples, rng, spread=0.15, mode="mean"):
        seeds = iter(np.random.default_rng(rng).integers(2**63, size=samples))

        def normal(mean, sigma, shape):
            noise = np.random.default_rng(next(seeds)).standard_normal(self.image.shape)
            return sigma * noise.transpose(1, 2, 0)

        np.random.normal, was = normal, np.random.normal
        found = core.GradientSaliency().GetSmoothedMask(
            **self.how, stdev_spread=spread, nsamples=samples, magnitude=mode == "square"
        )
        np.random.normal = was
        return found

    def blur_integrated_gradients(self, max_sigma, steps, rule):
        assert rule == "left"
        return core.BlurIG().GetMask(
            **self.how, max_sigma=max_sigma, steps=steps, grad_step=1e-5, batch_size=steps
        )

    def guided_integrated_gradients(self, baseline, steps, fraction=0.25, max_dist=0.02):
        start = np.full_like(self.how["x_value"], baseline)
        return core.GuidedIG().GetMask(
            **self.how, x_baseline=start, x_steps=steps, fraction=fraction, max_dist=max_dist
        )

    def xrai(self, steps):
        shares = [
            integrated_gradients(
                self.net, self.image[None], self.target, baseline=float(end), steps=steps
            )[0]
            for end in (self.image.min(), self.image.max())
        ]
        masks = [
            each == number
            for each in segments(self.image.shape[1:])
            for number in range(each.max() + 1)
        ]
        settings = core.XRAIParameters()
        size = self.image[0].size
        settings.experimental_params["min_pixel_diff"] = 50 * size / (224 * 224)
        attribution = np.mean(shares, axis=0).transpose(1, 2, 0)
        return core.XRAI().GetMask(
            **self.how, segments=masks, base_attribution=attribution, extra_parameters=settings
        )[..., None]


def answers(prefix, net, x) -> dict[str, np.ndarray]:
    found = {}
    for question, settings in PAIR.items():
        print(prefix, question)
        each = [
            getattr(Asked(net, image, target), question.split()[0])(**settings)
            for image, target in zip(x, TARGETS[prefix], strict=True)
        ]
        found |= kept(f"{question} of {prefix}", np.stack(each).transpose(0, 3, 1, 2))
    return found


if __name__ == "__main__":
    data = Path(os.environ["BACKLIGHT_DATA"])
    squeezenet = double(squeezenet1_1(data / "weights/squeezenet1_1.npz"))
    photo = preprocess(load_image(data / "photos" / PHOTO)).astype(np.float64)
    arrays = {
        **answers("KernelFitter", seeded(KernelFitter()), small_images()),
        **answers("ResNet", seeded(resnet18()), seeded_image().astype(np.float64)),
        **answers("SqueezeNet", squeezenet, photo),
    }
    np.savez_compressed(Path(__file__).with_name("pair.npz"), **arrays)
