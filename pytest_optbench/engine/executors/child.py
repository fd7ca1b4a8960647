"""What a worker process does: receive the job once, then runs, and answer for each of them.

It is started as a fresh interpreter, not forked: the parent has threads, and a fork would copy their held locks. The
life pipe says two things: something to read in it means that the sweep is cancelled, its closing that the parent died.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from multiprocessing.connection import Connection


def main(talk: int, life: int) -> None:
    """Serve runs over the connection `talk` until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides what stops
    threading.Thread(target=_die_with_parent, args=(life,), daemon=True).start()
    with Connection(talk) as connection:
        sys.path[:] = connection.recv()
        from ..bench import Bench
        from ..failure import describe
        from ..runtime import PipeToken

        try:
            bench = Bench.open(connection.recv(), PipeToken(life))
            _refuse_other_code(bench)
        except BaseException as error:  # noqa: BLE001 - the parent raises it as its own
            connection.send(describe(error))
            return
        connection.send(None)
        _serve(connection, bench)


def _serve(connection: Connection, bench) -> None:  # type: ignore[no-untyped-def, type-arg]  # imported above, once sys.path is right
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        connection.send(None if bench.token.is_cancelled else bench.attempt(task))


def _refuse_other_code(bench) -> None:  # type: ignore[no-untyped-def]
    from pytest_optbench.errors import WorkerError

    job = bench.job
    if job.operation.code_hash != job.code_hash:
        raise WorkerError(f"{job.operation.ref} is other code in a worker process than in the parent: save its module")


def _die_with_parent(life: int) -> None:
    poll = select.poll()
    poll.register(life, 0)  # POLLHUP is always reported
    poll.poll()
    os._exit(1)
