"""What sessions found, as Markdown tables: each broken part, its witness, its sessions, and what repeats it.

The tables stand between two marks of a page whose other text is written by hand.
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
from .wording import shown
from .writing import write_text

BEGIN, END = "<!-- findings: begin -->", "<!-- findings: end -->"
LONGEST = 240  # characters of a witness
FOLDERS = re.compile(r"(?<![\w./:])(?:/[^\s/'\"]+){2,}/(?=[^\s/'\"])")  # of a machine: a reader has others
KEYS = re.compile(r"\b([0-9a-f]{8})[0-9a-f]{24}\b")  # of runs: the beginning tells them apart
Part = tuple[str, str, str]  # breaking point, part, intensity


def replace_findings(page: Path, reports: Sequence[SessionReport]) -> None:
    """Write the tables of `reports` into a page, between its marks.

    Raises:
        InvalidInputError: the page has not both marks, in order.
        OSError: it cannot be read or written.
    """
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise InvalidInputError(f"{page} lacks the lines {BEGIN} and {END}: put them where the tables are to stand")
    tables = "\n".join(lines(reports))
    write_text(f"{before}{BEGIN}\n\n{tables}\n{END}{after}", page)


def lines(reports: Sequence[SessionReport]) -> Iterator[str]:
    """The tables: the sessions, then the broken parts of each target."""
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
    """The verdict of each part, the worst of its shards."""
    verdicts: dict[Part, str] = {}
    for outcome in outcomes:
        part = (outcome.point, outcome.case, outcome.intensity)
        verdicts[part] = min(verdicts.get(part, outcome.verdict), outcome.verdict, key=VERDICTS.index)
    return verdicts


def _breaks(sessions: Sequence[SessionReport]) -> Iterator[str]:
    pythons = sorted({_python(session) for session in sessions}, key=lambda python: [*map(int, python.split("."))])
    found: dict[tuple[Part, str], tuple[ItemOutcome, BrokenPromise]] = {}
    for session in sessions:
        for outcome in session.outcomes:
            for broken in outcome.broken:
                found.setdefault(((outcome.point, outcome.case, outcome.intensity), broken.id), (outcome, broken))
    if not found:
        yield f"Nothing broke in {len(sessions)} sessions."
        return
    broke = " | ".join(f"broke on {python}" for python in pythons)
    yield f"| part, by what repeats it | broken promise, and its smallest witness | {broke} |"
    yield "|---" * (len(pythons) + 2) + "|"
    for (part, promise), (outcome, broken) in sorted(found.items(), key=lambda item: item[0]):
        times = [_times(part, promise, [one for one in sessions if _python(one) == python]) for python in pythons]
        told = f"{_cell(broken.promise)} ({_cell(promise)})<br>{_witness(promise, outcome)}"
        yield f"| `{_repeat(outcome)}` | {told} | {' | '.join(times)} |"


def _times(part: Part, promise: str, sessions: Sequence[SessionReport]) -> str:
    """In how many sessions the promise with an id broke, of those that judged its part."""
    judged = [session for session in sessions if _parts(session.outcomes).get(part) in ("holds", "breaks", "measured")]
    broke = sum(any(_is(part, promise, outcome) for outcome in session.outcomes) for session in judged)
    marked = " (comes and goes)" if 0 < broke < len(judged) else ""
    return f"{broke} of {len(judged)}{marked}"


def _is(part: Part, promise: str, outcome: ItemOutcome) -> bool:
    same = (outcome.point, outcome.case, outcome.intensity) == part
    return same and any(broken.id == promise for broken in outcome.broken)


def _repeat(outcome: ItemOutcome) -> str:
    """The options that select a part; a report that was made by hand may not know the test."""
    test = outcome.nodeid.rpartition("::")[2] or outcome.case
    return f"--optbench-only {outcome.point} -k {shlex.quote(test)}"


def _witness(promise: str, outcome: ItemOutcome) -> str:
    """The first witness of a broken promise, and how many more there were in that session."""
    found = [broken for broken in outcome.broken if broken.id == promise]
    others = sum(1 + broken.others for broken in found) - 1
    return f"*{_cell(found[0].message)}*{f' (and {others:,} more)' if others else ''}"


def _cell(message: str) -> str:
    """The first line of a message in one cell of a table, without the folders of the machine that it comes from."""
    first = message.strip().partition("\n")[0]
    text = KEYS.sub(r"\1...", FOLDERS.sub(".../", shown(" ".join(first.split()))))
    short = textwrap.shorten(text, LONGEST, placeholder=" ...") if len(text) > LONGEST else text
    return re.sub(r"([|*`\\])", r"\\\1", short).replace("<", "&lt;")
