"""Sifting runs: which of them are sound successes, read off the two ends of their records without parsing them.

    {"status":"success","run_id":"...","experiment_id":"...", ... ,"checksum":"9ae0daaf"}

This file is also what the helper processes of `store.sifting` execute. It needs the standard library alone, and little
of that, so a helper is at work 15 ms after it was asked for.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from zlib import crc32

SEAL = b',"checksum":"%08x"}\n'  # how a record ends
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe put there must not block us
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_SEAL_SIZE = len(SEAL % 0)
_USUAL = 8192  # bytes: most records are read at once
_SHORTAGES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})

Suspect = tuple[str, str]  # a shard and a name in it, or an empty string and a name where shards are
Sifted = tuple[str, list[str], list[Suspect]]  # a shard, the runs in it that pass, and what does not


def is_whole(data: bytes) -> bool:
    """Tell whether these are the bytes of a record as it was written, by its checksum."""
    return data.endswith(SEAL % crc32(data[:-_SEAL_SIZE]))


def read_file(name: str, folder: int | None = None) -> bytes:
    """Return the bytes of a file; raises `OSError` for a link or a folder."""
    descriptor = os.open(name, FILE, dir_fd=folder)
    try:
        data = os.read(descriptor, _USUAL)
        if len(data) < _USUAL:
            return data
        pieces = [data]
        while piece := os.read(descriptor, 1 << 20):
            pieces.append(piece)
        return b"".join(pieces)
    finally:
        os.close(descriptor)


def is_shortage(error: BaseException) -> bool:
    """Tell whether an error speaks of this process, which can open no more, and says nothing of what it asked for."""
    return isinstance(error, OSError) and error.errno in _SHORTAGES


class Sieve:
    """Lets the sound successes of one experiment pass.

    Args:
        runs: the folder of its shards.
        record: the name of the record in a run's folder.
        before: how the record of a success begins, up to the run id.
        after: how it goes on after the run id.
    """

    def __init__(self, runs: str, record: str, before: bytes, after: bytes) -> None:
        self.runs = runs
        self._record = record
        self._before = before
        self._after = after

    @property
    def arguments(self) -> tuple[str, str, bytes, bytes]:
        """What makes an equal sieve in another process."""
        return self.runs, self._record, self._before, self._after

    def passes(self, run_id: str, data: bytes) -> bool:
        """Tell whether bytes are a sound record of success of a run: two comparisons and a checksum."""
        if not run_id.isascii():  # any name that is found in a folder may be asked for
            return False
        return data.startswith(self._before + run_id.encode() + self._after) and is_whole(data)

    def sift(self, shard: str) -> Sifted:
        """Read the record of every run in a shard.

        Raises `OSError` where this process cannot open one more file, which tells nothing of the run.
        """
        sound: list[str] = []
        suspects: list[Suspect] = []
        try:
            place = os.open(f"{self.runs}/{shard}", FOLDER)
            try:
                with os.scandir(place) as entries:
                    for entry in entries:
                        name = entry.name
                        data = b"" if entry.is_symlink() else _read_or_nothing(f"{name}/{self._record}", place)
                        if self.passes(name, data) and name.startswith(shard):
                            sound.append(name)
                        else:
                            suspects.append((shard, name))
            finally:
                os.close(place)
        except OSError as error:  # no folder of runs
            if is_shortage(error):
                raise
            return shard, [], [("", shard)]
        return shard, sound, suspects


def shards_in(queue: int) -> Iterator[str]:
    """Yield names of shards, of two bytes each, from a pipe that several processes read, until it is empty."""
    while shard := os.read(queue, 2):
        yield shard.decode()


def _read_or_nothing(name: str, folder: int) -> bytes:
    try:
        return read_file(name, folder)
    except OSError as error:
        if is_shortage(error):
            raise
        return b""


def main(arguments: list[str]) -> None:
    """Sift the shards that come through standard input, and print what was found as JSON.

    The last argument is the process that asked for it: without it nobody is waiting. Names that are no ASCII are
    printed byte by byte, for the two processes may not read them alike.
    """
    import json

    runs, record, before, after, parent = arguments
    sieve = Sieve(runs, record, before.encode(), after.encode())
    found = []
    for shard in shards_in(0):
        if os.getppid() != int(parent):
            return
        _, sound, suspects = sieve.sift(shard)
        found.append((shard, sound, [(where, os.fsencode(name).decode("latin-1")) for where, name in suspects]))
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
