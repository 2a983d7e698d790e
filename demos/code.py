"""The source of functions, as it stands in the library, for a page of the gallery."""

import html
import inspect
import io
import keyword
import tokenize
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass
class Code:
    """Functions to be read: what they are called, what they compute in a line, and their source."""

    name: str
    says: str
    source: str


def code_of(function: Callable) -> Code:
    """A function with the first paragraph of its docstring, and the helpers of its own file."""
    module = inspect.getmodule(function)
    helpers = [each for each in vars(module).values() if inspect.isfunction(each)]
    own = [each for each in helpers if each.__module__ == module.__name__ and each is not function]
    first = inspect.getdoc(function).split("\n\n")[0]
    return Code(function.__name__, " ".join(first.split()), together([function, *own]))


def together(functions: Sequence[Callable]) -> str:
    return "\n\n".join(inspect.getsource(each) for each in functions)


def highlighted(source: str) -> str:
    """Python as HTML, with its keywords, strings and comments marked as such."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    parts, done = [], 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        kind = kind_of(token)
        if kind:
            first, last = (starts[row - 1] + column for row, column in (token.start, token.end))
            parts += [html.escape(source[done:first], quote=False)]
            parts += [f'<span class="{kind}">{html.escape(token.string, quote=False)}</span>']
            done = last
    return "".join([*parts, html.escape(source[done:], quote=False)])


def kind_of(token: tokenize.TokenInfo) -> str:
    """The class of the HTML element for a token; nothing if it is as most are."""
    if token.type == tokenize.NAME and keyword.iskeyword(token.string):
        return "keyword"
    return {tokenize.STRING: "string", tokenize.COMMENT: "comment"}.get(token.type, "")
