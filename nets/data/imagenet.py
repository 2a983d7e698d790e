"""What networks for ImageNet agree on: the names of its 1000 classes, and the range of their input.

ImageNet's challenge of 2012: Russakovsky et al., arXiv 1409.0575.
"""

from pathlib import Path

# Class i has the name i. ImageNet has two of "crane" and of "maillot"; here as in torchvision class
# 134 is the "crane bird" and class 639 the "maillot tank suit", so that a name means one class.
IMAGENET_CLASSES = tuple(
    Path(__file__).with_name("imagenet_classes.txt").read_text(encoding="utf-8").splitlines()
)

# Of the training photographs' red, green and blue, each in [0, 1], as torchvision's nets take them.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
