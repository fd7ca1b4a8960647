"""Footprints: every touch shows, what is left out does not, and temporary files go where they are sent."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_optbench.stress.audit.dir_snapshot import changes, dir_snapshot, private_temporary, temporary_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "file").write_text("content")
    (tmp_path / "link").symlink_to("inner")
    return tmp_path


def test_a_footprint_lists_everything_and_follows_no_link(folder: Path) -> None:
    assert set(dir_snapshot(folder)) == {"inner", "inner/file", "link"}


def test_what_is_left_out_is_left_out_whole(folder: Path) -> None:
    assert set(dir_snapshot(folder, without=[folder / "inner"])) == {"link"}


def appear(folder: Path) -> None:
    (folder / "new").touch()


def vanish(folder: Path) -> None:
    (folder / "inner" / "file").unlink()


def rewrite(folder: Path) -> None:
    (folder / "inner" / "file").write_text("CONTENT")


def redirect(folder: Path) -> None:
    (folder / "link").unlink()
    (folder / "link").symlink_to("elsewhere")


@pytest.mark.parametrize(
    ("touch", "told"),
    [
        (appear, "new appeared (a file of 0 bytes"),
        (vanish, "inner/file vanished (it was a file of 7 bytes"),
        (rewrite, "inner/file changed from a file of 7 bytes"),
        (redirect, "link changed from a link to inner to a link to elsewhere"),
    ],
)
def test_every_touch_shows(folder: Path, touch: Callable[[Path], None], told: str) -> None:
    before = dir_snapshot(folder)
    touch(folder)
    (change,) = changes(before, dir_snapshot(folder))
    assert change.startswith(told)


def test_an_untouched_folder_shows_no_change(folder: Path) -> None:
    assert changes(dir_snapshot(folder), dir_snapshot(folder)) == ()


def test_temporary_files_go_to_the_private_folder_and_all_is_restored(tmp_path: Path) -> None:
    variable, chosen = os.environ.get("TMPDIR"), tempfile.tempdir
    with private_temporary(tmp_path / "private") as private:
        assert Path(tempfile.mkdtemp()).parent == private
        assert os.environ["TMPDIR"] == str(private)
    assert (os.environ.get("TMPDIR"), tempfile.tempdir) == (variable, chosen)


def test_temporary_files_are_known_by_their_names(tmp_path: Path) -> None:
    left = {"tmpab12_xyz", "record.json.tmp", "loss.tmp.json", ".tmp-1", "notes~", "x.partial"}
    kept = {"record.json", "temperature.npy", "tmp_is_no_end", "stamp.json", "partial_sums.npz", "attempt.json"}
    for name in left | kept:
        (tmp_path / name).touch()
    assert set(temporary_files(tmp_path)) == left
