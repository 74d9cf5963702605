"""A server for one turn of the bench: how each is started, whether it is guarded, how it ends."""

import contextlib
import grp
import json
import os
import pathlib
import pwd
import random
import signal
import socket
import subprocess
import sys
import time

from measure import HERE, SHIM, Missing, environment

PATIENCE = 30  # seconds for what takes less than one

NGINX = """
user {user} {group};
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr;
events {{ }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    client_body_temp_path .;
    proxy_temp_path .;
    fastcgi_temp_path .;
    uwsgi_temp_path .;
    scgi_temp_path .;
    server {{
        listen 127.0.0.1:{port};
        root .;
    }}
}}
"""


# The command of each, which serves the files of a directory at a port.


def nginx(directory, port):
    user, group = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
    (directory / "nginx.conf").write_text(NGINX.format(user=user, group=group, port=port))
    return "nginx", "-p", f"{directory}/", "-c", "nginx.conf", "-e", "stderr"


def redis(_, port):
    return "redis-server", "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no"


def perl(directory, port):
    if subprocess.run(["perl", "-MHTTP::Daemon", "-e", "1"], stderr=subprocess.DEVNULL).returncode:
        raise Missing("perl's HTTP::Daemon is not installed")
    return "perl", HERE / "httpd.pl", port, directory / "small"


def python(directory, port):
    return sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory", directory, port


def free_port():
    """Below those that the kernel gives out: until the server binds it, any program's connection may take one
    of these as its own end."""
    for port in random.sample(range(10000, 32768), 100):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no port of 100 is free")


def on_processor(which):
    """For preexec_fn: a server is on the last, what loads it on the first."""
    return lambda: os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[which]})


def check_guard(pid, wanted):
    if (SHIM.name in pathlib.Path(f"/proc/{pid}/maps").read_text()) != wanted:
        raise RuntimeError(f"process {pid} is {'not ' if wanted else ''}guarded")


class Server:
    """One instance, as long as the context lasts."""

    def __init__(self, directory, command, guarded):
        self.directory, self.guarded = directory, guarded
        self.port = free_port()
        self.command = [str(word) for word in command(directory, self.port)]
        self.log = directory / "log"
        self.output = directory / "output"

    def __enter__(self):
        self.log.unlink(missing_ok=True)
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen(
                self.command,
                env=environment(SHIM, BPGUARD_LOG=str(self.log)) if self.guarded else environment(),
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=on_processor(-1),
            )
        try:
            self._await()
            check_guard(self._pid(), self.guarded)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def _await(self):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            time.sleep(0.005)
        raise RuntimeError(f"{self.command[0]} does not listen: {self.output.read_text()[-500:]}")

    def _pid(self):
        """Of the process that serves: nginx has a worker for that."""
        pid = self.process.pid
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return int(children[0]) if children else pid

    def cpu_seconds(self):
        """By clock_getcpuclockid(3), which python does not have; /proc tells no more than ticks."""
        return time.clock_gettime(~self._pid() << 3 | 2)

    def failures(self):
        """How many failing calls it recorded."""
        if not self.guarded:
            return 0
        events = [json.loads(line)["event"] for line in self.log.read_text().splitlines()]
        if "attach" not in events:
            raise RuntimeError(f"{self.command[0]} was guarded and did not record its start")
        return sum(event not in ("attach", "detach") for event in events)
