"""Connections: what it costs to note who is at the other end, when a server accepts and closes.

As a whole: server and client in lock step on one processor, so that nobody's waiting hides the other's
work. The server's side alone: connections that wait already are accepted and closed; on that processor
too, for what one has allocated another frees more slowly."""

import contextlib
import os
import select
import socket
import statistics
import struct
import subprocess

from instance import PATIENCE, check_guard
from measure import SHIM, Missing, Spread, alternate, environment, need, output_of, ratios

TITLE = "Connections"

ROUNDS = 20
WHOLE = 5000  # connections, in lock step
BACKLOG, BATCHES = 200, 30
MOST = 1.05
HOW = {"accept": "accept(fd, NULL, NULL)", "accept-address": "accept(fd, &address, …)", "accept4": "accept4"}
GUARDED = ("auto", "calls")
WAYS = ("unguarded", "empty preload", *GUARDED)
RESET = struct.pack("ii", 1, 0)  # struct linger: as connector.c's


def surroundings(bench, way):
    if way in GUARDED:
        return environment(SHIM, BPGUARD_PROTECT=way)
    return environment(bench.empty_preload() if way == "empty preload" else None)


class Acceptor:
    """connections.c."""

    def __init__(self, command, env):
        self.command, self.env = command, env

    def __enter__(self):
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(self.command, env=self.env, stdin=pipe, stdout=pipe, text=True)
        try:
            self.port = self.read()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def read(self):
        told = select.select([self.process.stdout], [], [], PATIENCE)[0] and self.process.stdout.readline()
        if not told:
            raise RuntimeError(f"{self.command[-2]} {self.command[-1]} said nothing")
        return int(told)

    def accept(self, count):
        print(count, file=self.process.stdin, flush=True)

    def whole(self, connector, count):
        """ns a connection, client and all."""
        self.accept(count)
        time = float(output_of([connector, self.port, count], timeout=PATIENCE))
        self.read()
        return time

    def backlog(self, count):
        """ns a connection, of `count` that wait."""
        with contextlib.ExitStack() as waiting:
            for _ in range(count):
                client = waiting.enter_context(socket.create_connection(("127.0.0.1", self.port)))
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self.accept(count)
            return self.read() / count


def turn(bench, how, way):
    with Acceptor([bench.compile("connections"), how], surroundings(bench, way)) as server:
        check_guard(server.process.pid, way in GUARDED)
        whole = server.whole(bench.compile("connector"), WHOLE)
        return whole, statistics.median(server.backlog(BACKLOG) for _ in range(BATCHES))


def calls_of(bench, how, way, batches):
    """{system call: how often}, the start included."""
    env = surroundings(bench, way)
    preload = env.pop("LD_PRELOAD", None)
    summary = bench.directory / "summary"
    command = ["strace", "-c", "-U", "calls,name", "-o", summary]
    command += ["-E", f"LD_PRELOAD={preload}"] if preload else []
    with Acceptor([*command, bench.compile("connections"), how], env) as server:
        for _ in range(batches):
            server.backlog(BACKLOG)
    lines = (line.split() for line in summary.read_text().splitlines())
    return {words[1]: int(words[0]) for words in lines if len(words) == 2 and words[0].isdigit()}


def calls_a_connection(bench, how, way):
    """Two lengths subtracted, so that the start does not count."""
    few, many = (calls_of(bench, how, way, batches) for batches in (1, 2))
    return {name: (many[name] - few.get(name, 0)) / BACKLOG for name in many}


def extra_calls(bench, how):
    """What the guard asks the kernel at each connection, by name and how often."""
    need("strace")
    own, guarded = (calls_a_connection(bench, how, way) for way in ("unguarded", "auto"))
    more = {name: guarded[name] - own.get(name, 0) for name in sorted(guarded) if name != "total"}
    return ", ".join(f"{name} {count:.1f}" for name, count in more.items() if count > 0.05) or "none"


@contextlib.contextmanager
def one_processor():
    """For us and whom we start."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def measure(bench):
    rounds = bench.rounds(ROUNDS)
    with one_processor():
        turns = {how: alternate(WAYS, rounds, lambda way, how=how: turn(bench, how, way)) for how in HOW}
    whole, alone = ({how: Times(turns[how], at) for how in HOW} for at in (0, 1))
    bench.say(
        f"{rounds} rounds, each with a fresh server for each way. As a whole: {WHOLE} connections, of "
        f"which the median is taken. Alone: {BATCHES} times {BACKLOG} connections that wait, likewise."
    )
    tell(bench, "as a whole", whole)
    tell(bench, "the server's side alone", alone)
    try:
        for how in HOW:
            bench.say(f"- {HOW[how]}: more system calls a connection: {extra_calls(bench, how)}")
    except Missing as missing:
        bench.say(f"SKIP: system calls: {missing}")
    for how in HOW:
        for way in GUARDED:
            ratio = whole[how].ratio[way].middle
            bench.goal(f"{HOW[how]}, as a whole, {way}: at most {MOST}", ratio, ratio <= MOST, digits=3)


class Times:
    """Of a connection, by way: ns, and against unguarded."""

    def __init__(self, turns, at):
        columns = {way: [values[at] for values in turns[way]] for way in WAYS}
        self.ns = {way: Spread(column) for way, column in columns.items()}
        self.ratio = {way: ratios(columns[way], columns["unguarded"]) for way in WAYS[1:]}


def tell(bench, what, times):
    bench.table(
        (what, "unguarded, µs", "a second", *WAYS[1:]),
        [
            (
                HOW[how],
                f"{its.ns['unguarded'].middle / 1000:.2f}",
                f"{1e9 / its.ns['unguarded'].middle:.0f}",
                *(its.ratio[way].shown() for way in WAYS[1:]),
            )
            for how, its in times.items()
        ],
    )
    for how, its in times.items():
        for way in WAYS:
            bench.figure(f"{HOW[how]}, {what}", way, "ns", its.ns[way])
        for way in WAYS[1:]:
            bench.figure(f"{HOW[how]}, {what}", f"{way} / unguarded", "ratio", its.ratio[way])
