"""The machine that was measured, for the report and the JSON."""

import datetime
import json
import os
import platform
import re
import subprocess

import measure


def _first(path, pattern):
    try:
        with open(path) as file:
            found = re.search(pattern, file.read(), re.MULTILINE)
    except OSError:
        return None
    return found.group(1).strip().strip('"') if found else None


def _printed(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, cwd=measure.TOP).stdout.strip()
    except OSError:
        return ""


def facts():
    return {
        "date": datetime.date.today().isoformat(),
        "system": _first("/etc/os-release", r"^PRETTY_NAME=(.*)$") or platform.system(),
        "kernel": platform.release(),
        "machine": platform.machine(),
        "processor": _first("/proc/cpuinfo", r"^model name\s*:\s*(.*)$") or "unknown",
        "processors": len(os.sched_getaffinity(0)),
        "libc": " ".join(platform.libc_ver()),
        "compiler": _printed(os.environ.get("CC", "cc").split()[0], "-dumpfullversion"),
        "commit": _printed("git", "describe", "--always", "--dirty"),
    }


def described():
    it = facts()
    return (
        f"{it['system']}, kernel {it['kernel']}, {it['libc']}, {it['processors']} processors "
        f"({it['processor']}, {it['machine']}), compiler {it['compiler']}, {it['date']}, "
        f"commit {it['commit'] or 'unknown'}. "
        "Ratios are medians over rounds in which the ways take turns; in parentheses from the 10th to the "
        "90th percentile."
    )


def as_json(bench):
    document = {"machine": facts(), "quick": bench.quick, "figures": bench.figures}
    return json.dumps(document, indent=1) + "\n"
