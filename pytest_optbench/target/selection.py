"""Which metalab is under test: chosen by module name, imported once, and known to every child process."""

from __future__ import annotations

import functools
import importlib
import os
from types import ModuleType

from pytest_optbench.errors import TargetError, TargetHungError

from .default import ENVIRONMENT, default_name
from .inspection import describe
from .survival import is_of_target, surviving
from .target import Target
from .watch import watched


def load_target(name: str | None = None) -> Target:
    """Import a metalab by its module name and see what it offers; repeated calls give the same target.

    Args:
        name: a module name such as `metalab` or `mylab.adapter`; None takes `default_name()`.

    Raises:
        TargetError: it cannot be imported, or lacks parts of the interface, which the message lists.
    """
    return _load(name or default_name())


def select(name: str | None = None) -> Target:
    """Load a target and make it the choice of every process started from here, through `$OPTBENCH_METALAB`.

    Raises:
        TargetError: as `load_target`; the environment is then left as it was.
    """
    target = load_target(name)
    os.environ[ENVIRONMENT] = target.name
    return target


@functools.cache
def _load(name: str) -> Target:
    return describe(name, _import(name))


def _import(name: str) -> ModuleType:
    try:
        with watched(), surviving():
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
    except BaseException as error:  # whatever a module does at import is the user's to read in one line
        if not is_of_target(error):
            raise
        raise TargetError(f"{name} cannot be imported: {type(error).__name__}: {error}") from error
