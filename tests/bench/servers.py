"""Whole servers: what the guard takes of their throughput, and adds to their slowest answers.

Each turn starts the server anew, for where a process's pages happen to lie lasts as long as it lives.
Server and load have a processor each, where there are two, and so many connections that the server seldom
waits, or the time to wake it would be measured. What else a machine does comes in bursts, from
milliseconds to seconds: with many short turns fewer of them meet one than with few long ones. CPU time is
told beside, for it hardly knows of others."""

import collections

import instance
from load import SECONDS, RedisBenchmark, Wrk
from measure import Missing, Spread, alternate, need, ratios

TITLE = "Whole servers"

WAYS = ("unguarded", "guarded", "again")  # the last is unguarded too: how far two of a kind differ
ROUNDS = 21  # a multiple of the ways, so that each is the first as often
LEAST_THROUGHPUT, MOST_LATENCY = 0.99, 1.02
RATE, P99, CPU = "throughput", "99th percentile", "CPU time a request"
FIGURES = ((RATE, "1/s", 0), (P99, "µs", 0), (CPU, "µs", 2))  # unit, digits
BODIES = {"small": 612, "large": 1 << 20}

Workload = collections.namedtuple("Workload", "name program command load")

WORKLOADS = (
    Workload("nginx, small body, keep-alive", "nginx", instance.nginx, Wrk("small", 16, True)),
    Workload("nginx, small body, a connection a request", "nginx", instance.nginx, Wrk("small", 16, False)),
    Workload("nginx, large body, keep-alive", "nginx", instance.nginx, Wrk("large", 4, True)),
    Workload("nginx, large body, a connection a request", "nginx", instance.nginx, Wrk("large", 4, False)),
    Workload("redis, SET, -P 1", "redis-server", instance.redis, RedisBenchmark("set", 1, 200, 60_000)),
    Workload("redis, GET, -P 1", "redis-server", instance.redis, RedisBenchmark("get", 1, 200, 60_000)),
    Workload("redis, SET, -P 16", "redis-server", instance.redis, RedisBenchmark("set", 16, 100, 500_000)),
    Workload("redis, GET, -P 16", "redis-server", instance.redis, RedisBenchmark("get", 16, 100, 500_000)),
    Workload("perl, HTTP::Daemon", "perl", instance.perl, Wrk("small", 4, False)),
    Workload("python, http.server", "python3", instance.python, Wrk("small", 4, False)),
)


def turn(directory, workload, way):
    """FIGURES, and how many failing calls it recorded."""
    with instance.Server(directory, workload.command, way == "guarded") as server:
        workload.load.warm_up(server.port)
        before = server.cpu_seconds()
        requests, rate, p99 = workload.load.run(server.port)
        cpu = (server.cpu_seconds() - before) / requests * 1e6
    return rate, p99, cpu, server.failures()


class Row:
    """What a workload's turns come to: unguarded, and the ratios to that, by figure."""

    def __init__(self, workload, turns):
        self.name, self.step = workload.name, workload.load.step
        columns = {way: list(zip(*turns[way])) for way in WAYS}
        self.plain, self.guarded, self.itself = {}, {}, {}
        for at, (what, _, _) in enumerate(FIGURES):
            plain = columns["unguarded"][at]
            self.plain[what] = Spread(plain)
            self.guarded[what] = ratios(columns["guarded"][at], plain)
            self.itself[what] = ratios(columns["again"][at], plain)
        self.failures = sum(columns["guarded"][-1])

    def step_share(self):
        """The least by which two 99th percentiles can differ."""
        return self.step / self.plain[P99].middle

    def usual(self, what):
        """Between what unguarded against itself comes; 1 is always inside, whatever chance says."""
        return min(1, self.itself[what].low), max(1, self.itself[what].high)

    def has_throughput(self):
        return self.guarded[RATE].middle >= max(LEAST_THROUGHPUT, self.usual(RATE)[0])

    def is_prompt(self):
        """A step beyond the spread is still inside: where all of it is on one step, so might the next be."""
        ratio = self.guarded[P99].middle
        return ratio <= min(MOST_LATENCY, self.usual(P99)[1] + self.step_share())


def measure(bench):
    directory = bench.directory / "servers"
    directory.mkdir()
    for name, size in BODIES.items():
        (directory / name).write_bytes(b"x" * size)
    rows = []
    for workload in WORKLOADS:
        try:
            need(workload.program, *workload.load.needs)
            turns = alternate(WAYS, bench.rounds(ROUNDS), lambda way: turn(directory, workload, way))
        except Missing as missing:
            bench.say(f"SKIP: {workload.name}: {missing}")
        else:
            rows.append(Row(workload, turns))
    if not rows:
        raise Missing("none of the servers can be measured")
    tell(bench, rows)
    for row in rows:
        keep(bench, row)
        judge(bench, row)


def tell(bench, rows):
    bench.say(
        f"{bench.rounds(ROUNDS)} rounds, each with a fresh server for each way and about {SECONDS} s of load "
        f"by wrk (bodies of {BODIES['small']} bytes and 1 MiB) or an equal number of requests by "
        "redis-benchmark. In the 99th percentile each request counts once: those that wrk adds for the ones "
        "that it could not make in time are left out. CPU time is the server's own, whatever else runs on "
        "its processor."
    )
    for what, unit, digits in FIGURES:
        bench.table(
            (what, f"unguarded, {unit}", "guarded / unguarded", "unguarded / itself"),
            [
                (
                    row.name,
                    f"{row.plain[what].middle:.{digits}f}" + (f", by {row.step}" if what == P99 else ""),
                    row.guarded[what].shown(),
                    row.itself[what].shown(),
                )
                for row in rows
            ],
        )
    told = ", ".join(f"{row.name} {row.failures}" for row in rows if row.failures)
    bench.say(f"Failing calls recorded, where the load left before it was answered: {told or 'none'}.")
    bench.say()


def keep(bench, row):
    for what, unit, _ in FIGURES:
        bench.figure(f"{row.name}: {what}", "unguarded", unit, row.plain[what])
        bench.figure(f"{row.name}: {what}", "guarded / unguarded", "ratio", row.guarded[what])
        bench.figure(f"{row.name}: {what}", "unguarded / itself", "ratio", row.itself[what])
    bench.figure(f"{row.name}: failing calls recorded", "guarded", "calls", row.failures)


def judge(bench, row):
    least, most = row.usual(RATE)[0], row.usual(P99)[1]
    bench.goal(
        f"{row.name}: {RATE} at least {LEAST_THROUGHPUT}, inside unguarded against itself, from {least:.3f}",
        row.guarded[RATE].middle,
        row.has_throughput(),
        digits=3,
    )
    bench.goal(
        f"{row.name}: {P99} at most {MOST_LATENCY}, inside unguarded against itself, to {most:.3f}",
        row.guarded[P99].middle,
        row.is_prompt(),
        digits=3,
    )
