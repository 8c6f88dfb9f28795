"""What test binaries said in the files of --gtest_output=json.

As a program: prints the names of the tests that failed, as a filter."""
import collections
import json
import pathlib
import sys

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
        self.repeated = collections.Counter()  # By world.

    def read(self, path):
        """What is read later, of a second try, counts."""
        for full_name, said in outcomes_in(path):
            suite, _, test = full_name.partition(".")
            name, _, world = test.partition("/")
            key = (suite, name, world)
            self.repeated[world] += key in self.outcomes
            self.outcomes[key] = said

    def count(self, world, wanted):
        return sum(1 for key, said in self.outcomes.items()
                   if key[2] == world and said == wanted)

    def of(self, test, world):
        """"passed", "failed", "skipped" or, if it did not run, None."""
        return self.outcomes.get((test.suite, test.name, world))


def outcomes_in(path):
    for suite in json.loads(path.read_text())["testsuites"]:
        for test in suite["testsuite"]:
            yield f"{suite['name']}.{test['name']}", outcome(test)


def outcome(test):
    if test.get("failures"):
        return "failed"
    if test.get("result") == "SKIPPED":
        return "skipped"
    return "passed" if test.get("result") == "COMPLETED" else None


if __name__ == "__main__":
    print(":".join(name for name, said in outcomes_in(pathlib.Path(sys.argv[1]))
                   if said == "failed"))
