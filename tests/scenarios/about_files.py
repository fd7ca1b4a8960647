"""Saboteurs that do something to the files of a store, with what: a store in a database has none of them."""

from __future__ import annotations

from typing import Final

_RUN, _PLACE, _NAME = (
    "it changes the files of a run",
    "it remembers the folder of a store",
    "it knows a sweep by its path",
)
ABOUT_FILES: Final = {
    "artifact_collisions.keeps_what_it_replaced": _RUN,
    "conformance.trusts_its_files": _RUN,
    "failure_injection.hides_a_full_disk": "the errors of the disk are those of the files of a run",
    "flock_concurrency.deadlocks": _NAME,
    "flock_concurrency.executes_twice": _NAME,
    "flock_concurrency.hashes_claims": _NAME,
    "flock_concurrency.shows_half_records": _RUN,
    "flock_concurrency.tears_an_artifact": _RUN,
    "moved_stores.absolute_artifacts": _PLACE,
    "moved_stores.cleans_up": _PLACE,
    "moved_stores.ignores_versions": "it ignores the version in a file",
    "moved_stores.knows_one_place": _PLACE,
    "moved_stores.notes_each_reading": _PLACE,
    "moved_stores.writes_to_the_original": _PLACE,
    "optbench.leaves_a_temporary_file": _RUN,
    "optbench.lists_a_run_twice": "records in a database are not read one by one",
    "optbench.loses_the_time": "records in a database are not read one by one",
}
