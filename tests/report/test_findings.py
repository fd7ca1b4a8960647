"""The page of findings: tables made from reports, between two marks of a text that stays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pytest_optbench.report.__main__ import main
from pytest_optbench.report.document import SessionReport, write
from pytest_optbench.report.findings import BEGIN, END, lines
from pytest_optbench.report.outcome import BrokenPromise, ItemOutcome

LOST = BrokenPromise("resume.all-stored", "Every run is stored.", "run 7 | is <lost>", 2)
NODE = "scenarios/resume/test_resume.py::test_killed[light]"


def session(python: str, *broken: BrokenPromise) -> SessionReport:
    verdict = "breaks" if broken else "holds"
    outcome = ItemOutcome("resume", "killed", "light", verdict, executed=3, audited=3, broken=broken, nodeid=NODE)
    target = {"name": "lab", "version": "1.0", "generation": "handle", "path": "lab.py"}
    return SessionReport(target, (outcome,), machine={"python": python}, started="2026-01-02T03:04:05Z")


def test_a_break_that_comes_and_goes_is_marked() -> None:
    told = "\n".join(lines([session("3.11.7", LOST), session("3.11.9"), session("3.13.0", LOST)]))
    assert (
        "| `--optbench-only resume -k 'test_killed[light]'` | Every run is stored. (resume.all-stored)<br>*run 7"
        in told
    )
    assert "1 of 2 (comes and goes) | 1 of 1 |" in told
    assert "run 7 \\| is &lt;lost>* (and 2 more) |" in told


def test_a_long_witness_is_cut_between_words_and_names_no_folder_of_a_machine() -> None:
    witness = f"Run {'0123456789abcdef' * 2}: the file '/tmp/a-b/store/x.json' is *gone* of 3/4 in https://a.b/c/d:"
    message = f"{witness} {'word ' * 99}\nTraceback:"
    told = "\n".join(lines([session("3.11.7", BrokenPromise("resume.all-stored", "Every run is stored.", message))]))
    assert "x.json' is \\*gone\\* of 3/4 in https://a.b/c/d: word" in told
    assert "*Run 01234567...: the file '.../" in told
    assert "/tmp" not in told
    assert "word ...* |" in told
    assert "Traceback" not in told


def test_sessions_are_counted_by_verdict() -> None:
    told = list(lines([session("3.11.7", LOST), replace(session("3.13.0"), target={"name": "other"})]))
    assert "| lab 1.0 (handle) | 3.11 | 2026-01-02 | 1 | 0 | 0 | 0 | 0 | 0 |" in told
    assert "Nothing broke in 1 session." in told


def test_only_what_stands_between_the_marks_is_replaced(tmp_path: Path) -> None:
    report, page = tmp_path / "a.json", tmp_path / "page.md"
    write(session("3.11.7", LOST), report)
    page.write_text(f"# Mine\n{BEGIN}\nstale\n{END}\nkept\n")
    assert main(["findings", str(report), "-o", str(page)]) == 0
    text = page.read_text()
    assert text.startswith("# Mine\n")
    assert text.endswith(f"{END}\nkept\n")
    assert "Every run is stored." in text
    assert "stale" not in text


def test_a_page_without_marks_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report, page = tmp_path / "a.json", tmp_path / "page.md"
    write(session("3.11.7"), report)
    page.write_text("mine")
    assert main(["findings", str(report), "-o", str(page)]) == 2
    assert BEGIN in capsys.readouterr().err
    assert page.read_text() == "mine"
