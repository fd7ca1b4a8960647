"""Progress: what is shown while a sweep is under way, with rich and without."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from sample_operations import experiment, fated, square

import pytest_optbench.engine as metalab
from pytest_optbench.engine import EventKind, progress
from pytest_optbench.errors import UnknownNameError

TIMEOUT = 60.0  # seconds, against a hang


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def ended(kind: EventKind, **metrics: Any) -> metalab.Event:
    return metalab.Event(kind, "0" * 32, payload={"metrics": metrics})


def test_the_last_line_tells_how_it_ended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], executor: Any, witness: Path
) -> None:
    sweep = experiment(fated, [{"n": n, "fate": fate} for n, fate in enumerate(["well", "error", "well"])])
    metalab.run(sweep, store=tmp_path / "s", executor=executor, progress=True).result(TIMEOUT)
    assert capsys.readouterr().err.splitlines()[-1] == "sample: 3 of 3 done, 1 failed"


def test_title_and_metrics(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    how = metalab.Progress(title="my sweep", style="plain", display_metrics=["square"])
    metalab.run(experiment(square, 3), store=tmp_path, progress=how).result(TIMEOUT)
    assert capsys.readouterr().err.splitlines()[-1] == "my sweep: 3 of 3 done, square 4"


def test_lines_come_now_and_then(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with metalab.create_progress_tracker(100, style="plain") as tracker:
        for _ in range(100):
            now[0] += progress.LINE_EVERY / 10
            tracker(ended(EventKind.RUN_FINISHED))
    lines = capsys.readouterr().err.splitlines()
    assert 9 <= len(lines) <= 12
    assert lines[-1] == "runs: 100 of 100 done"


def test_every_end_counts_and_nothing_else_does() -> None:
    with metalab.create_progress_tracker(None, style="plain") as tracker:
        for kind in EventKind:
            tracker(ended(kind))
        assert (tracker.done, tracker.failed) == (4, 1)
        assert tracker.line() == "runs: 4 done, 1 failed"


def test_closing_twice_shows_the_last_line_once(capsys: pytest.CaptureFixture[str]) -> None:
    tracker = metalab.create_progress_tracker(2, style="plain")
    tracker.close()
    tracker.close()
    assert capsys.readouterr().err.splitlines() == ["runs: 0 of 2 done"]


@pytest.mark.parametrize(("stream", "kind"), [(Terminal, "RichTracker"), (io.StringIO, "PlainTracker")])
def test_a_bar_is_drawn_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch, stream: Any, kind: str) -> None:
    pytest.importorskip("rich")
    monkeypatch.setattr("sys.stderr", stream())
    with metalab.create_progress_tracker(3) as tracker:
        assert type(tracker).__name__ == kind


def test_without_rich_there_are_lines_on_a_terminal_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", Terminal())
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with metalab.create_progress_tracker(3) as tracker:
        assert type(tracker).__name__ == "PlainTracker"


def test_a_bar_shows_titles_and_values_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rich")
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("COLUMNS", "200")
    with metalab.create_progress_tracker(2, "[red]sweep[/red]", "rich", ["note"]) as tracker:
        tracker(ended(EventKind.RUN_FINISHED, note="[/]"))
        tracker(ended(EventKind.RUN_FAILED))
    assert "[red]sweep[/red] (1 failed), note [/]" in stream.getvalue()


@pytest.mark.parametrize(
    "make", [lambda: metalab.Progress(style="loud"), lambda: metalab.create_progress_tracker(1, style="loud")]
)  # type: ignore[arg-type]
def test_an_unknown_style_is_refused(make: Any) -> None:
    with pytest.raises(UnknownNameError, match="auto, plain, rich"):
        make()
