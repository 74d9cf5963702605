"""What one would pick instead, on the same work: whatever else keeps a program alive or tells of its broken
pipes. Each in its usual form: to a file, with children, the calls that write."""

import collections
import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess

import instance
import session
from load import SECONDS, Wrk
from measure import SHIM, Missing, alternate, environment, need, output_of, ratios

TITLE = "What one would pick instead"

CALL_ROUNDS, SERVER_ROUNDS = 15, 11
BATCHES = 50  # of 100 calls
FAILURES = 1050
SUCCEED = {"write, pipe": ("write", "pipe"), "send, UNIX": ("send", "unix")}
FAIL = {"failing write, pipe": "pipe", "failing write, TCP": "tcp"}
NGINX, BODY = "nginx", 612  # bytes
TIMEOUT = 60

BARE, IGNORED, JSON, LTTNG = "bare", "trap '' PIPE", "guarded, JSON to a file", "guarded, LTTng"
SECCOMP = "strace --seccomp-bpf"
ALIVE = (IGNORED, JSON, LTTNG)  # elsewhere a program that outlives a failing write has a handler of its own
OF_SERVERS = (BARE, JSON, "strace", SECCOMP, "bpftrace", "ltrace")

STRACE = ("strace", "-f", "-e", "trace=write,writev,sendto,sendmsg,sendfile")
LTRACE = ("ltrace", "-f", "-e", "write+writev+send+sendto+sendmsg+sendfile")
BPFTRACE_CALLS = ("write", "writev", "sendto", "sendmsg", "sendfile64")
BPFTRACE = ",".join(f"tracepoint:syscalls:sys_exit_{call}" for call in BPFTRACE_CALLS)
BPFTRACE += ' /args->ret == -32/ { printf("%s %s %d EPIPE\\n", probe, comm, pid); }'

# words(command): what runs it; how: options of subprocess; told: the file where it tells of failures.
Way = collections.namedtuple("Way", "words how told", defaults=(None,))


def measure(bench):
    with session.where_possible(bench) as tracing:
        ways = {name: way for name, way in ways_of(bench, tracing).items() if works(bench, name, way)}
        columns = {what: calls(bench, ways, *which) for what, which in SUCCEED.items()}
        columns |= {what: failures(bench, ways, channel) for what, channel in FAIL.items()}
        seen = {name: watch_one(bench, way) for name, way in ways.items()}
        traced = tracing.events() if tracing else []
    columns |= servers(bench, ways)
    tell_times(bench, ways, columns)
    tell_what_is_told(bench, seen, "\n".join(traced))


def ways_of(bench, tracing):
    how = {"env": environment(), "preexec_fn": instance.on_processor(-1)}

    def file(name):
        return bench.directory / f"instead.{name}"

    def outside(name, *words):
        return Way(lambda command: [*words, "-o", file(name), *command], how, file(name))

    logged = how | {"env": environment(SHIM, BPGUARD_LOG=str(file("json")), BPGUARD_RATE="0")}
    ignoring = ("sh", "-c", "trap '' PIPE; exec \"$@\"", "sh")
    return {
        BARE: Way(list, how),
        IGNORED: Way(lambda command: [*ignoring, *command], how),
        JSON: Way(list, logged, file("json")),
        **({LTTNG: Way(list, how | {"env": tracing.environment(), **tracing.user})} if tracing else {}),
        "strace": outside("strace", *STRACE),
        SECCOMP: outside("seccomp", *STRACE, "--seccomp-bpf"),
        "bpftrace": Way(lambda command: bpftrace(command, file("bpftrace")), how, file("bpftrace")),
        "ltrace": outside("ltrace", *LTRACE),
    }


def bpftrace(command, file):
    """It wants the command in one word, with a path, and finds tracepoints by tracefs; where that is not
    mounted, root may do that for one program alone."""
    mounted = any(pathlib.Path(f"/sys/kernel/{at}/events").exists() for at in ("tracing", "debug/tracing"))
    mount = ("unshare", "-m", "sh", "-c", 'mount -t tracefs none /sys/kernel/tracing && exec "$@"', "sh")
    before = () if mounted or os.geteuid() else mount
    line = " ".join([shutil.which(str(command[0])), *map(str, command[1:])])
    return [*before, "bpftrace", "-q", "-o", file, "-e", BPFTRACE, "-c", line]


def works(bench, name, way):
    """Whether it can run a program here; where not, it says why in its own words."""
    if way.told and name != JSON and not shutil.which(name.split()[0]):
        bench.say(f"SKIP: {name}: not installed")
        return False
    command = [str(word) for word in way.words([shutil.which("true")])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, **way.how)
    if done.returncode:
        lines = done.stderr.splitlines() or [f"status {done.returncode}"]
        errors = [line for line in lines if "ERROR" in line] or lines[-1:]
        bench.say(f"SKIP: {name}: {'; '.join(errors)}")
    return done.returncode == 0


def run(way, *command):
    return float(output_of(way.words(command), timeout=TIMEOUT, **way.how))


def calls(bench, ways, call, channel):
    """{way: time of a call that succeeds, round by round}"""
    program = bench.compile("calls")
    rounds = bench.rounds(CALL_ROUNDS)
    return alternate(ways, rounds, lambda way: run(ways[way], program, call, channel, "time", BATCHES))


def failures(bench, ways, channel):
    """{way: time of a write that fails, round by round}"""
    command = [bench.compile("failing"), channel, "write", FAILURES]

    def once(way):
        return run(ways[way], *command, *(() if way in ALIVE else ("harmless",)))

    return alternate(ways, bench.rounds(CALL_ROUNDS), once)


class Nginx(instance.Server):
    """Run in one of the ways."""

    def __init__(self, directory, way, guarded):
        super().__init__(directory, lambda *where: way.words(instance.nginx(*where)), guarded)

    def __exit__(self, *_):
        """What runs it ends with it; the other way round it could outlive that."""
        pid = self.directory / "nginx.pid"
        with contextlib.suppress(OSError, ValueError):
            os.kill(int(pid.read_text()), signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(instance.PATIENCE)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        pid.unlink(missing_ok=True)


def servers(bench, ways):
    """{NGINX: {way: time of a request, round by round}}"""
    try:
        need("nginx", "wrk")
    except Missing as missing:
        bench.say(f"SKIP: {NGINX}: {missing}")
        return {}
    directory = bench.directory / "instead"
    directory.mkdir()
    (directory / "small").write_bytes(b"x" * BODY)
    load = Wrk("small", 16, True)

    def once(way):
        with Nginx(directory, ways[way], way == JSON) as server:
            load.warm_up(server.port)
            return 1 / load.run(server.port)[1]

    of_servers = [way for way in OF_SERVERS if way in ways]
    return {NGINX: alternate(of_servers, bench.rounds(SERVER_ROUNDS), once)}


def tell_times(bench, ways, columns):
    def cell(what, way):
        if way not in columns[what]:
            return ""
        spread = ratios(columns[what][way], columns[what][BARE])
        bench.figure(what, way, "time ratio", spread)
        return spread.shown(2)

    bench.say(
        f"Time, against bare: of a call, in {bench.rounds(CALL_ROUNDS)} rounds; of a request for {BODY} "
        f"bytes, kept alive, in {bench.rounds(SERVER_ROUNDS)} rounds of {SECONDS} s of wrk. A program and "
        "what runs it share a processor. A failing write's program has a handler of its own unless it is "
        "kept alive."
    )
    rows = [[way, *(cell(what, way) for what in columns)] for way in ways if way != BARE]
    bench.table(["time / bare", *columns], rows)


def watch_one(bench, way):
    """Whether a program that leaves SIGPIPE alone outlives its failing writes; what is told of them."""
    command = way.words([bench.compile("failing"), "tcp", "write", 51])
    if way.told:
        way.told.unlink(missing_ok=True)
    done = subprocess.run([str(word) for word in command], capture_output=True, timeout=TIMEOUT, **way.how)
    told = way.told.read_text(errors="replace") if way.told and way.told.exists() else ""
    return bool(done.stdout.strip()), told  # not by the status: bpftrace's is its own


def tell_what_is_told(bench, seen, traced):
    looked_for = {
        "names the fd": r'\bwrite\(\d|"fd":\d|\bfd = \d',
        "the peer": r'"peer":"127\.|\bpeer = "127\.|->127\.',
        "the cause": r'"cause":"|\bcause = \( "[a-z]',
    }
    rows = []
    for way, (survives, told) in seen.items():
        text = traced if way == LTTNG else told
        found = [survives, *(re.search(pattern, text) for pattern in looked_for.values())]
        rows.append([way, *("yes" if it else "no" for it in found)])
    bench.table(["a failing write on TCP", "survives", *looked_for], rows)
