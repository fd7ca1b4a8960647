"""The parent's script in worker processes, whose own `__main__` is another module.

If the script (`__main__`) defines an operation or a class that is sent to a worker, the worker runs the script again,
under the name `__mp_main__`. The standard library's multiprocessing does the same, with the same rule for scripts: code
that must not run again stands below `if __name__ == "__main__":`.
"""

from __future__ import annotations

import os
import runpy
import sys
import types
from typing import Final

from pytest_optbench.errors import WorkerError

MAIN: Final = "__main__"
MARK: Final = MAIN.encode()  # every pickle that refers to `__main__` contains these bytes; others may contain them, too
NAME_IN_WORKER: Final = "__mp_main__"

MainModule = tuple[str, str]  # ("module", name) or ("file", path of a script, or of a folder or zip with __main__.py)


class _Adopting:
    """A flag that is set while this worker loads the parent's objects, and imports the modules that define them."""

    def __init__(self) -> None:
        self.is_under_way = False

    def __enter__(self) -> None:
        self.is_under_way = True

    def __exit__(self, *_: object) -> None:
        self.is_under_way = False


ADOPTING: Final = _Adopting()


def describe_main() -> MainModule | None:
    """Describe the `__main__` of this process, for others to run; None in an interactive session."""
    main = sys.modules[MAIN]
    spec = getattr(main, "__spec__", None)
    if spec is not None and spec.name != MAIN:
        return "module", spec.name
    file = getattr(main, "__file__", None)
    if spec is not None and file:  # `python folder` and `python app.zip`: no module of that name can be imported
        return "file", os.path.abspath(os.path.dirname(file))  # noqa: PTH100, PTH120 - keeps links
    return ("file", os.path.abspath(file)) if file and os.path.isfile(file) else None  # noqa: PTH100, PTH113 - keeps links


def adopt_main(main: MainModule | None) -> None:
    """Make the parent's script the `__main__` of this worker, unless it is already.

    Raises:
        WorkerError: the parent is an interactive session, which no other process can run.
    """
    if NAME_IN_WORKER in sys.modules:
        return
    if main is None:
        raise WorkerError("what is defined in an interactive session cannot be sent to a worker: put it in a module")
    kind, where = main
    module = types.ModuleType(NAME_IN_WORKER)
    run = runpy.run_module if kind == "module" else runpy.run_path
    module.__dict__.update(run(where, run_name=NAME_IN_WORKER))
    sys.modules[MAIN] = sys.modules[NAME_IN_WORKER] = module


def refuse_while_adopting() -> None:
    """Raise `WorkerError` while a worker imports the script or a module: an import must not start the sweep again."""
    if ADOPTING.is_under_way:
        raise WorkerError(
            "a worker process came upon run() while it imported what it was sent: put the call below "
            'if __name__ == "__main__":, or the operation into a module of its own'
        )
