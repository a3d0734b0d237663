"""Start processes of Python as forks of one process, which has imported TensorFlow already.

The import takes more than half of the CPU time of a short training. A fork is a real process: it
has its own streams, signals, folder and environment. It does not show how Python starts cnnlab;
tests of that use `subprocess`.

    python tests/forked_processes.py    # the process that forks; its standard input is a socket
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

PREPARED = (
    *("cnnlab.quiet_tensorflow", "cnnlab.cli.main", "cnnlab.training.single_run"),
    *("cnnlab.evaluation", "cnnlab.api.training", "cnnlab.api.trained_networks"),
    *("cnnlab.study.parallel_training", "cnnlab.study.workers.training_task"),
    *("cnnlab.cli.train_output", "cnnlab.cli.evaluate_output", "cnnlab.progress_display.bar"),
    *("cnnlab.progress_display.epoch_lines", "cnnlab.data.image_look", "cnnlab.plots.curves"),
    *("cnnlab.plots.mistakes", "cnnlab.report.report_page", "cnnlab.cli.lab"),
    *("cnnlab.web.server", "matplotlib.backends.backend_agg"),
)
LARGEST_REQUEST = 2**17  # bytes; a request contains the environment


class ForkedProcess(subprocess.Popen[bytes]):
    """A forked process, with the interface of `Popen`; its command is [python, "-m", module, …].

    Of the options of `Popen`, the fork obeys the streams, `cwd`, `env` and `start_new_session`.
    """

    server: ClassVar[subprocess.Popen[bytes] | None] = None
    requests: ClassVar[socket.socket | None] = None
    address = ""  # where the forks of the process that forks request forks of their own

    def _execute_child(self, args: list[Any], *options: Any) -> None:
        """Request a fork, where `Popen` forks and executes a program itself."""
        folder, environment, pipes = options[4], options[5], options[9:15]
        python, option, module, *arguments = map(str, args)
        assert (python, option) == (sys.executable, "-m")
        request = {
            "module": module,
            "arguments": arguments,
            "starter": os.getpid(),
            "folder": str(folder or os.getcwd()),
            "environment": dict(os.environ if environment is None else environment),
            "starts_session": options[20],
        }
        theirs = (pipes[0], pipes[3], pipes[5])  # -1: the fork has the stream of this process
        streams = [stream if pipe < 0 else pipe for stream, pipe in enumerate(theirs)]
        self._end, end = socket.socketpair()
        requests = self._find_server()
        with end:
            socket.send_fds(requests, [json.dumps(request).encode()], [*streams, end.fileno()])
        self.pid = int(requests.recv(20))
        self._child_created = True
        self._close_pipe_fds(*pipes)

    @classmethod
    def _find_server(cls) -> socket.socket:
        """Return the connection with the process that forks; start the process when first used."""
        if cls.requests is None and cls.address:
            cls.requests = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            cls.requests.connect(cls.address)
        elif cls.requests is None:
            cls.requests, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
            with theirs:
                cls.server = subprocess.Popen([sys.executable, __file__], stdin=theirs)
        return cls.requests

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        """Read the exit status from the parent of the process, which this process is not."""
        try:
            status = self._end.recv(20, socket.MSG_DONTWAIT if wait_flags & os.WNOHANG else 0)
        except BlockingIOError:
            return 0, 0
        self._end.close()
        return self.pid, int(status)

    def _internal_poll(self, _deadstate: int | None = None) -> int | None:
        if self._waitpid_lock.acquire(blocking=False):  # else another thread waits for the end
            try:
                if self.returncode is None:
                    pid, status = self._try_wait(os.WNOHANG)
                    if pid:
                        self._handle_exitstatus(status)
            finally:
                self._waitpid_lock.release()
        return self.returncode


# Elsewhere than on Linux, libraries do not promise that a fork of a process with threads works.
PythonProcess = ForkedProcess if sys.platform == "linux" else subprocess.Popen


def close_server() -> None:
    """End the process that forks, if it was started."""
    if ForkedProcess.server is not None:
        ForkedProcess.requests.close()
        ForkedProcess.server.wait()


def serve(tests: socket.socket) -> str:
    """Fork for each request of the tests and of earlier forks; send the exit status of each fork.

    In each fork, the function returns the module that the fork must run. The process that forks
    ends when the process of the tests has closed its end of `tests`.
    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ForkedProcess.address = f"\0cnnlab-tests-{os.getpid()}"
    listener.bind(ForkedProcess.address)
    listener.listen()
    selector = selectors.DefaultSelector()
    for connection in (tests, listener):
        selector.register(connection, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.data is not None:
                selector.unregister(key.fd)
                os.close(key.fd)
                report_end(*key.data)
                continue
            if key.fileobj is listener:
                selector.register(listener.accept()[0], selectors.EVENT_READ)
                continue
            message, handles = receive(key.fileobj)
            if not message:
                if key.fileobj is tests:
                    os._exit(0)
                selector.unregister(key.fileobj)
                key.fileobj.close()
                continue
            pid = os.fork()
            if pid == 0:
                selector.close()  # now: later, it would close numbers that other files have
                return become_process(json.loads(message), handles[:3])
            for handle in handles[:3]:
                os.close(handle)
            with suppress(BrokenPipeError):  # the process that requested the fork was killed
                key.fileobj.send(str(pid).encode())
            ending = (pid, socket.socket(fileno=handles[3]))
            selector.register(os.pidfd_open(pid), selectors.EVENT_READ, ending)


def receive(connection: socket.socket) -> tuple[bytes, list[int]]:
    """Receive a request, or nothing if the process at the other end has ended."""
    try:
        message, handles, _, _ = socket.recv_fds(connection, LARGEST_REQUEST, 4)
    except ConnectionResetError:  # it was killed before it read an answer
        return b"", []
    return message, handles


def report_end(pid: int, end: socket.socket) -> None:
    """Send the exit status of a fork that has ended to the process that requested the fork."""
    _, status = os.waitpid(pid, 0)
    with end, suppress(BrokenPipeError):  # that process was killed
        end.sendall(str(status).encode())


def become_process(request: dict[str, Any], streams: list[int]) -> str:
    """Take over what a request has: streams, folder, environment; return the module to run."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(3, 1 + max(map(int, os.listdir("/proc/self/fd"))))
    sys.stdout.reconfigure(line_buffering=sys.stdout.isatty())
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if request["starts_session"]:
        os.setsid()
    Path("/proc/self/comm").write_text(name_forks(request["starter"]))
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.path.insert(0, request["folder"])  # before the folder of the helpers of tests
    sys.argv[1:] = request["arguments"]
    return str(request["module"])


def name_forks(starter: int) -> str:
    """Return the name, for the system, of the forks that a process requests."""
    return f"fork-{starter}"


def start_forks() -> None:
    """Let workers and trainings be forks too, where this process or its forks start them."""
    forks = SimpleNamespace(**{**vars(subprocess), "Popen": PythonProcess})
    for name in ("cnnlab.study.workers.local_processes", "cnnlab.api.training_processes"):
        importlib.import_module(name).subprocess = forks


def leave_process(code: int) -> None:
    """End as Python does, but keep the memory, which would first be copied from the parent."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    connection = socket.socket(fileno=os.dup(0))
    for name in PREPARED:
        importlib.import_module(name)
    start_forks()
    gc.freeze()  # the collector of a fork would copy the memory of all these objects
    gc.set_threshold(10_000)  # as in the process of the tests
    chosen = serve(connection)
    if "." in chosen:  # runpy warns of a module that is imported already
        sys.modules.pop(chosen, None)
    try:
        runpy.run_module(chosen, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        leave_process(int(end.code or 0))
