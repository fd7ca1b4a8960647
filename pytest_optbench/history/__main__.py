"""Run the suite on each commit of a metalab repository, or find the commit that broke a promise.

python -m pytest_optbench.history REPO v1..main -m light --optbench-only resume [--html TREND.html]
python -m pytest_optbench.history REPO v1..main -m light --bisect resume.exactly-missing
"""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from pytest_optbench.errors import InvalidInputError, OptbenchError, UnknownNameError
from pytest_optbench.promises import Promise, promise
from pytest_optbench.report.document import SessionReport
from pytest_optbench.report.rows import rows
from pytest_optbench.report.trend_command import show_trend
from pytest_optbench.report.wording import answer, count
from pytest_optbench.report.writing import check_writable
from pytest_optbench.text import duration, shorten

from .environments import Environments
from .folder import hold, outside
from .promise_search import Answer, PromiseSearch
from .repository import Commit, Repository
from .sessions import Sessions, Skipped

FOLDER = Path(".optbench", "history")
LONGEST = 200  # characters of the promises that are listed where a name is wrong
INTERRUPTED = 130  # the exit status of a command that was interrupted
ABOUT = """\
REPO is only read. Environments and reports are kept in a folder (--folder), and the same command goes on where it was
interrupted. Arguments after RANGE that are no options of this command go to pytest, such as -m light.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 1 where it found nothing, 2 where the input is wrong, 130 after Ctrl-C, else 0."""
    options, for_pytest = _parser().parse_known_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return _run(options, for_pytest)
    except (OptbenchError, OSError) as error:
        print(f"optbench: {error}", file=sys.stderr)
        return 2 if isinstance(error, InvalidInputError) else 1
    except KeyboardInterrupt:
        print(f"optbench: interrupted; what is done is kept in {options.folder}: the same command goes on from there")
        return INTERRUPTED


def _run(options: argparse.Namespace, for_pytest: Sequence[str]) -> int:
    wanted = _promise(options.bisect) if options.bisect else None
    repository = Repository(options.repo)
    commits = repository.commits(options.range)
    if options.html is not None:
        check_writable(options.html)
    folder = outside(options.folder, repository)
    with hold(folder):
        environments = Environments(folder / "environments", repository)
        sessions = Sessions(folder / "sessions", environments, options.metalab, options.sessions)
        if wanted is not None:
            return _bisect(wanted, (*repository.before(options.range), *commits), sessions, for_pytest)
        reports = tuple(_each(commits, sessions, for_pytest))
    _write(f"{count(len(reports), 'report')} of {count(len(commits), 'commit')} in {sessions.place_of(for_pytest)}")
    if len(reports) > 1:
        show_trend(reports, options.html, _write)
    return int(not reports)


def _promise(name: str) -> Promise:
    try:
        return promise(name)
    except UnknownNameError as error:
        text = shorten(str(error), LONGEST)
        raise InvalidInputError(f"{text}; `python -m pytest_optbench.report promises` lists them all") from None


def _each(commits: Sequence[Commit], sessions: Sessions, for_pytest: Sequence[str]) -> Iterator[SessionReport]:
    """Yield the reports of each commit that has some, and write a line about each commit."""
    began, ran = time.monotonic(), 0
    for number, commit in enumerate(commits, start=1):
        earlier = sessions.count
        found = sessions.of(commit, for_pytest)
        if isinstance(found, Skipped):
            result = f"skipped: {found.reason}"
        else:
            yield from found
            outcomes = [outcome for report in found for outcome in report.outcomes]
            result = answer(rows(outcomes)) if sessions.count > earlier else "kept"
        ran += sessions.count > earlier
        left = (time.monotonic() - began) / max(1, ran) * (len(commits) - number) if ran else 0.0
        _write(f"[{number}/{len(commits)}] {commit}: {result}{f'; {duration(left)} left' if left else ''}")


def _bisect(wanted: Promise, commits: Sequence[Commit], sessions: Sessions, for_pytest: Sequence[str]) -> int:
    found = PromiseSearch(wanted, sessions, for_pytest, _write).search(commits)
    for line in _answer_lines(found, sessions.environments):
        _write(line)
    _write(f"{count(sessions.count, 'session')} for {count(len(commits), 'commit')}")
    return 0


def _answer_lines(found: Answer, environments: Environments) -> Iterator[str]:
    yield ""
    yield f"{found.promise.id}: {found.promise.sentence}"
    change = "broke it" if found.broke else "keeps it again"
    if len(found.suspects) == 1:
        yield f"first commit that {change}: {found.suspects[0]}"
    else:
        yield f"one of these {change} (those between could not be decided):"
        yield from (f"  {commit}" for commit in found.suspects)
    yield f"before: {found.last} {'holds' if found.broke else 'breaks'}"
    yield f"witness: {found.witness.message}"
    python = shlex.quote(str(environments.place_of_python(found.breaking)))
    yield f"repeat: {python} -P -m {found.repeat.removeprefix('python -m ')}"


def _write(line: str) -> None:
    print(line, flush=True)


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pytest_optbench.history",
        description="run the suite on each commit of a metalab, or find the commit that broke a promise",
        epilog=ABOUT,
        allow_abbrev=False,
    )
    parser.add_argument("repo", type=Path, metavar="REPO", help="a git repository of a metalab")
    parser.add_argument("range", metavar="RANGE", help="commits as git names them: v1..main, HEAD~20..HEAD")
    parser.add_argument("--folder", type=Path, default=FOLDER, help=f"where all is kept (default: {FOLDER})")
    parser.add_argument("--metalab", default="metalab", metavar="MODULE", help="the module under test in it")
    parser.add_argument("--sessions", type=_positive, default=1, metavar="N", help="sessions of a commit (default: 1)")
    parser.add_argument("--html", type=Path, metavar="PATH", help="write the trend of the sessions as one HTML file")
    parser.add_argument("--bisect", metavar="PROMISE", help="find the first commit that broke this promise")
    return parser


if __name__ == "__main__":
    sys.exit(main())
