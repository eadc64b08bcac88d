"""Words of a command line as people type them, made fit for argparse.

argparse takes a word that begins with `-` for an option, also where a value is due. Here the word
behind an option with a value is its value, whatever it is, as with mosquitto's programs.
"""

import argparse
from collections.abc import Iterable, Sequence
from typing import cast

__all__ = ["SEPARATOR", "fit", "restore"]

SEPARATOR = "\0"
"""Between the parts of a property. No word of a command line has it."""
# A value `--`, which argparse would take away.
_DASHES = "\0--"

_PROPERTY = ("-D", "--property")


def fit(words: Sequence[str], actions: Iterable[argparse.Action]) -> list[str]:
    """The words, each value joined to its option; the parts of a property are one value."""
    takers = {
        name
        for action in actions
        for name in action.option_strings
        if action.nargs is None and action.const is None
    }
    out: list[str] = []
    left = list(reversed(words))
    while left:
        word = left.pop()
        if word == "--":
            return [*out, word, *reversed(left)]
        if word in _PROPERTY and word in takers:
            # COMMAND NAME VALUE, and of user properties COMMAND NAME KEY VALUE.
            count = 4 if len(left) > 1 and left[-2] == "user-property" else 3
            parts = [left.pop() for _ in range(min(count, len(left)))]
            out += [word, SEPARATOR.join(parts)] if parts else [word]
        elif word in takers and left:
            value = left.pop()
            if value == "--":
                out += [word, _DASHES]
            elif not value.startswith("-") or value == "-":
                out += [word, value]
            else:
                out.append(f"{word}={value}" if word.startswith("--") else word + value)
        else:
            out.append(word)
    return out


def restore(options: argparse.Namespace) -> None:
    """Gives the values back what `fit` has hidden."""
    for name, value in vars(options).items():
        if value == _DASHES:
            setattr(options, name, "--")
        elif isinstance(value, list):
            words = cast("list[object]", value)
            setattr(options, name, ["--" if word == _DASHES else word for word in words])
