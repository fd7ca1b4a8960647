"""The registry of promises: what a runner is held to, each under an id that stays while its sentence may be improved.

One TOML file per breaking point, `audit.toml` for what the audit holds every sweep to. An entry has the sentence, what
a break means for a user of the runner, and in `was` the sentences that older reports knew the promise by.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from pathlib import Path

from pytest_optbench.errors import UnknownNameError

AUDIT = "audit"  # the point of the promises that every sweep is held to
SHORT = 80  # characters of a slug that is made from a sentence
ID = re.compile(r"[a-z0-9][a-z0-9-]*\.[a-z0-9][a-z0-9-]*")
PLAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9 ,-]*[A-Za-z0-9])?\.?")  # of which a slug loses nothing
FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Promise:
    """A promise of a runner: a stable `id`, and the `sentence` for people, which is also its `str()`.

    `point` is the breaking point it belongs to, `meaning` says what a break means for a user of the runner, `was` holds
    earlier sentences. Equal ids are equal promises. A scenario outside this suite may make promises of its own.
    """

    id: str
    sentence: str = field(compare=False)
    point: str = field(default="", compare=False)
    meaning: str = field(default="", compare=False)
    was: tuple[str, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return self.sentence


def promise(name: str) -> Promise:
    """Return the registered promise with this id, such as `resume.exactly-missing`.

    Raises:
        UnknownNameError: no promise has this id; the message lists those with a similar id.
    """
    found = _registered(name)
    if found is None:
        from difflib import get_close_matches

        ids = [one.id for one in all_promises()]
        raise UnknownNameError("promise", name, get_close_matches(name, ids, n=5, cutoff=0.7) or ids)
    return found


def all_promises() -> tuple[Promise, ...]:
    """Return every registered promise, those of the audit first, then by breaking point."""
    return tuple(one for point in points() for one in _promises_of(point).values())


@cache
def points() -> tuple[str, ...]:
    """Return the names that ids begin with: `audit`, then the breaking points in alphabetical order."""
    names = {path.stem for path in FOLDER.glob("*.toml")}
    return (AUDIT, *sorted(names - {AUDIT}))


def promise_of(stated: str, point: str) -> Promise:
    """Return the promise that a text of a scenario of `point` means.

    The text is the id of a promise, or a sentence, today's or an earlier one, of the point itself or of the audit. Any
    other text is a promise of somebody's own: an id stays as it is, a sentence gets the id `<point>.<slug of the
    sentence>`.
    """
    if ID.fullmatch(stated):
        return _registered(stated) or Promise(stated, stated, stated.partition(".")[0])
    for name in (point, AUDIT):
        if stated in (found := _by_sentence(name)):
            return found[stated]
    return Promise(f"{slug(point)}.{slug(stated)}", stated, point)


def slug(sentence: str) -> str:
    """Return a sentence as a part of an id: lower-case words joined by dashes.

    Where words would be lost, in a long sentence or one with signs, a digest of the sentence follows, so that different
    promises have different ids.

    >>> slug("Every run is stored.")
    'every-run-is-stored'
    """
    words = re.sub(r"[^a-z0-9]+", "-", sentence.lower()).strip("-")
    if len(words) <= SHORT and PLAIN.fullmatch(sentence):
        return words
    digest = blake2b(sentence.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return f"{words[:SHORT]}-{digest}".lstrip("-")


def _registered(name: str) -> Promise | None:
    """The registered promise with this id, of whose point alone the file is read."""
    point = name.partition(".")[0]
    return _promises_of(point).get(name) if point in points() else None


@cache
def _promises_of(point: str) -> Mapping[str, Promise]:
    """The promises of one file by id; read when the first of them is asked for."""
    import tomllib

    entries = tomllib.loads((FOLDER / f"{point}.toml").read_text(encoding="utf-8"))
    return {
        f"{point}.{name}": Promise(
            f"{point}.{name}", entry["sentence"], point, entry["meaning"], tuple(entry.get("was", ()))
        )
        for name, entry in entries.items()
    }


@cache
def _by_sentence(point: str) -> Mapping[str, Promise]:
    """The promises of one file by their sentences, those of today and earlier ones."""
    found = _promises_of(point).values() if point in points() else ()
    return {sentence: one for one in found for sentence in (one.sentence, *one.was)}
