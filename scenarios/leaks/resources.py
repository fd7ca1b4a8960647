"""Exact counts of the resources of a process, and which of them grow with every sweep."""

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
TRIES = 40  # counts of threads and processes, which may take a moment to end
NAP = 0.05


def count_resources(previous: Mapping[str, int]) -> dict[str, int]:
    """Count all resources, once threads and processes beyond those of `previous` had time to end."""
    for _ in range(TRIES):
        transient = count_transient()
        if all(transient[name] <= previous.get(name, 0) for name in transient):
            break
        time.sleep(NAP)
    _empty_caches()
    objects = Counter(f"{OBJECT}{type(item).__module__}.{type(item).__qualname__}" for item in gc.get_objects())
    loggers = [logger for logger in logging.root.manager.loggerDict.values() if isinstance(logger, logging.Logger)]
    return {
        **transient,
        "open files": open_files(),
        "loggers": len(logging.root.manager.loggerDict),
        "handlers": sum(len(logger.handlers) for logger in (logging.root, *loggers)),
        "temporary files": sum(len(folders) + len(files) for _, folders, files in os.walk(tempfile.gettempdir())),
        **objects,
    }


def _empty_caches() -> None:
    """Empty every cache of limited size, which grows only until it is full."""
    for cache in [item for item in gc.get_objects() if isinstance(item, CACHE)]:
        if cache.cache_info().maxsize is not None:
            cache.cache_clear()
    gc.collect()


def count_transient() -> dict[str, int]:
    """Count threads and child processes, which may end a little later than their sweep."""
    children = [path.read_text().split() for path in Path("/proc/self/task").glob("*/children")]
    return {"threads": threading.active_count(), "processes": sum(map(len, children))}


def growing(samples: Sequence[Mapping[str, int]]) -> Iterator[tuple[str, list[int]]]:
    """Yield the name and the counts of each resource that grew from every sample to the next."""
    for name in sorted(samples[-1]):
        counts = [sample.get(name, 0) for sample in samples]
        if all(later > earlier for earlier, later in pairwise(counts)):
            yield name, counts


def promise_of(name: str) -> Promise:
    """Return the promise about a resource."""
    return PROMISES.get(name, OBJECTS)
