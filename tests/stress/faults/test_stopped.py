"""A stopped process goes on at the end of the block, also after an error; one that has ended is no error."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pytest_optbench.stress.faults.stopped import resume, stopped, wait_until_stopped

COUNT = "for line in iter(input, ''): print('got', line, flush=True)"


def fail_if(stopped: bool) -> None:
    if stopped:
        raise ZeroDivisionError


def test_it_goes_on_after_the_block() -> None:
    command = [sys.executable, "-u", "-c", COUNT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        with pytest.raises(ZeroDivisionError), stopped(process.pid) as is_stopped:
            fail_if(is_stopped)
        process.stdin.write("a line\n")
        assert process.stdout.readline() == "got a line\n"
        process.kill()
    assert not wait_until_stopped(process.pid, 0.1)
    resume(process.pid)
