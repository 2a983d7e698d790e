"""The command line that all demos share: its flags, and one clear line where they are wrong."""

import argparse
import difflib
import shlex
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import NoReturn

from autograd.device import device_module
from nets.pretrained import PUBLISHED

TRAINED_HERE = ("kernel_fitter", "shape_net")
NETS = (*TRAINED_HERE, *PUBLISHED)
SCENES_AND_PHOTOS = ("shape_net", *PUBLISHED)  # Those that take pictures in colour.


class Formatter(argparse.ArgumentDefaultsHelpFormatter):
    """Help that gives the defaults, where there is one."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return action.help if action.default is None else super()._get_help_string(action)


class Parser(argparse.ArgumentParser):
    """An argument parser with the common flags, whose errors are one line and exit code 2.

    `nets` are those that the demo can look into, the default first; where there is none, the flags
    that say what to look into are left out.
    """

    def __init__(self, name: str, description: str, nets: Sequence[str] = TRAINED_HERE):
        super().__init__(
            prog=f"python -m {name}",
            description=description,
            formatter_class=Formatter,
            allow_abbrev=False,
        )
        self.add_argument("--seed", type=whole(0), default=0, help="the seed of all random choices")
        self.add_argument("--out", type=Path, default=Path("gallery"), help="folder to write into")
        self.add_argument(
            "--device", choices=["cpu", "gpu"], default="cpu", help="where to compute"
        )
        if nets:
            self.add_argument("--quick", action="store_true", help="train less and draw less")
            self.add_argument(
                "--net", choices=nets, default=nets[0], metavar="NET", help=", ".join(nets)
            )
            self.add_argument(
                "--data",
                help="digits (if not given), mnist or fashion_mnist, for kernel_fitter",
            )
            self.add_argument(
                "--weights",
                help="the net's weights, to train nothing, or other ones than torchvision's",
            )

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: error: {message}", file=sys.stderr)
        sys.exit(2)


def run(parser: Parser, demo: Callable[[argparse.Namespace], None], argv: Sequence[str] | None):
    """Parse, check that the output can be written, and run; what a user got wrong is one line.

    Every part of the library checks its input before it works, and says what is wrong with a
    ValueError or an OSError; anything else is our mistake and keeps its traceback.
    """
    argv = sys.argv[1:] if argv is None else list(argv)
    options = parser.parse_args(argv)
    options.command = shlex.join(["python", "-m", parser.prog.split()[-1], *argv])
    try:
        device_module(options.device)
    except RuntimeError as error:
        parser.error(f"--device: {error}")
    try:
        check_writable(options.out)
        demo(options)
    except (ValueError, OSError) as error:
        # In one line: weights that do not fit may have hundreds of names to tell.
        parser.error(textwrap.shorten(str(error), 600, placeholder=" …"))
    except KeyboardInterrupt:
        sys.exit("stopped; training goes on from its last whole epoch next time")


def check_writable(folder: Path) -> None:
    """Make the folder, and try a file in it, before any work is lost."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise OSError(f"--out: cannot write into {folder}: {error.strerror}") from None


@contextmanager
def named(flag: str) -> Iterator[None]:
    """What is wrong with the file of a flag is said with the flag's name, as a ValueError."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise ValueError(f"{flag}: {error}") from None


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """The type of a flag that takes an integer from `least` to `most`."""

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least or (most is not None and value > most):
            limit = "" if most is None else f" and <= {most}"
            raise argparse.ArgumentTypeError(
                f"expected a whole number >= {least}{limit}, got {text!r}"
            )
        return value

    return parse


def positive(text: str) -> float:
    """The type of a flag that takes a number above 0."""
    return number_in(text, 0, sys.float_info.max, "a number above 0", open_below=True)


def probability(text: str) -> float:
    """The type of a flag that takes a number from 0 to 1."""
    return number_in(text, 0, 1, "a probability from 0 to 1")


def strength(text: str) -> float:
    """The type of --eps: a number or a fraction above 0, at most 1: from black to white is 1."""
    with suppress(ValueError, ZeroDivisionError):
        text = str(float(Fraction(text)))
    return number_in(text, 0, 1, "a number such as 0.1 or 8/255, above 0, <= 1", open_below=True)


def as_fraction(eps: float) -> str:
    """ε as people write it: small ones as 255ths, where it is a whole number of them."""
    levels = 255 * eps
    whole_levels = eps < 0.15 and abs(levels - round(levels)) < 1e-6
    return f"{levels:.0f}/255" if whole_levels else f"{eps:.3g}"


def number_in(text: str, low: float, high: float, meaning: str, open_below: bool = False) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high or (open_below and value == low):
        raise argparse.ArgumentTypeError(f"expected {meaning}, got {text!r}")
    return value


def class_index(flag: str, text: str, names: Sequence[str]) -> int:
    """The class that a flag names, by its number or its name.

    Raises:
        ValueError: there is no such class.
    """
    if text in names:
        return names.index(text)
    if text.removeprefix("-").isdecimal():
        if 0 <= int(text) < len(names):
            return int(text)
        raise ValueError(f"{flag}: class {text}: there are {len(names)}, 0 to {len(names) - 1}")
    near = difflib.get_close_matches(text, names, n=3, cutoff=0.3) or names
    raise ValueError(f"{flag}: no class is named {text!r}; there is {', '.join(near)}")
