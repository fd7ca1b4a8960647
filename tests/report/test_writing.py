"""Reports are written into files as a whole, through links, into pipes and devices, or refused by name."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.report import writing
from pytest_optbench.report.writing import check_writable, write_text

TEXT = "a report, \u2713\n" * 20_000  # more than a pipe holds


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_text("before")
    path.chmod(0o640)
    with path.open() as held:
        check_writable(path)
        write_text(TEXT, path)
        assert held.read() == "before", "who had it open sees nothing of the new one"
    assert path.read_text(encoding="utf-8") == TEXT
    assert path.stat().st_mode & 0o777 == 0o640
    assert [file.name for file in tmp_path.iterdir()] == ["report"]


@pytest.mark.parametrize("there", [True, False])
def test_a_link_is_written_through(tmp_path: Path, there: bool) -> None:
    target, link = tmp_path / "elsewhere" / "report", tmp_path / "link"
    target.parent.mkdir()
    if there:
        target.write_text("before")
    link.symlink_to(target)
    check_writable(link)
    write_text(TEXT, link)
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == TEXT


def test_a_pipe_gets_the_text_when_it_is_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    check_writable(pipe)
    writer = threading.Thread(target=write_text, args=(TEXT, pipe), daemon=True)
    writer.start()
    assert pipe.read_text(encoding="utf-8") == TEXT
    writer.join(60)
    assert not writer.is_alive()
    assert pipe.is_fifo()


def test_a_pipe_that_nobody_reads_is_no_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "READER_SECONDS", 0.0)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="No such device"):
        write_text(TEXT, tmp_path / "pipe")


def test_devices_are_written_and_stay() -> None:
    for name in ("/dev/null", "/dev/full"):
        check_writable(Path(name))
    write_text(TEXT, Path("/dev/null"))
    assert Path("/dev/null").is_char_device()
    with pytest.raises(OSError, match="No space left"):
        write_text(TEXT, Path("/dev/full"))


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_the_standard_output_keeps_what_was_said_before(tmp_path: Path, name: str) -> None:
    """Also where it is a file: opened by name, that would begin anew, and replaced, it would be another one."""
    code = (
        "import sys; from pathlib import Path; from pytest_optbench.report.writing import *\n"
        f"print('before'); check_writable(Path({name!r})); write_text('report\\n', Path({name!r})); print('after')"
    )
    with (tmp_path / "out").open("w") as out:
        subprocess.run([sys.executable, "-c", code], stdout=out, check=True)
    assert (tmp_path / "out").read_text() == "before\nreport\nafter\n"


def test_a_file_that_cannot_be_replaced_is_written_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a folder that may only be read, or where the file is mounted on its own."""
    path = tmp_path / "report"
    path.write_text("before")

    def refuse(self: Path, target: Path) -> Path:
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(Path, "replace", refuse)
    write_text(TEXT, path)
    assert path.read_text(encoding="utf-8") == TEXT
    assert [file.name for file in tmp_path.iterdir()] == ["report"]


@pytest.mark.skipif(os.getuid() != 0, reason="gives up root's powers")
def test_a_folder_that_may_only_be_read_holds_a_file_that_is_written() -> None:
    code = """
import os, tempfile, sys
from pathlib import Path
from pytest_optbench.errors import InvalidInputError
from pytest_optbench.report.writing import check_writable, write_text
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "report"); path.write_text("before"); path.chmod(0o666); os.chmod(folder, 0o755)
    os.seteuid(65534)
    check_writable(path); write_text("after", path); text = path.read_text()
    try:
        check_writable(Path(folder, "new")); refused = False
    except InvalidInputError:
        refused = True
    os.seteuid(0)
    sys.exit(f"{text} {refused}")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == "after True"


def test_a_lone_surrogate_is_spelled_out(tmp_path: Path) -> None:
    write_text("\ud800", tmp_path / "report")
    assert (tmp_path / "report").read_text() == "\\ud800"


def test_places_that_are_none_are_refused(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for path, complaint in (
        (tmp_path, "that is a folder"),
        (tmp_path / "no" / "report", "there is no folder"),
        (loop, "loop"),
    ):
        with pytest.raises(InvalidInputError, match=complaint):
            check_writable(path)
