"""Select the metalab under test by module name; it is imported once, and children inherit the choice."""

from __future__ import annotations

import functools
import importlib
import os
from types import ModuleType

from pytest_optbench.errors import TargetError, TargetHungError

from .default import ENVIRONMENT, default_name
from .inspection import inspect_module
from .survival import intercept_exit, is_target_failure
from .target import Target
from .watch import interrupt_hangs


def load_target(name: str | None = None) -> Target:
    """Import a metalab by its module name and inspect it; repeated calls return the same target.

    Args:
        name: a module name such as `metalab` or `mylab.adapter`; None takes `default_name()`.

    Raises:
        TargetError: the module cannot be imported, or lacks parts of the interface, which the message lists.
    """
    return _load(name or default_name())


def select(name: str | None = None) -> Target:
    """Load a target and make it the choice of every child process, through `$OPTBENCH_METALAB`.

    Raises:
        TargetError: as `load_target`; the environment is then left as it was.
    """
    target = load_target(name)
    os.environ[ENVIRONMENT] = target.name
    return target


@functools.cache
def _load(name: str) -> Target:
    return inspect_module(name, _import(name))


def _import(name: str) -> ModuleType:
    try:
        with interrupt_hangs(), intercept_exit():
            return importlib.import_module(name)
    except TargetHungError as hang:
        raise TargetError(f"{name} cannot be imported: {hang}") from hang
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise TargetError(
                f"there is no module {name!r} to test: install it, or put its folder on PYTHONPATH, "
                f"and give its module name (not a file) to --metalab"
            ) from error
        raise TargetError(f"{name} cannot be imported: it needs a module {error.name!r}, which is missing") from error
    except BaseException as error:  # any error of an import is reported in one line
        if not is_target_failure(error):
            raise
        raise TargetError(f"{name} cannot be imported: {type(error).__name__}: {error}") from error
