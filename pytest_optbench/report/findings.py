"""The findings of sessions as Markdown tables: each broken part, its witness, its sessions, and how to repeat it.

The tables are between two marks of a page whose other text is written by hand.
"""

from __future__ import annotations

import re
import shlex
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pytest_optbench.errors import InvalidInputError

from .document import SessionReport
from .outcome import VERDICTS, BrokenPromise, ItemOutcome
from .wording import count, shown
from .writing import write_text

BEGIN, END = "<!-- findings: begin -->", "<!-- findings: end -->"
LONGEST = 240  # characters of a witness
FOLDERS = re.compile(r"(?<![\w./:])(?:/[^\s/'\"]+){2,}/(?=[^\s/'\"])")  # they exist on one machine only
KEYS = re.compile(r"\b([0-9a-f]{8})[0-9a-f]{24}\b")  # of runs: their first digits identify them
Part = tuple[str, str, str]  # breaking point, part, intensity


def replace_findings(page: Path, reports: Sequence[SessionReport]) -> None:
    """Write the tables of `reports` into a page, between its marks.

    Raises:
        InvalidInputError: the page lacks a mark, or has them in the wrong order.
        OSError: it cannot be read or written.
    """
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise InvalidInputError(f"{page} lacks the lines {BEGIN} and {END}: put them where the tables belong")
    tables = "\n".join(lines(reports))
    write_text(f"{before}{BEGIN}\n\n{tables}\n{END}{after}", page)


def lines(reports: Sequence[SessionReport]) -> Iterator[str]:
    """Yield the tables: the sessions, then the broken parts of each target."""
    targets: dict[str, list[SessionReport]] = {}
    for report in reports:
        targets.setdefault(_name(report), []).append(report)
    yield "| target | Python | date | " + " | ".join(VERDICTS) + " | seconds |"
    yield "|---" * (len(VERDICTS) + 4) + "|"
    for name, sessions in targets.items():
        yield from (_session_row(name, session) for session in sessions)
    for name, sessions in targets.items():
        yield ""
        yield f"### {name}"
        yield ""
        yield from _breaks(sessions)


def _name(report: SessionReport) -> str:
    target = report.target
    return f"{target.get('name', '?')} {target.get('version', '')} ({target.get('generation', '')})"


def _python(report: SessionReport) -> str:
    return ".".join(str(report.machine.get("python", "?")).split(".")[:2])


def _session_row(name: str, report: SessionReport) -> str:
    counts = Counter(verdict for verdict in _parts(report.outcomes).values())
    cells = [name, _python(report), report.started[:10], *(str(counts[verdict]) for verdict in VERDICTS)]
    return f"| {' | '.join(cells)} | {report.seconds:.0f} |"


def _parts(outcomes: Iterable[ItemOutcome]) -> dict[Part, str]:
    """Return the verdict of each part, the worst of its shards."""
    verdicts: dict[Part, str] = {}
    for outcome in outcomes:
        part = (outcome.point, outcome.case, outcome.intensity)
        verdicts[part] = min(verdicts.get(part, outcome.verdict), outcome.verdict, key=VERDICTS.index)
    return verdicts


def _breaks(sessions: Sequence[SessionReport]) -> Iterator[str]:
    pythons = sorted({_python(session) for session in sessions}, key=lambda python: [*map(int, python.split("."))])
    first: dict[tuple[Part, str], tuple[ItemOutcome, BrokenPromise]] = {}
    for session in sessions:
        for outcome in session.outcomes:
            for broken in outcome.broken:
                first.setdefault(((outcome.point, outcome.case, outcome.intensity), broken.id), (outcome, broken))
    if not first:
        yield f"Nothing broke in {count(len(sessions), 'session')}."
        return
    broke = " | ".join(f"broke on {python}" for python in pythons)
    yield f"| options that repeat the part | broken promise, and its smallest witness | {broke} |"
    yield "|---" * (len(pythons) + 2) + "|"
    for (part, promise), (outcome, broken) in sorted(first.items(), key=lambda item: item[0]):
        times = [
            _times(part, promise, [session for session in sessions if _python(session) == python]) for python in pythons
        ]
        witness = f"{_cell(broken.promise)} ({_cell(promise)})<br>{_witness(promise, outcome)}"
        yield f"| `{_repeat(outcome)}` | {witness} | {' | '.join(times)} |"


def _times(part: Part, promise: str, sessions: Sequence[SessionReport]) -> str:
    """Count the sessions in which the promise with an id broke, of those that decided its part."""
    judged = [session for session in sessions if _parts(session.outcomes).get(part) in ("holds", "breaks", "measured")]
    broke = sum(any(_is(part, promise, outcome) for outcome in session.outcomes) for session in judged)
    marked = " (comes and goes)" if 0 < broke < len(judged) else ""
    return f"{broke} of {len(judged)}{marked}"


def _is(part: Part, promise: str, outcome: ItemOutcome) -> bool:
    same = (outcome.point, outcome.case, outcome.intensity) == part
    return same and any(broken.id == promise for broken in outcome.broken)


def _repeat(outcome: ItemOutcome) -> str:
    """Return the options that select a part; a report that was made by hand may lack the node id of the test."""
    test = outcome.nodeid.rpartition("::")[2] or outcome.case
    return f"--optbench-only {outcome.point} -k {shlex.quote(test)}"


def _witness(promise: str, outcome: ItemOutcome) -> str:
    """Return the first witness of a broken promise, and the number of others in that session."""
    witnesses = [broken for broken in outcome.broken if broken.id == promise]
    others = sum(1 + broken.others for broken in witnesses) - 1
    return f"*{_cell(witnesses[0].message)}*{f' (and {others:,} more)' if others else ''}"


def _cell(message: str) -> str:
    """Return the first line of a message for a cell of a table, without the folders of the machine it comes from."""
    first = message.strip().partition("\n")[0]
    text = KEYS.sub(r"\1...", FOLDERS.sub(".../", shown(" ".join(first.split()))))
    short = textwrap.shorten(text, LONGEST, placeholder=" ...") if len(text) > LONGEST else text
    return re.sub(r"([|*`\\])", r"\\\1", short).replace("<", "&lt;")
