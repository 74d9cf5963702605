"""What a fork costs with the log on. The kernel copies the table of descriptors at each, up to the highest one:
a log's descriptor far up would be paid for by every child."""

import resource

from measure import SHIM as LIBRARY
from measure import Missing, alternate, environment, output_of, ratios

TITLE = "Forks"

FORKS, ROUNDS = 4000, 5  # 20,000 in all, each way
LIMIT = 20_000  # soft and hard: no number lies above
MOST = 1.03
OFF, QUIET, FAILED = "log off", "log on", "log on, after a failure"


def measure(bench):
    program = bench.compile("forks")
    log = bench.directory / "forks.log"
    ways = OFF, QUIET, FAILED
    count = 200 if bench.quick else FORKS
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < LIMIT:
        raise Missing(f"{LIMIT} fds")

    def once(way):
        words = [program, count, *(["failed"] if way == FAILED else [])]
        env = environment(LIBRARY, BPGUARD_LOG="off" if way == OFF else str(log))
        limits = (LIMIT, LIMIT)
        return float(output_of(words, env, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, limits)))

    taken = alternate(ways, bench.rounds(ROUNDS), once)
    rows = []
    for way in (QUIET, FAILED):
        spread = ratios(taken[way], taken[OFF])
        rows.append([way, spread.shown()])
        bench.figure("forks", way, "CPU, of that with the log off", spread.middle)
        text = f"at most {MOST} of the CPU time of {count * bench.rounds(ROUNDS)} forks, {way}"
        bench.goal(text, spread.middle, spread.middle <= MOST)
    bench.table([f"forks, RLIMIT_NOFILE {LIMIT}", "CPU, of that with the log off"], rows)
