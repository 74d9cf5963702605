"""The figures of `make bench` as one picture, by gnuplot: a dot for each median, a bar for its spread."""

import collections
import re
import shutil
import subprocess
import sys

# Of a part's figures in one unit those whose `what` is like this; what it keeps in parentheses is their name.
# `rows` says by which they lie below each other, "what" or "way"; `series`, which of the other are shown.
Panel = collections.namedtuple("Panel", "title part unit what rows series log even", defaults=(False, True))
Dot = collections.namedtuple("Dot", "row series value low high")

PANELS = (
    Panel(
        "A call that succeeds: its time, guarded / unguarded",
        *("calls", "ratio", "((?:write|send), .*)", "what"),
        series=("empty preload", "auto"),
    ),
    Panel(
        "A call that fails, with its record: µs",
        *("failing", "µs", "(.*)", "way"),
        series=("send, TCP", "write, pipe", "write, TCP"),
        log=True,
        even=False,
    ),
    Panel(
        "Whole servers: throughput, against unguarded",
        *("servers", "ratio", "(.*): throughput", "what"),
        series=("unguarded / itself", "guarded / unguarded"),
    ),
    Panel(
        "What one would pick instead: time, against bare",
        *("instead", "time ratio", "(.*)", "way"),
        series=("nginx", "write, pipe", "failing write, TCP"),
        log=True,
    ),
)
CAPTION = "Dots are medians; bars go from the 10th to the 90th percentile."
COLOURS = ("#999999", "#0060c0", "#d06000")
WIDTH, ROW, HEAD, FOOT, NOTE = 900, 28, 64, 36, 24  # pixels
LEFT, RIGHT = 0.36, 0.96  # of the width


def draw(bench, path):
    path.unlink(missing_ok=True)  # an older one would not be of these figures
    panels = [(panel, dots) for panel in PANELS if (dots := list(dots_of(bench, panel)))]
    if not panels:
        return
    if not shutil.which("gnuplot"):
        print("SKIP: the plot: gnuplot is not installed", file=sys.stderr)
        return
    done = subprocess.run(["gnuplot"], input=script(panels, path), capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise RuntimeError(f"gnuplot: {done.stderr.strip()[-500:]}")


def dots_of(bench, panel):
    for figure in bench.figures:
        if (figure["part"], figure.get("unit")) != (panel.part, panel.unit):  # a goal has none
            continue
        found = re.fullmatch(panel.what, figure["what"])
        if not found:
            continue
        row, series = found.group(1), figure["way"]
        if panel.rows == "way":
            row, series = series, row
        if series in panel.series:
            value = figure["value"]
            yield Dot(row, series, value, figure.get("low", value), figure.get("high", value))


def rows_of(dots):
    return list(dict.fromkeys(dot.row for dot in dots))


def script(panels, path):
    heights = [HEAD + ROW * len(rows_of(dots)) + FOOT for _, dots in panels]
    total = sum(heights) + NOTE
    lines = [
        f"set terminal svg size {WIDTH},{total} dynamic noenhanced font 'sans-serif,13' background '#ffffff'",
        f"set output {quoted(path)}",
        "set encoding utf8",
        f"set multiplot; set lmargin at screen {LEFT}; set rmargin at screen {RIGHT}",
        "set border 1 linecolor '#666666'; set grid xtics linecolor '#dddddd'; set bars 0",
        "set ytics scale 0 textcolor '#000000'; set xtics nomirror",
        "set key horizontal left Left reverse samplen 1 width -2.5",
        f"set label 99 {quoted(CAPTION)} at screen {LEFT}, screen {NOTE / 2 / total} textcolor '#666666'",
    ]
    top = total
    for (panel, dots), height in zip(panels, heights):
        lines += placed(panel, top, top - height, total)
        lines += scaled(panel, rows_of(dots))
        lines += plotted(panel, dots)
        lines.append("unset label 99")  # it stands there once
        top -= height
    return "\n".join([*lines, "unset multiplot", ""])


def placed(panel, top, bottom, total):
    yield f"set tmargin at screen {(top - HEAD) / total}; set bmargin at screen {(bottom + FOOT) / total}"
    yield f"set label 1 {quoted(panel.title)} at screen {LEFT}, screen {(top - 20) / total} font ',15'"
    yield f"set key at screen {LEFT}, screen {(top - 44) / total}"


def scaled(panel, rows):
    ticks = ", ".join(f"{quoted(row)} {-at}" for at, row in enumerate(rows))
    yield f"set ytics ({ticks}); set yrange [{0.5 - len(rows)}:0.5]; unset arrow"
    yield "set logscale x; set xrange [*:*]" if panel.log else "unset logscale; set xrange [*<0.98:1.02<*]"
    if panel.even:
        yield "set arrow from 1, graph 0 to 1, graph 1 nohead linecolor '#333333'"


def plotted(panel, dots):
    rows, plots = rows_of(dots), []
    for at, name in enumerate(panel.series):
        shift = 0.25 * ((len(panel.series) - 1) / 2 - at)  # below each other within a row
        own = [dot for dot in dots if dot.series == name]
        if not own:
            continue
        yield f"$series{at} << END"
        yield from (f"{dot.value} {shift - rows.index(dot.row)} {dot.low} {dot.high}" for dot in own)
        yield "END"
        plots.append(
            f"$series{at} using 1:2:3:4 with xerrorbars pointtype 7 pointsize 0.8 linewidth 2 "
            f"linecolor '{COLOURS[at]}' title {quoted(name)}"
        )
    yield "plot " + ", ".join(plots)


def quoted(text):
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'
