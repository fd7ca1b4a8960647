"""`__main__` in workers: the script that was started is another module in every process.

A worker runs the parent's script again, under the name `__mp_main__`, if what it is sent refers to `__main__`: an
operation or a class that the script defines. The standard library's multiprocessing does so too, under that name, so
scripts know the rule: what must not run again stands below `if __name__ == "__main__":`.
"""

from __future__ import annotations

import os
import runpy
import sys
import types
from typing import Final

from pytest_optbench.errors import WorkerError

MAIN: Final = "__main__"
MARK: Final = MAIN.encode()  # in whatever is pickled and refers to it, and perhaps in more
NAME_IN_WORKER: Final = "__mp_main__"

MainModule = tuple[str, str]  # ("module", its name) or ("file", its path, also of a folder or zip with a __main__.py)


class _Adopting:
    """Whether this worker is loading what its parent sent, which runs the modules that define it."""

    def __init__(self) -> None:
        self.is_under_way = False

    def __enter__(self) -> None:
        self.is_under_way = True

    def __exit__(self, *_: object) -> None:
        self.is_under_way = False


ADOPTING: Final = _Adopting()


def describe_main() -> MainModule | None:
    """Return how another process finds what is `__main__` here; None in an interactive session."""
    main = sys.modules[MAIN]
    spec = getattr(main, "__spec__", None)
    if spec is not None and spec.name != MAIN:
        return "module", spec.name
    file = getattr(main, "__file__", None)
    if spec is not None and file:  # `python folder` and `python app.zip`: no module of that name can be imported
        return "file", os.path.abspath(os.path.dirname(file))  # noqa: PTH100, PTH120 - keeps links
    return ("file", os.path.abspath(file)) if file and os.path.isfile(file) else None  # noqa: PTH100, PTH113 - keeps links


def adopt_main(main: MainModule | None) -> None:
    """Make the parent's script the `__main__` of this worker; once is enough."""
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
    """Raise `WorkerError` if a worker is just running the script or a module again: it must not run the sweep again."""
    if ADOPTING.is_under_way:
        raise WorkerError(
            "a worker process came upon run() while it imported what it was sent: put the call below "
            'if __name__ == "__main__":, or the operation into a module of its own'
        )
