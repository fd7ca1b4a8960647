"""A private SLURM cluster of one node, this machine: munge, controller and node in one folder, gone with their starter.

It has no accounting: `sacct` knows nothing, and `squeue` forgets a job some minutes after its end.
"""

from __future__ import annotations

import os
import pwd
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from pytest_optbench.errors import ServerError
from pytest_optbench.stress.process.process_group import has_ended

from .guardian import Guardian, program

PARTITION = "short"
NODE_STARTS = 60.0  # seconds until the node is idle: 3 on a quiet machine
ATTEMPTS = 3  # another program may take a free port first
READY = ("idle", "mixed", "allocated", "drained", "draining")  # without the star of a node that does not answer
SYSTEM = Path("/usr/sbin"), Path("/usr/local/sbin")  # daemons, which are not on the PATH of every user
CONFIGURATION = """
ClusterName=optbench
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={controller_port}
SlurmdPort={node_port}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
MessageTimeout=5
KillWait=2
OverTimeLimit=0
MaxArraySize=20001
MaxJobCount=40000
SchedulerParameters=sched_interval=1,batch_sched_delay=0,bf_interval=2,sched_min_interval=0
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} State=UNKNOWN
PartitionName={partition} Nodes={host} Default=YES MaxTime=INFINITE State=UP OverSubscribe=FORCE:{shares}
"""


class Job(NamedTuple):
    """A job in the queue: the id of its array, or its own, the index of its task, and its state, such as PENDING."""

    id: str
    task: str
    state: str


class Slurm:
    """A cluster that runs (see `private_slurm`); `environment` is what its commands and jobs need."""

    def __init__(self, guardian: Guardian) -> None:
        self._guardian = guardian
        self._pids: dict[str, int] = {}
        self.node = socket.gethostname().partition(".")[0]
        self.configuration = guardian.folder / "slurm.conf"
        self.environment: Mapping[str, str] = {"SLURM_CONF": str(self.configuration)}

    @property
    def folder(self) -> Path:
        """The folder with everything of the cluster."""
        return self._guardian.folder

    @property
    def log(self) -> str:
        """The ends of the daemons' logs."""
        return "\n".join(
            f"{path.name}: {path.read_text(encoding='utf-8', errors='replace')[-1500:]}"
            for path in sorted(self._guardian.folder.glob("*.log"))
        )

    def command(self, *words: str, seconds: float = 60.0) -> str:
        """Run a command of SLURM and return its output.

        Raises:
            ServerError: it fails, or does not end in time.
        """
        path = program(words[0], "slurm-wlm")
        variables = {**os.environ, **self.environment}
        try:
            done = subprocess.run(  # noqa: S603 - a program of SLURM
                [str(path), *words[1:]], capture_output=True, text=True, timeout=seconds, env=variables
            )
        except subprocess.TimeoutExpired as error:
            raise ServerError(f"{' '.join(words)} did not end within {seconds:g} s") from error
        if done.returncode != 0:
            raise ServerError(f"{' '.join(words)} failed: {done.stderr.strip()}")
        return done.stdout

    def jobs(self) -> list[Job]:
        """Return the jobs that wait or run, the tasks of arrays one by one."""
        lines = self.command("squeue", "--noheader", "--array", "--format=%F %K %T").splitlines()
        return [Job(*line.split()) for line in lines]

    def make(self) -> None:
        """Make the folders, the key of munge and the configuration."""
        folder = self._guardian.folder
        for name in ("state", "spool", "munge"):
            (folder / name).mkdir(mode=0o755 if name == "spool" else 0o700)
        key = folder / "munge" / "key"
        key.touch(mode=0o600)
        key.write_bytes(secrets.token_bytes(1024))
        key.chmod(0o400)
        self._configure()

    def start(self) -> None:
        """Start what does not run of munge, controller and node, and wait until the node answers.

        Raises:
            ServerError: one of them ends, or the node does not become idle.
        """
        folder = self._guardian.folder
        self._run(
            "munged",
            *("--foreground", "--force", f"--key-file={folder}/munge/key", f"--socket={folder}/munge.socket"),
            *(f"--pid-file={folder}/munge/pid", f"--log-file={folder}/munge/log", f"--seed-file={folder}/munge/seed"),
        )
        self._wait(lambda: (folder / "munge.socket").exists(), "munged")
        self._run("slurmctld", "-D", "-f", str(self.configuration))
        self._run("slurmd", "-D", "-f", str(self.configuration), "-N", self.node)
        self._wait(self._node_is_ready, "the node")

    def stop(self, daemon: str, number: int = signal.SIGTERM) -> None:
        """End a daemon, `slurmctld` or `slurmd`, and wait until it is gone.

        Raises:
            ServerError: it does not end.
        """
        pid = self._pids.pop(daemon)
        self._guardian.signal(pid, number)
        if not has_ended(pid, NODE_STARTS):
            raise ServerError(f"{daemon} does not end: {self.log}")

    def drain(self, reason: str = "test") -> None:
        """Let the node finish its jobs and start no others."""
        self.command("scontrol", "update", f"NodeName={self.node}", "State=DRAIN", f"Reason={reason}")

    def resume(self) -> None:
        """Let a drained node, or one that was lost, take jobs again."""
        self.command("scontrol", "update", f"NodeName={self.node}", "State=RESUME")

    def cancel_all(self) -> None:
        """Cancel every job, and wait until none is left."""
        with suppress(ServerError):
            self.command("scancel", f"--partition={PARTITION}")
        self._wait(lambda: not self.jobs(), "the end of cancelled jobs")

    def _run(self, daemon: str, *arguments: str) -> None:
        if daemon in self._pids and not has_ended(self._pids[daemon], 0):
            return
        self._pids[daemon] = self._guardian.start(
            [_daemon(daemon), *arguments],
            output=self._guardian.folder / f"{daemon}-output.log",
            environment={**os.environ, **self.environment},
            end=signal.SIGTERM,
        )

    def _wait(self, done: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + NODE_STARTS
        while not done():
            ended = [name for name, pid in self._pids.items() if has_ended(pid, 0)]
            if ended or time.monotonic() > deadline:
                why = f"{ended[0]} has ended" if ended else f"not within {NODE_STARTS:.0f} s"
                raise ServerError(f"SLURM: {what} is not ready: {why}\n{self.log}")
            time.sleep(0.05)

    def _node_is_ready(self) -> bool:
        try:
            return self.command("sinfo", "--noheader", "--format=%T").strip() in READY
        except ServerError:  # the controller does not listen yet
            return False

    def _configure(self) -> None:
        controller_port, node_port = _free_ports(2)
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
        text = CONFIGURATION.format(
            folder=self._guardian.folder,
            host=self.node,
            user=pwd.getpwuid(os.geteuid()).pw_name,
            controller_port=controller_port,
            node_port=node_port,
            cpus=os.cpu_count() or 1,
            memory=max(1, memory * 9 // 10),
            partition=PARTITION,
            shares=4,
        )
        self.configuration.write_text(text, encoding="utf-8")


@contextmanager
def private_slurm() -> Iterator[Slurm]:
    """Start a cluster for this block; jobs find its commands if they have its `environment`.

    Raises:
        MissingServerError: SLURM or munge is not installed.
        ServerError: it does not start.
    """
    for daemon in ("munged", "slurmctld", "slurmd"):
        _daemon(daemon)
    for attempt in range(ATTEMPTS):
        with ExitStack() as stack:
            cluster = Slurm(stack.enter_context(Guardian("slurm")))
            cluster.make()
            try:
                cluster.start()
            except ServerError as error:
                if attempt < ATTEMPTS - 1 and "already in use" in str(error):
                    continue
                raise
            yield cluster
            return


def _daemon(name: str) -> Path:
    return program(name, "munge" if name == "munged" else "slurm-wlm", *SYSTEM)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
