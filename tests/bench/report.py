"""What reporting a trace costs, beside reading it. CPU seconds, the best of three rounds: what else the
machine does can only add to them."""

import pathlib
import sys
import tempfile

from measure import TOP, Missing, alternate, need, output_of

TITLE = "What a report costs"

REPORT, TRACE = TOP / "build" / "bpguard-report", TOP / "build" / "tests" / "report" / "trace"
RECORDS, PEERS = 5_000_000, (1_000_000, 10_000)
QUICK_RECORDS = 50_000
ROUNDS = 3
MOST_OF_READING, LEAST_OF_TEXT, MOST_MIB = 1.3, 3, 200
READ, REPORTED, TEXT = "read it (sink.utils.dummy)", "report it", "babeltrace2's own text"
TIMEOUT = 600

# A process of its own: a peak of memory counts what the one had that started it, which shall be little.
METER = f"""
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True, timeout={TIMEOUT})
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""


def measure(bench):
    need("babeltrace2")
    for program in (REPORT, TRACE):
        if not program.exists():
            raise Missing(f"{program.relative_to(TOP)} is not built")
    records = QUICK_RECORDS if bench.quick else RECORDS
    for peers in PEERS:
        measure_trace(bench, records, peers * records // RECORDS)


def measure_trace(bench, records, peers):
    with tempfile.TemporaryDirectory(dir=bench.directory) as directory:
        trace = pathlib.Path(directory) / "trace"
        output_of([TRACE, trace, records, peers], timeout=TIMEOUT)
        commands = {
            READ: ["babeltrace2", trace, "--component=sink.utils.dummy"],
            REPORTED: [REPORT, trace],
            TEXT: ["babeltrace2", trace],
        }
        costs = alternate(commands, bench.rounds(ROUNDS), lambda way: cost(commands[way]))
    best = {way: min(costs[way]) for way in commands}
    tell(bench, f"{records:,} records, {peers:,} peers", best)


def cost(command):
    """CPU seconds, and the peak of memory in MiB."""
    metered = [sys.executable, "-I", "-S", "-c", METER, *command]
    seconds, mib = output_of(metered, timeout=TIMEOUT + 10).split()
    return float(seconds), float(mib)


def tell(bench, what, best):
    for way, (seconds, mib) in best.items():
        bench.figure(what, way, "CPU s", seconds)
        bench.figure(what, way, "MiB", mib)
    rows = [[way, f"{seconds:.2f} s", f"{mib:.0f} MiB"] for way, (seconds, mib) in best.items()]
    bench.table([what, "CPU", "memory at most"], rows)
    of_reading, of_text = (best[REPORTED][0] / best[READ][0], best[TEXT][0] / best[REPORTED][0])
    mib = best[REPORTED][1]
    bench.goal(f"{what}: report / read at most {MOST_OF_READING}", of_reading, of_reading <= MOST_OF_READING)
    bench.goal(f"{what}: text / report at least {LEAST_OF_TEXT}", of_text, of_text >= LEAST_OF_TEXT)
    bench.goal(f"{what}: report in less than {MOST_MIB} MiB", mib, mib < MOST_MIB, digits=0)
