"""The state of each row on each server version."""
import collections
import re

from results import VERSIONS, WORLDS
from rows import tests_of_file

SAME = "same"
DIFFERS = "differs"
FAILS = "FAILS"
NOT_MODELLED = "not modelled"
LATER = "n/a"
SIMULATOR_ONLY = "unit"
NOT_TESTED = "not tested"
NOT_RUN = "not run"
STATES = {
    SAME: "a test passed in the simulator and on the live server",
    DIFFERS: "known to differ, or to be wrong in a corner: the footnote says how",
    FAILS: "a test of it failed in the simulator or on the live server",
    NOT_MODELLED: "known to be left out: the footnote says why",
    LATER: "newer than this server; the row's tests ran there all the same, and saw "
           "that both know nothing of it",
    SIMULATOR_ONLY: "unit tests of the simulator or of the client cite it; no test "
                    "asks a live server",
    NOT_TESTED: "no test names it",
    NOT_RUN: "its tests were not run for this report",
}

# The servers that the tests run on.
RELEASES = {"2.9": (2, 9, 10), "2.10": (2, 10, 27), "2.15": (2, 15, 1)}


def read_known_differences(path):
    """{(row, version): reason} of a file of `ROW VERSIONS reason`."""
    known = {}
    for line in path.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        row, versions, reason = line.split(maxsplit=2)
        for version in VERSIONS if versions == "all" else versions.split(","):
            before = known.get((row, version), "")
            known[row, version] = f"{before} {reason}".lstrip()
    return known


def read_not_modelled(path):
    return dict(line.split(maxsplit=1) for line in path.read_text().splitlines()
                if line.strip())


class TestsOfRows:
    """Which tests of the behaviour suite name a row, and which rows others name."""

    def __init__(self, root):
        self.behaviour = collections.defaultdict(set)
        self.elsewhere = set()
        for folder in ("tests", "simulator", "shared", "client"):
            for path in sorted((root / folder).rglob("*.cc")):
                self.add(path)

    def add(self, path):
        if "tests" not in path.parts and not path.name.endswith("_test.cc"):
            return
        in_worlds = "integration" in path.parts
        for test, ids in tests_of_file(path):
            for row in ids:
                if in_worlds and test is not None:
                    self.behaviour[row].add(test)
                else:
                    self.elsewhere.add(row)


def is_later(since, version):
    numbers = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", since)
    if not numbers:
        return False
    first = tuple(int(part or 0) for part in numbers.groups())
    return first > RELEASES[version]


def state_of(row, version, tests, results, known, not_modelled):
    if row.id in not_modelled:
        return NOT_MODELLED
    named = tests.behaviour.get(row.id, set())
    outcomes = {results.of(test, world)
                for test in named for world in WORLDS[version]}
    if "failed" in outcomes:
        return FAILS
    if (row.id, version) in known:
        return DIFFERS
    if not named:
        return SIMULATOR_ONLY if row.id in tests.elsewhere else NOT_TESTED
    if None in outcomes:
        return NOT_RUN
    if is_later(row.since, version) or outcomes == {"skipped"}:
        return LATER
    return SAME
