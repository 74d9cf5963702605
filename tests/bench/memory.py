"""What memory a guard takes: private dirty pages at the start of a server, and with its connections.

A page counts where it is the process's own copy. smaps' Private_Dirty alone would not tell: it has also the
pages of a file that the kernel has not yet written to its disk, or never will on a tmpfs, where one process
alone maps them; a libbpguard.so that was just built looks 100 KiB larger. These are not Anonymous."""

import collections
import re
import resource
import subprocess
import threading

from measure import SHIM as LIBRARY
from measure import Missing, Spread, alternate, environment

TITLE = "Memory"

ROUNDS = 3
FEW, MANY = 1000, 100_000
OTHER_FDS = 32  # that a server or client may have beside its connections
MOST_AT_START = 96  # KiB
MOST_A_CONNECTION = 64  # bytes
TIMEOUT = 120
EMPTY, SHIM = "empty preload", "shim"
KINDS = OWN, HEAP, ANONYMOUS, FILES = "of the preload's file", "heap", "other anonymous", "of other files"


class Program:
    """memory.c, as a server or as its client."""

    def __init__(self, command, env):
        self.command = [str(word) for word in command]
        self.env = env

    def __enter__(self):
        self.process = subprocess.Popen(
            self.command, env=self.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.timer = threading.Timer(TIMEOUT, self.process.kill)
        self.timer.start()
        return self

    def __exit__(self, *_):
        self.timer.cancel()
        self.process.kill()
        self.process.communicate()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{' '.join(self.command)}: ended, status {self.process.wait()}")
        return int(line)

    def ask(self, connections):
        self.process.stdin.write(f"{connections}\n")


def kind_of(name, preload):
    if name == str(preload.resolve()):
        return OWN
    if name == "[heap]":
        return HEAP
    return FILES if name.startswith("/") else ANONYMOUS


def dirty(pid, preload):
    """{kind: KiB}, from smaps (proc(5))"""
    found = dict.fromkeys(KINDS, 0)
    with open(f"/proc/{pid}/smaps") as smaps:
        for line in smaps:
            words = line.split()
            if re.match("[0-9a-f]+-[0-9a-f]+ ", line):
                kind = kind_of(words[5] if len(words) > 5 else "", preload)
            elif words[0] == "Private_Dirty:":
                private = int(words[1])
            elif words[0] == "Anonymous:":
                found[kind] += min(private, int(words[1]))
    return found


def resident(pid):
    """KiB"""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


Snapshot = collections.namedtuple("Snapshot", "dirty resident")


def serve(program, preload, counts):
    """Snapshots of a server: at its start, and with each of `counts` connections."""
    with Program([program, "server"], environment(preload)) as server:
        pid, port = server.process.pid, server.answer()
        taken = [Snapshot(dirty(pid, preload), resident(pid))]
        with Program([program, "client", port], environment()) as client:
            for count in counts:
                for end in (server, client):
                    end.ask(count)
                for end in (client, server):
                    end.answer()
                taken.append(Snapshot(dirty(pid, preload), resident(pid)))
    return taken


def counts_here(bench):
    """As many connections as there can be: a server has an fd for each."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if most == resource.RLIM_INFINITY or most >= MANY + OTHER_FDS:
        return FEW, MANY
    if most < FEW + OTHER_FDS:
        raise Missing(f"{FEW} fds: the hard RLIMIT_NOFILE is {most}")
    bench.say(f"{most - OTHER_FDS} connections instead of {MANY}: the hard RLIMIT_NOFILE is {most}.")
    return FEW, most - OTHER_FDS


def all_dirty(taken):
    return sum(taken.dirty.values())


def middle(values):
    return Spread(values).middle


def tell_start(bench, taken):
    parts = {kind: (lambda it, kind=kind: it.dirty[kind]) for kind in KINDS}
    rows = []
    for name, amount in {**parts, "in all": all_dirty}.items():
        kib = [middle([amount(run[0]) for run in taken[way]]) for way in (EMPTY, SHIM)]
        more = kib[1] - kib[0]
        rows.append([name, *(f"{value:.0f}" for value in (*kib, more))])
        bench.figure("private dirty pages at start", name, "KiB more than empty preload", more)
    bench.table(["private dirty pages at start, KiB", EMPTY, SHIM, "more"], rows)
    text = f"at most {MOST_AT_START} KiB of private dirty memory more at start"
    bench.goal(text, more, more <= MOST_AT_START, digits=0)


def growth(run, step, amount):
    return amount(run[step]) - amount(run[0])


def a_connection(taken, step, count, amount):
    """Bytes: by how much more the guarded server grew than the other, median of the rounds."""
    more = [
        growth(guarded, step, amount) - growth(bare, step, amount)
        for guarded, bare in zip(taken[SHIM], taken[EMPTY])
    ]
    return middle(more) * 1024 / count


def tell_connections(bench, taken, counts):
    amounts = {"private dirty": all_dirty, "VmRSS": lambda it: it.resident}
    rows, found = [], {}
    for step, count in enumerate(counts, 1):
        found[count] = [a_connection(taken, step, count, amount) for amount in amounts.values()]
        rows.append([count, *(f"{value:.1f}" for value in found[count])])
        for name, value in zip(amounts, found[count]):
            bench.figure(f"{count} connections", SHIM, f"bytes a connection, {name}", value)
    bench.table(["connections", *(f"bytes more for each, {name}" for name in amounts)], rows)
    for count in counts:
        text = f"at most {MOST_A_CONNECTION} bytes a connection, of {count}"
        bench.goal(text, found[count][0], found[count][0] <= MOST_A_CONNECTION, digits=1)


def measure(bench):
    program = bench.compile("memory")
    counts = counts_here(bench)
    ways = {EMPTY: bench.empty_preload(), SHIM: LIBRARY}
    taken = alternate(ways, bench.rounds(ROUNDS), lambda way: serve(program, ways[way], counts))
    tell_start(bench, taken)
    tell_connections(bench, taken, counts)
