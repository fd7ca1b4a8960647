"""Observers of a sweep, on the model and on a metalab: each yields observations as text, by run and aspect.

Each part of the scenario has one of these functions. Like those of `alone`, they are printed in scripts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pytest_optbench.stress.model.observed_text import Opaque, as_json, exact_text

from .alone import SCRATCH, named, state_of

ENDINGS = ("run_finished", "run_failed", "run_skipped")
READING = "reading"  # the aspect of an exception that an observer raised


def look(step: int, observations: Iterable[tuple[str, str, str]], observed: dict[Any, str]) -> None:
    """Add the observations of a step; those of runs that share a name, as with other code, are joined."""
    try:
        for run, aspect, text in observations:
            key = step, run, aspect
            observed[key] = type(text)("\n".join(sorted((observed[key], text)))) if key in observed else text
    except Exception as error:  # noqa: BLE001 - what reading raises is an observation, too
        observed[step, "the sweep", READING] = f"raised {type(error).__name__}: {error}"


def planning(seen: SimpleNamespace) -> Iterator[tuple[str, str, str]]:
    """Observe which runs were executed, in order if there is one, and which runs are the same."""
    executed = [me for me, aspect, _ in seen.notes if aspect == "executed"]
    ordered = executed if seen.workers == 1 else sorted(executed)
    yield "the sweep", "raised", seen.raised
    yield "the sweep", "executed", "\n".join(ordered)
    yield "the sweep", "stored", "\n".join(sorted(map(named, seen.stored)))
    for run in seen.stored:
        for part in ("context", "params", "seed") if "fingerprints" in seen.offers else ():
            fingerprint = getattr(run.record, f"{part}_fingerprint")
            yield named(run), f"{part} fingerprint", Opaque(f"{part} {fingerprint}")
        yield named(run), "run id", Opaque(f"run {run.run_id}")


def received(seen: SimpleNamespace) -> Iterator[tuple[str, str, str]]:
    """Observe the inputs of operations: context, params, streams, scratch folder, metadata."""
    for me, aspect, text in seen.notes:
        if aspect != SCRATCH and (aspect != "metadata" or "metadata" in seen.offers):
            yield me, aspect, Opaque(text) if text.startswith("draw ") else text


def recorded(seen: SimpleNamespace) -> Iterator[tuple[str, str, str]]:
    """Observe the records and artifacts in the store."""
    for me, aspect, text in seen.notes:
        if aspect.startswith("capturing"):
            yield me, aspect, text
    for run in seen.stored:
        me = named(run)
        yield me, "status", state_of(run)
        error = run.error or {}
        yield me, "error", f"{str(error.get('type', '')).rpartition('.')[2]}: {error.get('message', '')}"
        yield me, "metrics", exact_text(as_json(run.metrics))
        yield me, "experiment id", run.record.experiment_id
        for name in artifacts_of(run):
            yield me, f"artifact {name!r}", attempted(artifact_of, run, name)


def artifacts_of(run: Any) -> list[str]:
    """Return the names of a run's artifacts, without structured results, whose names begin with `data`."""
    return sorted(artifact.name for artifact in run.artifacts() if not artifact.name.startswith("data"))


def described(seen: SimpleNamespace) -> Iterator[tuple[str, str, str]]:
    """Observe the descriptions in a record: parameters, tags, code, metadata and sizes of artifacts."""
    for run in seen.stored:
        me = named(run)
        if "params" in seen.offers:
            yield me, "params", attempted(params_of, run)
        yield me, "tags", exact_text(sorted(run.tags))
        provenance = run.record.provenance
        code = provenance["code_hash"] if isinstance(provenance, Mapping) else provenance.code_hash
        yield me, "code", Opaque(f"code {code}")
        for artifact in run.artifacts():
            own = {name: value for name, value in artifact.metadata.items() if not name.startswith("_")}
            if not artifact.name.startswith("data"):
                yield me, f"metadata of {artifact.name!r}", exact_text(as_json(own))
            if artifact.name.startswith("file"):
                yield me, f"size of {artifact.name!r}", str(getattr(artifact, "size_bytes", 0) or artifact.size)


def structured(seen: SimpleNamespace) -> Iterator[tuple[str, str, str]]:
    """Observe the stepped metrics and structured results whose names the operation noted."""
    runs: dict[str, list[Any]] = {}
    for run in seen.stored:
        runs.setdefault(named(run), []).append(run)
    for me, aspect, name in seen.notes:
        if aspect == "series":
            yield me, f"series {name!r}", of_any(runs.get(me, []), points, name, seen.offers)
        elif aspect == "data":
            yield me, f"data {name!r}", of_any(runs.get(me, []), data_of, name)


def of_any(runs: list[Any], read: Callable[..., str], *arguments: Any) -> str:
    """Read a value from the runs of one name that have it: with other code such a run may lack it."""
    texts = sorted(attempted(read, run, *arguments) for run in runs)
    return "\n".join([text for text in texts if not text.startswith("raised ")] or texts[:1])


def params_of(run: Any) -> str:
    return exact_text(as_json(dict(run.params)))


def data_of(run: Any, name: str) -> str:
    return exact_text(as_json(run.data(name)))


def points(run: Any, name: str, offers: Collection[str]) -> str:
    """Return the points of a series, in the order of capture if the metalab keeps it, else by step."""
    if hasattr(run, "series"):
        steps, values = run.series(name)
        found = [(int(step), float(value)) for step, value in zip(steps, values, strict=True)]
    else:
        found = [(int(step), float(value)) for step, value in run.data(name)]
    return exact_text(found if "order of points" in offers else sorted(found, key=lambda point: point[0]))


def artifact_of(run: Any, name: str) -> str:
    return of_artifact(run.artifact(name))


def of_artifact(value: Any) -> str:
    """Format an artifact as text, with the layout of arrays; a string is taken as the bytes of a file."""
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogatepass")
    if isinstance(value, bytes) and value.startswith(b"\x89PNG"):
        return "an image"
    if hasattr(value, "flags"):
        return f"{exact_text(value)}, {'F' if value.flags.fnc else 'C'} order"
    if isinstance(value, Mapping) and any(hasattr(item, "flags") for item in value.values()):
        return exact_text({name: of_artifact(value[name]) for name in value})
    return exact_text(as_json(value))


def attempted(read: Callable[..., str], *arguments: Any) -> str:
    """Return the text that a function reads, or the exception that it raises."""
    try:
        return read(*arguments)
    except Exception as error:  # noqa: BLE001
        return f"raised {type(error).__name__}: {error}"


def events(seen: SimpleNamespace) -> Iterator[tuple[str, str, str]]:
    """Observe the events of each run in order, with details, or only its end if the metalab reports no more."""
    names = {run.run_id: named(run) for run in seen.stored}
    lines_by_run: dict[str, list[str]] = {}
    for event in seen.events:
        kind = str(getattr(event.kind, "value", event.kind))
        details = getattr(event, "data", None) or getattr(event, "payload", None) or {}
        structured = kind == "artifact_saved" and details["name"].startswith("data")
        is_compared = kind in ENDINGS or ("events" in seen.offers and kind != "progress" and not structured)
        if is_compared:
            detail = detail_of(kind, details, event) if "events" in seen.offers else ""
            lines_by_run.setdefault(names.get(event.run_id, event.run_id), []).append(f"{kind} {detail}".strip())
    for me, lines in lines_by_run.items():
        yield me, "events", "\n".join(lines)


def detail_of(kind: str, details: Mapping[str, Any], event: Any) -> str:
    """Return the details of an event."""
    if kind == "run_started":
        return exact_text(as_json(details.get("params", "no params")))
    if kind == "run_finished":
        return exact_text(as_json(details.get("metrics", "no metrics")))
    if kind == "run_failed":
        error = details.get("error", "no error")
        return str(error.get("message", "no error") if isinstance(error, Mapping) else error)
    return str(details.get("name") or getattr(event, "message", "") or details.get("message", "")) if details else ""


def counts(seen: SimpleNamespace) -> Iterator[tuple[str, str, str]]:
    """Observe the counts of status, results and summary at the end."""
    for name in ("total", "completed", "failed", "skipped", "running", "pending"):
        yield "the sweep", name, str(getattr(seen.status, name, None))
    yield "the sweep", "results", str(len(seen.results or ()))
    summary = (seen.results.summary() if seen.results else None) or {}
    by_status = {**summary, **summary.get("by_status", {})}
    for name in ("success", "failed"):
        yield "the sweep", f"summary, {name}", str(by_status.get(name, 0))


def logs(seen: SimpleNamespace) -> Iterator[tuple[str, str, str]]:
    """Observe the lines of each run's log that have the mark `>>`, with their levels."""
    for run in seen.stored:
        yield named(run), "log", attempted(log_of, seen, run)


def log_of(seen: SimpleNamespace, run: Any) -> str:
    if isinstance(getattr(type(run), "log", None), property):
        return marked(run.log or "")
    config = seen.metalab.FileStoreConfig(root=seen.store, experiment_id=seen.experiment.experiment_id)
    return marked(config.connect().get_log(run.run_id, "run") or "")


def marked(text: str) -> str:
    """Return level and text of each line that has the mark."""
    found = re.findall(r"^.*?\b(DEBUG|INFO|WARNING|ERROR|CRITICAL)\b.*?(>> .*)$", text, re.MULTILINE)
    return "\n".join(" ".join(line) for line in found)


def read_back(seen: SimpleNamespace) -> Iterator[tuple[str, str, str]]:
    """Observe the results of each way of reading."""
    for name, runs in {"the handle's results": seen.results, "load_results": loaded(seen)}.items():
        if len(runs) == sum(aspect == "executed" for _, aspect, _ in seen.notes) and name.startswith("the"):
            yield name, "in the order of the plan", "\n".join(map(named, runs))
        yield name, "runs", "\n".join(sorted(map(named, runs)))
        yield name, "by index", exact_text([named(runs[at]) == named(run) for at, run in enumerate(runs)])
        yield name, "by index from the end", exact_text(named(runs[-1]) == named(list(runs)[-1]))
        yield name, "a slice", exact_text([*map(named, runs[1:3])] == [*map(named, runs)][1:3])
        for part in ("successful", "failed"):
            yield name, part, "\n".join(sorted(map(named, getattr(runs, part))))
        yield name, "filter by a metric", "\n".join(map(named, runs.filter(who=min(map(named, runs)))))
        yield name, "filter by status", "\n".join(sorted(map(named, runs.filter(status="failed"))))
        yield name, "table", rows_of(runs.table())
        path = Path(os.environ["CONFORMANCE_NOTES"]).with_suffix(".csv")
        runs.to_csv(str(path))
        yield name, "csv", "\n".join(sorted(re.findall(r"base \d+, replicate \d+", path.read_text(encoding="utf-8"))))


def loaded(seen: SimpleNamespace) -> Any:
    config = seen.metalab.FileStoreConfig(root=seen.store, experiment_id=seen.experiment.experiment_id)
    return seen.metalab.load_results(config)


def rows_of(table: Any) -> str:
    """Return name, status and number of each row; a metalab may prefix the names of metrics."""
    cells = ("who", "status", "number")
    rows = [[row.get(name, row.get(f"metric.{name}", row.get(f"metric_{name}"))) for name in cells] for row in table]
    return "\n".join(sorted(exact_text([str(getattr(cell, "value", cell)) for cell in row]) for row in rows))


def resumed(seen: SimpleNamespace) -> Iterator[tuple[str, str, str]]:
    """Observe which runs a sweep executed, and the state of all runs afterwards."""
    yield "the sweep", "raised", seen.raised
    yield "the sweep", "executed", "\n".join(sorted(me for me, aspect, _ in seen.notes if aspect == "executed"))
    for run in seen.stored:
        yield named(run), "status", state_of(run)
        yield named(run), "artifacts", exact_text(artifacts_of(run))
        yield named(run), "metrics", exact_text(as_json(run.metrics))


def isolation(seen: SimpleNamespace) -> Iterator[tuple[str, str, str]]:
    """Observe the given inputs after the sweep, and what each run received."""
    yield "what was given", "context", exact_text(seen.experiment.context)
    if "metadata" in seen.offers:
        yield "what was given", "metadata", exact_text(dict(seen.experiment.metadata))
    yield "what was given", "cases", exact_text([dict(case.params) for case in seen.experiment.params])
    yield "what was given", "raised", seen.raised
    for me, aspect, text in seen.notes:
        if aspect == SCRATCH:
            yield me, f"{SCRATCH}, after the sweep", "still there" if Path(text).exists() else "gone"
        elif not text.startswith("draw ") and (aspect != "metadata" or "metadata" in seen.offers):
            yield me, aspect, text
