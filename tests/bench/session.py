"""An LTTng session with a session daemon of its own, for the parts that measure tracing:

    with session.Session(bench) as tracing:
        measure.output_of(command, tracing.environment(), **tracing.user)
        events = tracing.events()

A daemon that runs as root serves the whole system; so under root the daemon and what it traces run as
a user of their own, by number."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import measure

COMPANIONS = ("liblttng-ust-fd.so.1", "liblttng-ust-fork.so.1")  # as bpguard preloads them
PROVIDER = "libbpguard-lttng.so"
TIMEOUT = 60  # of lttng's own commands, in seconds


class Session:
    def __init__(self, bench):
        measure.need("lttng-sessiond", "lttng", "babeltrace2")
        if not measure.SHIM.with_name(PROVIDER).exists():
            raise measure.Missing(f"{PROVIDER} is not built")
        bench.directory.chmod(0o755)  # that user runs the bench's programs
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="lttng.", dir=bench.directory))
        self.shim = pathlib.Path(shutil.copy(measure.SHIM, self.home))  # where that user may read it
        shutil.copy(measure.SHIM.with_name(PROVIDER), self.home)
        self.uid = os.getuid() or 100000 + os.getpid() % 100000
        self.user = {}  # for subprocess
        if self.uid != os.getuid():
            self.user = {"user": self.uid, "group": self.uid, "extra_groups": []}
            os.chown(self.home, self.uid, self.uid)

    def environment(self, preload=None, **variables):
        """Traced; the shim alone, and with it what bpguard preloads for a trace, unless told otherwise."""
        settings = {"LTTNG_HOME": str(self.home), "HOME": str(self.home), "BPGUARD_LTTNG": "on"}
        settings.update(variables)
        return measure.environment(preload or ":".join([str(self.shim), *COMPANIONS]), **settings)

    def __enter__(self):
        self.daemon = subprocess.Popen(
            ["lttng-sessiond", "--no-kernel"],
            env=self._plain(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # its consumers are in its process group
            **self.user,
        )
        try:
            self._await()
            self._lttng("create", "bench", f"--output={self.home}/trace")
            self._lttng("enable-event", "-s", "bench", "-u", "bpguard:*")
            self._lttng("add-context", "-s", "bench", "-u", "-t", "ip", "-t", "vpid", "-t", "procname")
            self._lttng("start", "bench")
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_):
        self._stop()

    def events(self):
        """Ends the session: its events as babeltrace2 tells them, a line each."""
        self._lttng("destroy", "bench")
        if not any(self.home.glob("trace/**/metadata")):
            return []  # an empty session leaves no trace that babeltrace2 would find
        return measure.output_of(["babeltrace2", self.home / "trace"], timeout=TIMEOUT).splitlines()

    def _plain(self):
        return measure.environment(LTTNG_HOME=str(self.home), HOME=str(self.home))

    def _lttng(self, *words):
        measure.output_of(["lttng", "--no-sessiond", *words], self._plain(), timeout=TIMEOUT, **self.user)

    def _await(self):
        end = time.monotonic() + TIMEOUT
        while True:
            try:
                return self._lttng("list")
            except RuntimeError as error:
                if self.daemon.poll() is not None or time.monotonic() > end:
                    raise RuntimeError("lttng-sessiond did not start") from error
                time.sleep(0.05)

    def _stop(self):
        self.daemon.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.daemon.wait(TIMEOUT)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.daemon.pid, signal.SIGKILL)  # whatever of it is left
        self.daemon.wait()
        if self.user:
            pathlib.Path(f"/dev/shm/lttng-ust-wait-8-{self.uid}").unlink(missing_ok=True)


@contextlib.contextmanager
def where_possible(bench):
    """A session; where there can be none it says so and gives None."""
    try:
        tracing = Session(bench)
    except measure.Missing as missing:
        bench.say(f"SKIP: with LTTng: {missing}")
        yield None
    else:
        with tracing:
            yield tracing
