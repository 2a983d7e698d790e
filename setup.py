"""Install Backlight: `pip install .`, or with an extra, `pip install ".[test]"`."""

from pathlib import Path

from setuptools import find_packages, setup

setup(
    name="backlight",
    version="0.1.0",
    description="Autodiff and conv-nets from scratch in NumPy, and every technique that shows "
    "what an image classifier sees",
    long_description=Path(__file__).with_name("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    license_files=["LICENSE"],
    python_requires=">=3.10",
    packages=find_packages(include=["autograd*", "nets*", "techniques*", "demos*"]),
    package_data={"nets.data": ["imagenet_classes.txt"]},
    install_requires=["numpy>=2.0", "matplotlib>=3.8", "pillow>=10.1", "tqdm>=4.60"],
    extras_require={
        "gpu": ["cupy-cuda12x>=14"],
        "test": ["pytest>=8", "hypothesis>=6.100", "ruff>=0.6"],
        # Only for benchmarks and for making the stored reference values. HIPS autograd has our
        # package's name: tests/references/make_hips.py says where to install it.
        "peers": ["torch", "torchvision", "safetensors", "captum", "jax", "mygrad", "dezero"],
    },
)
