"""How a peer is asked, and how its answers are written down and read.

A question is an op of `autograd.ops`, its `inputs` and its `settings`. In the answer, u being the
cotangent `seed`, `first` holds the gradient of ⟨u, out⟩ at each input. With a vector v for each
input in `directions`, `second` holds the gradient of Σ ⟨v, first⟩ at each input, and at u (under
"seed"). The title of an entry, which is a question and its answer, begins with the op's name.
Everything is float64. Inputs are odd multiples of 1/32: their decimals are exact, and none is 0.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

rng = np.random.default_rng(2024)


def numbers(*shape: int) -> np.ndarray:
    return (2 * rng.integers(-32, 32, shape) + 1) / 32


def answer(question: dict, f: Callable, vjp: Callable, array: Callable = np.asarray) -> dict:
    """The entry of a question: what a peer makes of f(*inputs, **settings).

    `vjp(f, *xs)` gives f(*xs) and the function from a cotangent to the gradients at all xs, which
    can be differentiated too. `array` makes an array of the peer's. Cotangents that the question
    lacks are drawn.
    """
    inputs, settings = arguments(question)
    xs = [array(x) for x in inputs.values()]

    def value(*xs):
        return f(*xs, **settings)

    def first(*xs_and_seed):
        *xs, seed = xs_and_seed
        return vjp(value, *xs)[1](seed)

    out, gradients = vjp(value, *xs)
    seed = array(question["seed"] if "seed" in question else numbers(*out.shape))
    directions = question.get("directions") or {n: numbers(*x.shape) for n, x in inputs.items()}
    _, second_gradients = vjp(first, *xs, seed)
    second = second_gradients(tuple(array(v) for v in directions.values()))
    return plain(
        {
            "inputs": inputs,
            "settings": question["settings"],
            "seed": seed,
            "out": out,
            "first": dict(zip(inputs, gradients(seed), strict=True)),
            "directions": directions,
            "second": dict(zip([*inputs, "seed"], second, strict=True)),
        }
    )


def arguments(question: dict) -> tuple[dict, dict]:
    """The inputs as arrays, and the settings as the op takes them."""
    inputs = {name: np.array(x, dtype=float) for name, x in question["inputs"].items()}
    return inputs, {name: setting(name, value) for name, value in question["settings"].items()}


def setting(name: str, value):
    """JSON's lists stand for arrays in some settings and for tuples in the others."""
    if name in ("labels", "weight", "mean", "var", "condition"):
        return np.array(value)
    if name == "index":
        return tuple(slice(*i["slice"]) if isinstance(i, dict) else np.array(i) for i in value)
    return tuple(value) if isinstance(value, list) else value


def plain(value):
    """Arrays as nested lists of numbers, of which 12 digits are kept."""
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return float(f"{value:.12g}") if isinstance(value, float) else value


def file_of(peer: str) -> Path:
    return Path(__file__).with_name(f"{peer}.json")


def stored(peer: str) -> dict[str, dict]:
    """A peer's entries by title."""
    return json.loads(file_of(peer).read_text(encoding="utf-8"))


def write(peer: str, entries: dict[str, dict]) -> None:
    lines = (f"{json.dumps(title)}: {json.dumps(entry)}" for title, entry in entries.items())
    file = file_of(peer)
    unfinished = file.with_suffix(".tmp")
    unfinished.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    os.replace(unfinished, file)
    print(f"wrote {file} ({file.stat().st_size / 1000:.0f} kB, {len(entries)} entries)")
