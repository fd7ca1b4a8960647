"""Help texts are shown, wherever the plugin is installed."""

from __future__ import annotations

import argparse
import re

import pytest

from pytest_optbench.plugin import options
from pytest_optbench.plugin.option_fields import options_of
from pytest_optbench.report.__main__ import main


def test_help_is_shown_in_any_folder(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_subprocess("--help")
    assert result.ret == 0
    assert "Traceback" not in str(result.stderr)
    shown = str(result.stdout)
    for option in options.counts_of_values():
        assert re.search(rf"^  {option}\b", shown, re.MULTILINE), option
    assert "such as throughput:10%," in re.sub(r"\s+", " ", shown), "signs as they are meant"


class _Group:
    """What pytest's group of options is, with the plain argparse below it."""

    def __init__(self) -> None:
        self.parser = argparse.ArgumentParser(add_help=False)

    def getgroup(self, *_: str) -> _Group:
        return self

    def addoption(self, name: str, **keywords: object) -> None:
        self.parser.add_argument(name, **keywords)  # type: ignore[arg-type]

    def addini(self, *_: object, **__: object) -> None:
        pass


def test_every_help_text_is_rendered() -> None:
    group = _Group()
    options.add_options(group)  # type: ignore[arg-type]
    shown = re.sub(r"\s+", "", group.parser.format_help())
    assert len(options.counts_of_values()) == shown.count("[--")
    for _, declared in options_of(options.Settings):
        assert re.sub(r"\s+", "", declared.parsing["help"]) in shown, declared.flag


@pytest.mark.parametrize("arguments", [(), ("merge",), ("show",)], ids=["all", "merge", "show"])
def test_the_help_of_reports_is_shown(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main([*arguments, "--help"])
    assert "usage: python -m pytest_optbench.report" in capsys.readouterr().out


def test_markers_are_shown(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_subprocess("--markers")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["@pytest.mark.breaking_point(*", "@pytest.mark.light:*"])
