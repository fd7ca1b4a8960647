"""The fast scan for finished runs: a sound success is recognized by both ends of its record, without parsing it.

    {"status":"success","run_id":"...","experiment_id":"...", ... ,"checksum":"9ae0daaf"}

The helper processes of `store.parallel_scan` execute this file. It needs a small part of the standard library only, so
a helper starts in 15 ms.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from zlib import crc32

SEAL = b',"checksum":"%08x"}\n'  # how a record ends
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # opening a pipe must not block
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_SEAL_SIZE = len(SEAL % 0)
_USUAL = 8192  # bytes: most records are read at once
_SHORTAGES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})
_DAMAGE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENXIO})

Suspect = tuple[str, str]  # a shard and a name in it, or an empty string and a name where shards are
ScanResult = tuple[str, list[str], list[Suspect]]  # a shard, its finished runs, and its other entries


def is_whole(data: bytes) -> bool:
    """Return whether the checksum of a record's bytes is right."""
    return data.endswith(SEAL % crc32(data[:-_SEAL_SIZE]))


def read_file(name: str, folder: int | None = None) -> bytes:
    """Return the bytes of a file.

    Raises:
        OSError: the file is a link or a folder, or cannot be read.
    """
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
    """Return whether the error is a resource shortage (EMFILE, ENFILE, ENOMEM), not a fault of the file."""
    return isinstance(error, OSError) and error.errno in _SHORTAGES


def proves_damage(error: OSError) -> bool:
    """Return whether the error shows what is there: nothing, a link, a folder for a file, or a file for a folder.

    Others (EIO, EACCES, ESTALE, EMFILE) say only that it cannot be read now.
    """
    return error.errno in _DAMAGE


class RecordScanner:
    """Finds the sound successes of one experiment.

    Args:
        runs: the folder of its shards.
        record: the name of the record in a run's folder.
        before: the bytes of a success's record up to the run id.
        after: the bytes that follow the run id.
    """

    def __init__(self, runs: str, record: str, before: bytes, after: bytes) -> None:
        self.runs = runs
        self._record = record
        self._before = before
        self._after = after

    @property
    def arguments(self) -> tuple[str, str, bytes, bytes]:
        """The arguments that make an equal scanner in another process."""
        return self.runs, self._record, self._before, self._after

    def passes(self, run_id: str, data: bytes) -> bool:
        """Return whether `data` is a sound record of a run's success: two comparisons and a checksum."""
        if not run_id.isascii():  # the name of any folder may be passed
            return False
        return data.startswith(self._before + run_id.encode() + self._after) and is_whole(data)

    def scan(self, shard: str) -> ScanResult:
        """Read the record of every run in a shard.

        Raises:
            OSError: a record cannot be read, which is no proof that it is damaged.
        """
        sound: list[str] = []
        suspects: list[Suspect] = []
        try:
            place = os.open(f"{self.runs}/{shard}", FOLDER)
            try:
                with os.scandir(place) as entries:
                    for entry in entries:
                        name = entry.name
                        data = b"" if entry.is_symlink() else self._read_or_nothing(shard, name, place)
                        if self.passes(name, data) and name.startswith(shard):
                            sound.append(name)
                        else:
                            suspects.append((shard, name))
            finally:
                os.close(place)
        except OSError as error:  # no folder of runs
            if not proves_damage(error):
                raise
            return shard, [], [("", shard)]
        return shard, sound, suspects

    def _read_or_nothing(self, shard: str, name: str, place: int) -> bytes:
        file = f"{name}/{self._record}"
        try:
            return read_file(file, place)
        except OSError as error:
            if proves_damage(error):
                return b""
            raise OSError(error.errno, error.strerror, f"{self.runs}/{shard}/{file}") from error


def shards_in(queue: int) -> Iterator[str]:
    """Yield the names of shards, of two bytes each, from a pipe that several processes share, until it is empty."""
    while shard := os.read(queue, 2):
        yield shard.decode()


def main(arguments: list[str]) -> None:
    """Scan the shards that are named on standard input, and print the results as JSON.

    The last argument is the parent's process id: the scan stops when the parent has died. Names are printed byte by
    byte, since the two processes may decode names that are not ASCII differently.
    """
    import json

    runs, record, before, after, parent = arguments
    scanner = RecordScanner(runs, record, before.encode(), after.encode())
    found = []
    for shard in shards_in(0):
        if os.getppid() != int(parent):
            return
        _, sound, suspects = scanner.scan(shard)
        found.append((shard, sound, [(where, os.fsencode(name).decode("latin-1")) for where, name in suspects]))
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
