"""Changes of a module between two sweeps: some make another operation of it, others do not."""

from __future__ import annotations

from collections.abc import Mapping

from .program import Code, Program, Sweep

PLAIN = "capture.metric('n', params['n'])"
USES = f"{PLAIN}; capture.metric('used', used(params['n']))"


def change(before: str, after: str, *, body: str = USES, body_after: str = "") -> Program:
    """Plan sweeps with the first, the second and again the first version of the code before the operation."""
    first, second = Code((body,), (before,)), Code((body_after or body,), (after,))
    return Program((first, second), (Sweep(), Sweep(code=1), Sweep(code=0)))


HELPER = "def used(value):\n    return value + 1\n"
CLOSURE = (
    "def made(offset):\n    def used(value):\n        return value + offset\n    return used\n\n\nused = made({})\n"
)
METHOD = """
class Model:
    def apply(self, value):
        return value * {}


def used(value):
    return Model().apply(value)
"""
TABLE = """
def one(value):
    return value + {}


BY_NAME = {{'one': one}}


def used(value):
    return BY_NAME['one'](value)
"""
DEEP = """
def inner(value):
    return value + {}


def outer(value):
    return inner(value)


def used(value):
    return outer(value)
"""
DEFAULT = "by_default = {}\n\n\ndef used(value, {}by=by_default):\n    return value + by\n"
CONSTANT = "RATE = {}\n\n\ndef used(value):\n    return value * RATE\n"
CHANGES: Mapping[str, Program] = {
    "nothing": change(HELPER, HELPER),
    "a comment": change(HELPER, "# said once more\n" + HELPER.replace("\n    return", "\n    # and here\n    return")),
    "a comment in the operation": change(HELPER, HELPER, body_after=f"{USES}  # a comment"),
    "the layout": change(HELPER, "\n\n\ndef used( value ):\n\n    return ( value+1 )\n"),
    "a function that is not used": change(HELPER, HELPER + "\n\ndef unused():\n    return 1\n"),
    "the operation's own lines": change("", "", body=PLAIN, body_after=PLAIN + "; capture.metric('more', 1)"),
    "a number in the operation": change("", "", body="capture.metric('x', 1)", body_after="capture.metric('x', 2)"),
    "an operator": change(HELPER, HELPER.replace("+", "-")),
    "a function that it calls": change(HELPER, HELPER.replace("1", "2")),
    "a function that one calls that it calls": change(DEEP.format(1), DEEP.format(2)),
    "a constant": change(CONSTANT.format(2), CONSTANT.format(3)),
    "the type of a constant": change(CONSTANT.format(2), CONSTANT.format("2.0")),
    "a function that is defined again": change(HELPER, HELPER + "\n\n" + HELPER.replace("1", "2")),
    "a value that is closed over": change(CLOSURE.format(1), CLOSURE.format(2)),
    "a default": change(
        "def used(value, by=1):\n    return value + by\n", "def used(value, by=2):\n    return value + by\n"
    ),
    "a default of a keyword": change(
        "def used(value, *, by=1):\n    return value + by\n", "def used(value, *, by=2):\n    return value + by\n"
    ),
    "the value of a default": change(DEFAULT.format(1, ""), DEFAULT.format(2, "")),
    "the value of a default of a keyword": change(DEFAULT.format(1, "*, "), DEFAULT.format(2, "*, ")),
    "a method": change(METHOD.format(2), METHOD.format(3)),
    "a function in a table": change(TABLE.format(1), TABLE.format(2)),
    "a lambda": change("used = lambda value: value + 1\n", "used = lambda value: value + 2\n"),
    "a partial": change(
        "import functools\n\n\ndef add(by, value):\n    return value + by\n\n\nused = functools.partial(add, 1)\n",
        "import functools\n\n\ndef add(by, value):\n    return value + by\n\n\nused = functools.partial(add, 2)\n",
    ),
    "a decorator": change(
        "def twice(function):\n    return lambda value: 2 * function(value)\n\n\n@twice\n" + HELPER,
        "def twice(function):\n    return lambda value: 3 * function(value)\n\n\n@twice\n" + HELPER,
    ),
}
