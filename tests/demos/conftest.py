"""What the demos' tests share: small data sets, and nets that learn from them once for all."""

import argparse
from dataclasses import replace

import pytest

from demos import images
from demos.classifier import classifier
from nets import digits
from nets.data.shapes import shapes


@pytest.fixture(scope="session")
def small_data():
    return {
        "digits": digits(train=2000, test=600),
        "shapes": shapes(train=300, test=80, masks=True),
    }


@pytest.fixture
def quick(monkeypatch, tmp_path_factory, small_data):
    """The demos' data is the small data, and one training serves all tests."""
    cache = tmp_path_factory.getbasetemp() / "demos-cache"
    monkeypatch.setenv("BACKLIGHT_CACHE", str(cache))
    for name, samples in small_data.items():
        made = replace(images.DATA[name], load=lambda samples=samples: samples, quick={})
        monkeypatch.setitem(images.DATA, name, made)


@pytest.fixture
def ask(quick):
    """ask(net) gives the classifier that a demo looks into."""

    def ask(net):
        line = {"net": net, "data": None, "weights": None, "quick": True}
        return classifier(argparse.Namespace(**line, seed=0, device="cpu"))

    return ask
