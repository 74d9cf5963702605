"""What a call that fails with EPIPE costs, by what is recorded of it: nothing, JSON to a file, LTTng. Of a
write the backstop's handler takes the signal; a send makes none, by MSG_NOSIGNAL."""

import shutil

import session
from measure import SHIM, Spread, alternate, environment, more_than, output_of, ratios

TITLE = "Calls that fail"

CALLS = {
    "write, pipe": ("pipe", "write"),
    "write, UNIX": ("unix", "write"),
    "write, TCP": ("tcp", "write"),
    "send, UNIX": ("unix", "send"),
    "send, TCP": ("tcp", "send"),
}
ROUNDS = 15
COUNT = 1050
MOST_OVER_BARE = 4  # µs
LEAST_OF_STRACE = 5
OF_STRACE = ("write, pipe", "write, TCP")  # of a UNIX socket the record tells the peer's process too
BARE, IGNORED, SILENT = "bare", "bare, SIGPIPE ignored", "guarded, no record"
JSON, LTTNG, STRACE = "guarded, JSON to a file", "guarded, LTTng", "bare, under strace"


def measure(bench):
    log = bench.directory / "failing.log"
    with session.where_possible(bench) as tracing:
        ways = ways_of(bench, log, tracing)
        values = {what: measure_call(bench, ways, *call) for what, call in CALLS.items()}
        traced = tracing.events() if tracing else None
    rows = [[way, *(cell(way, values[what]) for what in CALLS)] for way in ways]
    bench.table(["µs", *CALLS], rows)
    bench.say(
        f"The median of {COUNT} calls, over {bench.rounds(ROUNDS)} rounds; how much more than bare, round by "
        "round. Bare, a write has a handler of the program's own that does nothing, and a send MSG_NOSIGNAL. "
        "strace is that of -f -e trace=write,sendto, to a file."
    )
    bench.say()
    for what in CALLS:
        keep(bench, what, values[what])
        judge(bench, what, values[what])
    logged = log.read_text().splitlines() if log.exists() else []
    judge_recorded(bench, "log", logged, '"event":"epipe"')
    if tracing:
        judge_recorded(bench, "trace", traced, " bpguard:epipe: ")


def ways_of(bench, log, tracing):
    """{way: (words before the program, words after, how to run it)}"""
    bare = {"env": environment()}
    logged = environment(SHIM, BPGUARD_LOG=str(log), BPGUARD_RATE="0")
    ways = {
        BARE: ((), ("harmless",), bare),
        IGNORED: (("sh", "-c", 'trap "" PIPE; exec "$@"', "sh"), (), bare),
        SILENT: ((), (), {"env": environment(SHIM)}),
        JSON: ((), (), {"env": logged}),
    }
    if tracing:
        ways[LTTNG] = ((), (), {"env": tracing.environment(), **tracing.user})
    if shutil.which("strace"):
        strace = ("strace", "-f", "-e", "trace=write,sendto", "-o", bench.directory / "strace")
        ways[STRACE] = (strace, ("harmless",), bare)
    else:
        bench.say("SKIP: under strace, which is not installed")
    return ways


def measure_call(bench, ways, channel, call):
    """{way: µs a call, round by round}"""
    program = bench.compile("failing")

    def once(way):
        before, after, how = ways[way]
        return int(output_of([*before, program, channel, call, COUNT, *after], timeout=60, **how)) / 1000

    return alternate(ways, bench.rounds(ROUNDS), once)


def cell(way, values):
    own = Spread(values[way])
    if way == BARE:
        return own.shown(2)
    more = more_than(values[BARE], values[way])
    return f"{own.middle:.2f}, {more.middle:+.2f} ({more.low:+.2f} to {more.high:+.2f})"


def keep(bench, what, values):
    for way in values:
        bench.figure(what, way, "µs", Spread(values[way]))
        if way != BARE:
            bench.figure(what, way, "µs more", more_than(values[BARE], values[way]))


def judge(bench, what, values):
    if LTTNG not in values:
        return
    more = more_than(values[BARE], values[LTTNG]).middle
    bench.goal(f"{what}: LTTng at most {MOST_OVER_BARE} µs more than bare", more, more <= MOST_OVER_BARE)
    if STRACE not in values:
        return
    slower = ratios(values[STRACE], values[LTTNG])
    bench.figure(what, STRACE, "times LTTng", slower)
    if what in OF_STRACE:
        text = f"{what}: strace at least {LEAST_OF_STRACE} times as slow as LTTng"
        bench.goal(text, slower.middle, slower.middle >= LEAST_OF_STRACE)
    else:  # a send makes no signal, for which strace would stop the program once more
        bench.say(f"- {what}: strace takes {slower.shown(1)} times as long as LTTng")


def judge_recorded(bench, where, lines, mark):
    """What was not recorded would make a trace look cheap, and so would a log that is not written."""
    wanted = len(CALLS) * bench.rounds(ROUNDS) * COUNT
    found = sum(mark in line for line in lines)
    bench.goal(f"every failure is in the {where}, {wanted} in all", found, found == wanted, digits=0)
