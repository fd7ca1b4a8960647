"""Work with reports outside a session.

python -m pytest_optbench.report merge A.json B.json -o ALL.json [--html ALL.html]
python -m pytest_optbench.report merge 1.json 2.json 3.json -o .optbench/main.json    (a baseline of three sessions)
python -m pytest_optbench.report show ALL.json [-v] [--compare MAIN.json [--allow-missing]] [--fail EXPR] [--html PATH]
python -m pytest_optbench.report trend A.json B.json C.json [--html PATH]
python -m pytest_optbench.report compare A.json B.json [C.json ...] [--html PATH]
python -m pytest_optbench.report findings A.json B.json -o PAGE.md
python -m pytest_optbench.report promises > docs/promises.md
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pytest_optbench.errors import OptbenchError

from . import document, terminal
from .baseline import FOLDER, load
from .compare import compare
from .document import SessionReport
from .findings import replace_findings
from .gate import evaluate, parse
from .merge import merge_reports
from .promise_page import promise_lines
from .rule_checks import check_rules
from .side_by_side_command import show_side_by_side
from .trend_command import show_trend
from .writing import write_text


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return 1 where a gate failed or nothing was measured, 2 where the input is wrong, else 0."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (OptbenchError, OSError) as error:
        print(f"optbench: {error}", file=sys.stderr)
        return 2


def merge(options: argparse.Namespace) -> int:
    """Merge several reports into one."""
    report = merge_reports([document.read(path) for path in options.reports])
    if options.output.parent.name == FOLDER:
        options.output.parent.mkdir(exist_ok=True)
    document.write(report, options.output)
    return _print_report(report, None, options.html)


def show(options: argparse.Namespace) -> int:
    """Show a report, compared with a baseline and judged by rules where these are given."""
    report, before = document.read(options.report), None
    rules = [rule for text in options.fail for rule in parse(text)]
    if options.compare:
        before = load(options.compare, Path.cwd())
        report = replace(report, comparison=compare(report, before, options.compare), gate=None)
    if before:
        check_rules(rules, before, options.compare)
    if before or rules:
        report = replace(report, gate=evaluate(rules, report, allow_missing=options.allow_missing))
    return _print_report(report, before, options.html, verbose=options.verbose)


def follow(options: argparse.Namespace) -> int:
    """Print what came and went from session to session, and write it as a page where one is asked for."""
    show_trend([document.read(path) for path in options.reports], options.html, print)
    return 0


def put_side_by_side(options: argparse.Namespace) -> int:
    """Compare several targets, the first being the reference."""
    show_side_by_side([(path, document.read(path)) for path in options.reports], options.html, print)
    return 0


def findings(options: argparse.Namespace) -> int:
    """Write the findings of sessions into a page, between its marks."""
    replace_findings(options.output, [document.read(path) for path in options.reports])
    return 0


def promises(_options: argparse.Namespace) -> int:
    """Print the page of all promises, by breaking point."""
    print("\n".join(promise_lines()))
    return 0


def _print_report(
    report: SessionReport, before: SessionReport | None, html: Path | None, *, verbose: bool = False
) -> int:
    for line, _ in terminal.lines(report, verbose=verbose):
        print(line)
    if html is not None:
        from .page import to_html

        write_text(to_html(report, before), html)
    measured = report.outcomes or report.forecast
    return int(not measured or (report.gate is not None and not report.gate.passed))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pytest_optbench.report", description="work with optbench reports")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    merging = commands.add_parser("merge", help="make one report of several: shards, machines, repeated sessions")
    merging.add_argument("reports", nargs="+", type=Path, metavar="JSON")
    merging.add_argument("-o", "--output", required=True, type=Path, metavar="JSON")
    merging.set_defaults(run=merge)
    showing = commands.add_parser("show", help="show a report, or compare it with a baseline")
    showing.add_argument("report", type=Path, metavar="JSON")
    showing.add_argument("--compare", metavar="NAME|FILE", help="a baseline")
    showing.add_argument("--allow-missing", action="store_true", help="pass even if parts of the baseline are missing")
    showing.add_argument(
        "--fail", action="append", default=[], metavar="EXPR", help="a rule, see --optbench-compare-fail"
    )
    showing.add_argument("-v", "--verbose", action="store_true", help="all limits, and what is behind them")
    showing.set_defaults(run=show)
    following = commands.add_parser("trend", help="follow breaks and limits through the sessions of one target")
    following.add_argument("reports", nargs="+", type=Path, metavar="JSON")
    following.set_defaults(run=follow)
    comparing = commands.add_parser("compare", help="put targets side by side, the first as reference")
    comparing.add_argument("reports", nargs="+", type=Path, metavar="JSON")
    comparing.set_defaults(run=put_side_by_side)
    finding = commands.add_parser("findings", help="write the breaks of sessions into a page, as tables")
    finding.add_argument("reports", nargs="+", type=Path, metavar="JSON")
    finding.add_argument("-o", "--output", required=True, type=Path, metavar="MARKDOWN")
    finding.set_defaults(run=findings)
    listing = commands.add_parser("promises", help="print every promise with its id, as a page in Markdown")
    listing.set_defaults(run=promises)
    for command in (merging, showing, following, comparing):
        command.add_argument("--html", type=Path, metavar="PATH", help="write the report as one HTML file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
