"""What a process holds, counted exactly, and what of it grows with every sweep."""

from __future__ import annotations

import functools
import gc
import logging
import os
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from pytest_optbench.promises import Promise, promise
from pytest_optbench.stress.measure.measure import open_files

PROMISES: Mapping[str, Promise] = {
    "open files": promise("leaks.descriptors"),
    "threads": promise("leaks.threads"),
    "processes": promise("leaks.processes"),
    "loggers": promise("leaks.loggers"),
    "handlers": promise("leaks.loggers"),
    "temporary files": promise("leaks.temporary-files"),
}
OBJECTS = promise("leaks.objects")
OBJECT = "objects of type "
CACHE = type(functools.lru_cache(len))
ENDING = 40  # looks at threads and processes, which may take a moment to end
NAP = 0.05


def look(before: Mapping[str, int]) -> dict[str, int]:
    """Count everything, once threads and processes that are more than `before` had time to end."""
    for _ in range(ENDING):
        held = passing()
        if all(held[name] <= before.get(name, 0) for name in held):
            break
        time.sleep(NAP)
    _empty_caches()
    objects = Counter(f"{OBJECT}{type(one).__module__}.{type(one).__qualname__}" for one in gc.get_objects())
    loggers = [one for one in logging.root.manager.loggerDict.values() if isinstance(one, logging.Logger)]
    return {
        **held,
        "open files": open_files(),
        "loggers": len(logging.root.manager.loggerDict),
        "handlers": sum(len(one.handlers) for one in (logging.root, *loggers)),
        "temporary files": sum(len(folders) + len(files) for _, folders, files in os.walk(tempfile.gettempdir())),
        **objects,
    }


def _empty_caches() -> None:
    """Empty every cache that has a largest size: it fills, and then grows no more."""
    for cache in [one for one in gc.get_objects() if isinstance(one, CACHE)]:
        if cache.cache_info().maxsize is not None:
            cache.cache_clear()
    gc.collect()


def passing() -> dict[str, int]:
    """Count what ends by itself, a little later than what used it."""
    children = [path.read_text().split() for path in Path("/proc/self/task").glob("*/children")]
    return {"threads": threading.active_count(), "processes": sum(map(len, children))}


def growing(samples: Sequence[Mapping[str, int]]) -> Iterator[tuple[str, list[int]]]:
    """Yield what grew from each sample to the next one, without exception, with its counts."""
    for name in sorted(samples[-1]):
        counts = [sample.get(name, 0) for sample in samples]
        if all(later > earlier for earlier, later in pairwise(counts)):
            yield name, counts


def promise_of(name: str) -> Promise:
    """Return the promise about something that is held."""
    return PROMISES.get(name, OBJECTS)
