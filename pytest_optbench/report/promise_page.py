"""The page of all promises as Markdown: id, sentence and the meaning of a break, by breaking point."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from pytest_optbench.promises import AUDIT, all_promises

HEAD = """# Promises

What a runner is held to. Reports, baselines, JUnit XML and annotations name a promise by its id, which stays; its
sentence is for people, and may be improved. This page is generated from `pytest_optbench/promises/*.toml`:
`python -m pytest_optbench.report promises > docs/promises.md`.

A scenario of your own breaks a promise with `breaks("Orders are kept.", "order 7 is missing")`: then the id is made of
its breaking point and the words of the sentence, `shop.orders-are-kept`. To keep the id when the sentence changes, pass
`Promise("shop.orders-kept", "Orders are kept.")` from `pytest_optbench.promises`."""


def promise_lines() -> Iterator[str]:
    """Yield the lines of the page."""
    yield HEAD
    for point, promises in groupby(all_promises(), key=lambda promise: promise.point):
        yield ""
        yield f"## {'Every sweep' if point == AUDIT else point}"
        yield ""
        yield "| id | promise | what a break means |"
        yield "|---|---|---|"
        for promise in promises:
            yield f"| `{promise.id}` | {promise.sentence} | {promise.meaning} |"
