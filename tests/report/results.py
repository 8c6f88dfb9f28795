"""What test binaries said in the files of --gtest_output=json."""
import collections
import json

# The worlds of the behaviour suite that stand for a version.
VERSIONS = ("2.9", "2.10", "2.15")
WORLDS = {
    "2.9": ("sim_2_9", "live_2_9"),
    "2.10": ("sim_2_10", "live_2_10"),
    "2.15": ("sim_2_15", "sim_2_15_wire", "live_2_15"),
}


class Results:
    """The outcome of each test, by suite, name and world."""

    def __init__(self):
        self.outcomes = {}
        self.counts = collections.Counter()

    def read(self, path):
        for suite in json.loads(path.read_text())["testsuites"]:
            for test in suite["testsuite"]:
                name, _, world = test["name"].partition("/")
                key = (suite["name"].rpartition("/")[2], name, world)
                self.outcomes[key] = outcome(test)
                self.counts[world, outcome(test)] += 1

    def of(self, test, world):
        """"passed", "failed", "skipped" or, if it did not run, None."""
        return self.outcomes.get((test.suite, test.name, world))


def outcome(test):
    if test.get("failures"):
        return "failed"
    if test.get("result") == "SKIPPED":
        return "skipped"
    return "passed" if test.get("result") == "COMPLETED" else None
