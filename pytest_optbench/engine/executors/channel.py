"""The channel between a parent and its worker processes.

Down: one queue of runs that all workers share, a packet socket; the kernel gives every packet to exactly one of them. A
free worker takes the next run, so no run waits behind a long one, and the parent need not choose a worker for a run.
Up: a pipe for each worker, with one frame per report.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import socket
import struct
import threading
from enum import IntEnum
from typing import Any, Final

from pytest_optbench.engine.store.folder import write_all

LARGEST_PACKET: Final = 32_768  # bytes; larger messages go into an anonymous file, next to the queue
_NUMBER: Final = struct.Struct("<Q")
_LENGTH: Final = struct.Struct("<I")
_DESCRIPTOR: Final = struct.Struct("i")
_RIGHTS_SPACE: Final = socket.CMSG_SPACE(_DESCRIPTOR.size)

Message = tuple[int, bytes]  # the number of a run, and its pickled task


class ReportKind(IntEnum):
    """The kinds of report that a worker sends to its parent: the first member of each, with what follows it."""

    READY = 0  # the worker has the sweep and takes runs
    REFUSED = 1  # (error): it cannot take this sweep
    STARTED = 2  # (number, when): it holds the claim of this run and calls the operation
    ENDED = 3  # (number, outcome)
    REJECTED = 4  # (number, error): the run cannot be unpickled here
    TAKEN = 5  # (number, when): it will unpickle this run; sent with `ack_first` only
    EVENT = 6  # (kind, run id, message, details): something happened inside a run


class TaskQueue:
    """The parent's end: numbered messages for the first free worker."""

    def __init__(self) -> None:
        self._ours, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    @property
    def descriptor(self) -> int:
        """The end that workers inherit."""
        return self._theirs.fileno()

    def put(self, number: int, data: bytes) -> bool:
        """Send a message; False when the queue is full."""
        header = _NUMBER.pack(number)
        try:
            if len(data) <= LARGEST_PACKET:
                self._ours.send(header + data, socket.MSG_DONTWAIT)
            else:
                with _anonymous_file(data) as descriptor:
                    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, _DESCRIPTOR.pack(descriptor))]
                    self._ours.sendmsg([header], rights, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        return True

    def end(self) -> None:
        """End the queue and drop the messages that no worker has taken: from here on none gets a message."""
        with contextlib.suppress(OSError):
            self._ours.shutdown(socket.SHUT_WR)
        self.take_back()

    def take_back(self) -> list[int]:
        """Take the messages that no worker has taken off the queue, and return their numbers."""
        numbers: list[int] = []
        rest = TaskSource(os.dup(self._theirs.fileno()))
        with contextlib.closing(rest), contextlib.suppress(EOFError):
            while (message := rest.get(wait=False)) is not None:
                numbers.append(message[0])
        return numbers

    def close(self) -> None:
        """Close both ends."""
        self._ours.close()
        self._theirs.close()


class TaskSource:
    """A worker's end of the queue."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)

    def get(self, *, wait: bool) -> Message | None:
        """Return the next message; None when there is none now.

        Raises:
            EOFError: the queue was ended.
        """
        flags = socket.MSG_CMSG_CLOEXEC | (0 if wait else socket.MSG_DONTWAIT)
        try:
            packet, rights, _, _ = self._socket.recvmsg(LARGEST_PACKET + _NUMBER.size, _RIGHTS_SPACE, flags)
        except BlockingIOError:
            return None
        if not packet:
            raise EOFError
        (number,) = _NUMBER.unpack_from(packet)
        if rights:
            return number, _contents(*_DESCRIPTOR.unpack(rights[0][2]))
        return number, packet[_NUMBER.size :]

    def close(self) -> None:
        """Close this end; a message that was not taken stays in the queue."""
        self._socket.close()


class Reporter:
    """A worker's end of its pipe. Reports are gathered and sent in one write when an operation begins or work runs out.

    One thread of the worker reports on its runs, others may report what happens inside them.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._gathered: list[bytes] = []
        self._lock = threading.Lock()

    def put(self, *report: Any, send: bool = False) -> None:
        """Add a report; with `send`, send all that were gathered."""
        data = pickle.dumps(report, pickle.HIGHEST_PROTOCOL)
        with self._lock:
            self._gathered += (_LENGTH.pack(len(data)), data)
            if send:
                self._send()

    def flush(self) -> None:
        """Send the gathered reports."""
        with self._lock:
            self._send()

    def _send(self) -> None:
        data, self._gathered = b"".join(self._gathered), []
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]


class Reports:
    """The parent's end of one worker's pipe; reading never waits."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.ended = False
        self._buffer = bytearray()
        os.set_blocking(descriptor, False)

    def read(self) -> list[tuple[Any, ...]]:
        """Return every whole report that has arrived."""
        while not self.ended:
            try:
                data = os.read(self.descriptor, 1 << 16)
            except BlockingIOError:
                break
            self.ended = not data
            self._buffer += data
            if len(data) < 1 << 16:
                break
        return self._frames()

    def _frames(self) -> list[tuple[Any, ...]]:
        found, start, buffer = [], 0, self._buffer
        while len(buffer) - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(buffer, start)
            end = start + _LENGTH.size + length
            if end > len(buffer):
                break
            found.append(pickle.loads(buffer[start + _LENGTH.size : end]))  # noqa: S301 - from a child of our own
            start = end
        del buffer[:start]
        return found


@contextlib.contextmanager
def _anonymous_file(data: bytes) -> Any:
    descriptor = os.memfd_create("message", os.MFD_CLOEXEC)
    try:
        write_all(descriptor, data)
        yield descriptor
    finally:
        os.close(descriptor)


def _contents(descriptor: int) -> bytes:
    try:
        return read_whole(descriptor)
    finally:
        os.close(descriptor)


def read_whole(descriptor: int) -> bytes:
    """Return all bytes of an open file, whatever its position: other processes share it."""
    pieces, offset = [], 0
    while piece := os.pread(descriptor, 1 << 24, offset):
        pieces.append(piece)
        offset += len(piece)
    return b"".join(pieces)
