"""Judge what large artifacts did to a process and to its store: pure over measured bytes and stored runs."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_optbench.target.snapshot import StoredRun

MOST_COPIES = 2.5  # peak bytes per artifact byte beyond which memory does not follow the artifact any more
MOST_GROWTH = 1.1  # peak of a long sweep over that of a short one with the same artifacts
MOST_LEFT = 0.1  # of one artifact, after a sweep
NOISE = 1 << 20  # bytes of caches, buffers and tables that no artifact is to blame for
SIGNS = ("memory", "allocate")  # words in an error that names the lack of memory


def peak_message(peak: int, at_once: int) -> str:
    """Return a message if the peak of a sweep with `at_once` bytes of artifacts in memory is too high; else ""."""
    most = MOST_COPIES * at_once + NOISE
    if peak <= most:
        return ""
    return f"the peak is {peak:,} bytes for {at_once:,} bytes of artifacts at once, {peak / at_once:.1f} times as many"


def growth_message(few: int, short: int, many: int, long: int) -> str:
    """Return a message if `long`, the peak of `many` runs, is too far above `short`, that of `few`; else ""."""
    if long <= MOST_GROWTH * short:
        return ""
    return f"the peak is {short:,} bytes for {few} runs and {long:,} bytes for {many} runs of the same size"


def rest_message(left: int, sizes: Sequence[int]) -> str:
    """Return a message if a sweep leaves more than a tenth of one of its artifacts in memory; else ""."""
    if left <= MOST_LEFT * max(sizes):
        return ""
    return f"{left:,} bytes are left after a sweep of {len(sizes)} artifacts of {max(sizes):,} bytes"


def lack_message(run: StoredRun | None) -> str:
    """Return a message if a run with scarce memory was neither stored whole nor failed for memory; else ""."""
    if run is None:
        return "it is not in the store"
    if run.problems:
        return run.problems[0]
    if run.status == "success":
        broken = [
            f"artifact {name!r}: {artifact.problem}" for name, artifact in run.artifacts.items() if artifact.problem
        ]
        return "; ".join(broken) or ("" if run.artifacts else "it is a success without its artifact")
    if run.status != "failed":
        return f"it is stored as {run.status}"
    error = " ".join(str(part) for part in (run.error or {}).values())
    return (
        ""
        if any(sign in error.lower() for sign in SIGNS)
        else f"its error does not say that memory lacked: {error[:200]!r}"
    )
