"""Weights, {name: array}, and the files that they come in.

    weights = load_weights("vgg16.pth")
    save_weights("vgg16.npz", weights)

To read it: files.py (which suffix is whose), then a format each: npz.py (NumPy's, the only one that
is written too), safetensors.py (the clearest: names and places as JSON, then the numbers) and
pth.py (PyTorch's), whose names and places are a pickle: contents.py says what is in it, and
pickled.py reads it without running it. raw.py turns the bytes of all three into numbers.
"""

from .files import AnyPath, load_weights, save_weights
from .arrays import Weights, copies, overwrite

__all__ = ["load_weights", "save_weights", "AnyPath", "Weights", "copies", "overwrite"]
