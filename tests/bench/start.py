"""What starting a guarded program costs: /bin/true, from posix_spawn until it has ended."""

import pathlib
import shutil
import tempfile

import session
from measure import SHIM as LIBRARY
from measure import TOP, Spread, environment, more_than, output_of

TITLE = "Start"

STARTS = 1000
WRAPPED_STARTS = 100
MOST_OVER_EMPTY = 60  # µs
TIMEOUT = 300
PROGRAM = "/bin/true"
UNITS = ("µs", "CPU µs", "page faults")  # as start.c prints them
BARE, EMPTY, SHIM, LOGGED = "bare", "empty preload", "shim", "shim, log to a file"
CHILD = "shim, in a guarded program's child"
TRACED, UNHEARD = "shim, LTTng on, in a session", "shim, LTTng on, no session daemon"
WRAPPED = "by the wrapper, bpguard"


def preloaded(library, **variables):
    """A way: what it adds to the environment, and the command."""
    return {"LD_PRELOAD": library, **variables}, [PROGRAM]


class Starter:
    """Starts programs where no session daemon is found unless a way says where one is."""

    def __init__(self, bench, home, user=()):
        self.program = bench.compile("start")
        self.environment = environment(HOME=str(home))
        del self.environment["BPGUARD_LTTNG"]  # as by default
        self.user = dict(user)

    def costs(self, ways, count):
        """{way: its UNITS, each a list of all rounds}"""
        words = []
        for variables, command in ways.values():
            words += ["--", *(f"{name}={value}" for name, value in variables.items()), *command]
        lines = self._run([self.program, count, *words])
        columns = list(zip(*(map(float, line.split()) for line in lines)))
        return {way: columns[len(UNITS) * i :][: len(UNITS)] for i, way in enumerate(ways)}

    def system_calls(self, variables, command):
        """Those of its threads and children too, by strace; None where that is not installed."""
        if not shutil.which("strace"):
            return None
        settings = [word for name, value in variables.items() for word in ("-E", f"{name}={value}")]
        lines = self._run(["strace", "-f", "-c", "-o", "|cat", *settings, *command])
        return int(next(line for line in lines if line.endswith(" total")).split()[3])

    def _run(self, command):
        return output_of(command, self.environment, timeout=TIMEOUT, **self.user).splitlines()


def tell(bench, starter, ways, count, base):
    """A table; returns {way: how many µs more than `base`}."""
    costs = starter.costs(ways, bench.rounds(count))
    over, rows = {}, []
    for way in ways:
        spent = [Spread(values) for values in costs[way]]
        more = [more_than(before, values) for before, values in zip(costs[base], costs[way])]
        calls = starter.system_calls(*ways[way])
        times = [cost.shown(0) for cost in (spent[0], *more[:2])]
        rows.append([way, *times, f"{spent[2].middle:.0f}", calls or "–"])
        for unit, value, difference in zip(UNITS, spent, more):
            bench.figure(PROGRAM, way, unit, value)
            bench.figure(PROGRAM, way, f"{unit} more than {base}", difference)
        if calls:
            bench.figure(PROGRAM, way, "system calls", calls)
        over[way] = more[0]
    what = f"{PROGRAM}, {bench.rounds(count)} times"
    bench.table([what, "µs", f"more than {base}", "more CPU time", "page faults", "system calls"], rows)
    return over


def tell_shim(bench, home):
    ways = {
        BARE: ({}, [PROGRAM]),
        EMPTY: preloaded(bench.empty_preload()),
        SHIM: preloaded(LIBRARY),
        CHILD: preloaded(LIBRARY, BPGUARD_ROOT="1:0"),
        LOGGED: preloaded(LIBRARY, BPGUARD_LOG=home / "log"),
    }
    found = tell(bench, Starter(bench, home), ways, STARTS, EMPTY)[SHIM].middle
    text = f"a start costs at most {MOST_OVER_EMPTY} µs more than with an empty preload"
    bench.goal(text, found, found <= MOST_OVER_EMPTY, digits=0)


def tell_wrapper(bench, home):
    ways = {BARE: ({}, [PROGRAM]), WRAPPED: ({}, [TOP / "scripts" / "bpguard", PROGRAM])}
    tell(bench, Starter(bench, home), ways, WRAPPED_STARTS, BARE)


def tell_tracing(bench, home, tracing):
    """Apart from the others: what its threads and the daemon are still at would meet the next in turn."""
    library = tracing.environment()["LD_PRELOAD"]
    ways = {
        EMPTY: preloaded(bench.empty_preload()),
        UNHEARD: preloaded(library, BPGUARD_LTTNG="on"),
        TRACED: preloaded(library, BPGUARD_LTTNG="on", LTTNG_HOME=tracing.home),
    }
    tell(bench, Starter(bench, home, tracing.user), ways, STARTS, EMPTY)


def measure(bench):
    home = pathlib.Path(tempfile.mkdtemp(prefix="start.", dir=bench.directory))
    home.chmod(0o755)  # a session's user looks there for a daemon
    tell_shim(bench, home)
    tell_wrapper(bench, home)
    with session.where_possible(bench) as tracing:
        if tracing:
            tell_tracing(bench, home, tracing)
