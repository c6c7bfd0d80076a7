"""A server as a process: started, waited for, stopped, killed, paused; it ends with the tests, killed ones too."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import ClassVar, Self

import psutil

HOST = "127.0.0.1"
LEASH = Path(__file__).with_name("leash.py")


class Server:
    """A server on loopback, its data in a temporary folder of its own; a context manager."""

    name: ClassVar[str]
    is_required: ClassVar[bool] = True  # whether a machine of CI has to have it
    patience: ClassVar[float] = 60.0  # seconds that a start may take
    grace: ClassVar[float] = 15.0  # seconds that a stop may take, before it becomes a kill
    farewell: ClassVar[signal.Signals] = signal.SIGTERM  # asks it to end
    user: ClassVar[str | None] = None  # who runs it, where that must not be root

    def __init__(self) -> None:
        self.host, self.port, self.paused = HOST, free_port(), False
        self.folder = Path(tempfile.mkdtemp(prefix=f"faucet-{type(self).__name__.lower()}-"))
        self.process: subprocess.Popen[bytes] | None = None
        self._leash: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Make what the server needs before its first start."""

    def command(self) -> list[str]:
        """Return the command that runs the server, in the foreground."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Ask the server for something small; any exception means: not yet."""
        raise NotImplementedError

    @property
    def running(self) -> bool:
        """Whether the process lives (it may be paused)."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> Self:
        """Start the server, and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
                **as_user(self.user),
            )
        command = [sys.executable, str(LEASH), str(self.process.pid), str(self.folder)]
        self._leash = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
        self._wait()
        return self

    def stop(self) -> None:
        """Let the server end in good order."""
        self.resume()
        if self.process and self.running:
            self.process.send_signal(self.farewell)
            try:
                self.process.wait(self.grace)
            except subprocess.TimeoutExpired:
                self.kill9()
        self._release()

    def kill9(self) -> None:
        """Kill the server and all its children at once, as a crash does."""
        psutil.wait_procs(self._signal(signal.SIGKILL), 10)
        if self.process:
            self.process.wait()
        self._release()

    def restart(self) -> None:
        """Stop the server if it lives, and start it again with the same port and data."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Freeze the server: it accepts connections (its kernel does), and answers nothing."""
        self._signal(signal.SIGSTOP)
        self.paused = True

    def resume(self) -> None:
        """Let a paused server go on."""
        if self.paused:
            self._signal(signal.SIGCONT)
        self.paused = False

    def revive(self) -> None:
        """Have the server up again, whatever a test has done to it."""
        self.resume()
        if not self.running:
            self.start()

    def __enter__(self) -> Self:
        """Prepare and start."""
        try:
            self.prepare()
            return self.start()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        """End, and remove the data."""
        self.kill9()  # quicker than its good order, and the data go
        shutil.rmtree(self.folder, ignore_errors=True)

    def _signal(self, number: signal.Signals) -> list[psutil.Process]:
        if not self.process or not self.running:
            return []
        top = psutil.Process(self.process.pid)
        tree = [top, *top.children(recursive=True)]
        for each in tree:
            with contextlib.suppress(psutil.NoSuchProcess):  # children come and go
                each.send_signal(number)
        return tree

    def _wait(self) -> None:
        end, last = time.monotonic() + self.patience, "no answer"
        while time.monotonic() < end and self.running:
            try:
                socket.create_connection((self.host, self.port), 1).close()
                if self.answers():
                    return
            except Exception as error:
                last = f"{type(error).__name__}: {error}"
            time.sleep(0.05)
        log = (self.folder / "log").read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{self.name} did not start on port {self.port} ({last}). Its log ends with:\n{log}")

    def _release(self) -> None:
        if self._leash and self._leash.stdin:
            self._leash.stdin.write(b"released")
            self._leash.stdin.close()
            self._leash.wait()
        self._leash = None


def free_port() -> int:
    """Return a port that nobody uses, below those that the system gives to outgoing connections."""
    for port in random.SystemRandom().sample(range(20000, 32000), 100):
        with socket.socket() as each:
            try:
                each.bind((HOST, port))
            except OSError:
                continue
            return port
    raise RuntimeError("no port is free")


def as_user(user: str | None) -> dict[str, object]:
    """Return the arguments of Popen that run a command as another user, where this one is root."""
    return {"user": user, "group": user, "extra_groups": []} if user and os.getuid() == 0 else {}
