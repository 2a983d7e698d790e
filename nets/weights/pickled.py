"""Reading a pickle without running it.

A pickle is a program for a machine with a stack. {"a": (1, 2)} is

    EMPTY_DICT           push {}
    BINUNICODE 'a'       push 'a'
    BININT1 1            push 1
    BININT1 2            push 2
    TUPLE2               pop two things, push the tuple of them
    SETITEM              pop a value and a key, put them into the dictionary on top
    STOP                 what is left on the stack is the result

and harmless. Two instructions make other objects: GLOBAL pushes whatever function or class of the
reader's Python the program names, and REDUCE calls it. With `os` `system` that is any command, so
who loads a pickle runs a stranger's program.

Here GLOBAL pushes the name itself, if it is one of those expected, and REDUCE calls the function
that the reader has put down for that name. Only what is written on this page can happen. Python's
`pickletools` decodes the instructions, and a few dozen are enough for the files of PyTorch.
"""

import pickletools
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

CONSTANTS = {
    "NONE": None,
    "NEWTRUE": True,
    "NEWFALSE": False,
    "EMPTY_TUPLE": (),
}
LITERALS = {
    "BININT",
    "BININT1",
    "BININT2",
    "LONG1",
    "BINFLOAT",
    "BINUNICODE",
    "SHORT_BINSTRING",  # a string in Python 2, with which the oldest files were written
}


def unpickle(
    file: BinaryIO,
    names: Mapping[str, Callable[..., Any] | None],
    persistent: Callable[[Any], Any] | None = None,
) -> Any:
    """What the pickle that begins here in `file` describes. The file stands behind it then.

    It takes at most some hundred bytes of memory for each of the pickle's bytes.

    Args:
        names: what may be named, and the function that is called for it, if it may be called.
        persistent: makes of an id what the writer has kept outside of the pickle under that id.
            Without it, there may be no ids.

    Raises:
        ValueError: it is damaged, names something else, or has an unexpected instruction.
    """
    try:
        return run(file, names, persistent)
    except (IndexError, KeyError, TypeError):
        raise ValueError("its pickle is damaged") from None


def run(file: BinaryIO, names: Mapping, persistent: Callable | None) -> Any:
    stack, outer, memo = [], [], {}  # `outer` has the stacks below the one since the last MARK.
    for instruction, argument, _ in pickletools.genops(file):
        match instruction.name:
            case "PROTO":
                pass
            case name if name in CONSTANTS:
                stack.append(CONSTANTS[name])
            case name if name in LITERALS:
                stack.append(argument)
            case "EMPTY_DICT":
                stack.append({})
            case "EMPTY_LIST":
                stack.append([])

            case "MARK":
                outer.append(stack)
                stack = []
            case "TUPLE":
                stack, items = outer.pop(), stack
                stack.append(tuple(items))
            case "TUPLE1" | "TUPLE2" | "TUPLE3" as name:
                count = int(name[-1])
                stack[-count:] = [tuple(stack[-count:])]
            case "APPEND":
                item = stack.pop()
                extend(stack[-1], [item])
            case "APPENDS":
                stack, items = outer.pop(), stack
                extend(stack[-1], items)
            case "SETITEM":
                value, key = stack.pop(), stack.pop()
                update(stack[-1], [(key, value)])
            case "SETITEMS":
                stack, items = outer.pop(), stack
                update(stack[-1], zip(items[::2], items[1::2], strict=True))

            case "BINPUT" | "LONG_BINPUT":
                memo[argument] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                stack.append(memo[argument])

            case "GLOBAL":
                name = argument.replace(" ", ".")
                if name not in names:
                    raise ValueError(
                        f"it asks for {name!r:.99}, which is no part of weights; if you trust the "
                        "file, load it where it was made and save its state_dict() alone"
                    )
                stack.append(name)
            case "REDUCE" | "NEWOBJ":
                arguments, name = stack.pop(), stack.pop()
                stack.append(names[text(name)](*arguments))
            case "BUILD":
                stack.pop()  # The attributes of an object, which hold nothing that is wanted.
            case "BINPERSID":
                stack.append(persistent(stack.pop()))
            case "STOP":
                return stack.pop()
            case name:
                raise ValueError(f"its pickle has the instruction {name}, unknown in weights")


# The types are checked exactly, and before anything is hashed: Python's own hash of tuples within
# tuples, a million deep, overflows the stack of the processor.


def text(name: Any) -> str:
    if type(name) is not str:
        raise TypeError
    return name


def extend(items: Any, more: list[Any]) -> None:
    if type(items) is not list:
        raise TypeError
    items.extend(more)


def update(table: Any, pairs: Any) -> None:
    if type(table) is not dict:
        raise TypeError
    for key, value in pairs:
        if type(key) not in (str, int):
            raise ValueError(f"a {type(key).__name__} as the name of something, expected a string")
        table[key] = value


def ordered_dict(pairs: list[Any] | None = None) -> dict[str | int, Any]:
    """`collections.OrderedDict` for `names`; Python 2 calls it with its items, Python 3 without."""
    table = {}
    if pairs:
        update(table, pairs)
        pairs.clear()  # Nobody needs them again but a file that wants to have them a million times.
    return table
