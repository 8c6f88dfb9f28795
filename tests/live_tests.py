#!/usr/bin/env python3
"""Runs the tests of a GoogleTest binary that use a live server.

    live_tests.py <binary> <filter>

The timers of a live server slip on a busy machine, beyond what a test can allow
for. A few tests that fail therefore run a second time, on a server of their own;
both runs are printed, and what fails twice has failed. More than a few, or an end
without a failed test (a crash, a leak), has failed at once.
"""

import re
import subprocess
import sys

FEW = 3
FAILED = re.compile(r"^\[  FAILED  \] ([^\s,]+)")
# Counted by those who read the log: only what is final may look like this.
SUMMARY = re.compile(r"^(\[  FAILED  \]| *\d+ FAILED TESTS?$)")


def run(binary, tests):
    """The exit status, and the lines that were printed."""
    lines = []
    with subprocess.Popen(
        [binary, f"--gtest_filter={tests}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout:
            lines.append(line)
        status = process.wait()
    return status, lines


def main():
    binary, tests = sys.argv[1:]
    status, lines = run(binary, tests)
    failed = sorted({found[1] for line in lines if (found := FAILED.match(line))})
    if status != 1 or not 0 < len(failed) <= FEW:
        sys.stdout.writelines(lines)
        return status if status >= 0 else 1
    for line in lines:
        sys.stdout.write(("first run: " if SUMMARY.match(line) else "") + line)
    print(f"\n{', '.join(failed)} failed beside others; once more:", flush=True)
    status, lines = run(binary, ":".join(failed))
    sys.stdout.writelines(lines)
    return status if status >= 0 else 1


if __name__ == "__main__":
    sys.exit(main())
