"""Writes docs/conformance.md from the results of tests.

The folder that it is given has, each where it was run:
  integration*.json      of --gtest_output=json, the behaviour suite
  conform-<version>.json of windtunnel conform --json
  model.txt              "N programs", and what the reference model's test printed
  mutations.json         of scripts/mutation-check --json
"""
import argparse
import collections
import json
import pathlib
import re

import states
from results import VERSIONS, WORLDS, Results
from rows import ids_in, read_rows

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXT_MAX = 110


def table(header, rows, numbers_from=1):
    marks = ["---" if i < numbers_from else "---:" for i in range(len(header))]
    return "\n".join("| " + " | ".join(str(cell) for cell in row) + " |"
                     for row in [header, marks, *rows]) + "\n"


def shortened(text):
    """The first sentence, or as much of it as fits."""
    sentence = re.split(r"(?<=[^.])\.\s", text, maxsplit=1)[0].rstrip(".")
    if len(sentence) > TEXT_MAX:
        sentence = sentence[:TEXT_MAX].rsplit(" ", 1)[0] + "…"
    if sentence.count("`") % 2:
        sentence += "`"
    if sentence.count("**") % 2:
        sentence += "**"
    return re.sub(r"(?<=\w)\*(?=\w)", r"\*", sentence)


class Report:
    def __init__(self, folder):
        self.folder = folder
        self.out = []
        self.documents = list(read_rows(ROOT / "docs/behaviour"))
        self.results = Results()
        for path in sorted(folder.glob("integration*.json")):
            self.results.read(path)
        self.known = states.read_known_differences(
            ROOT / "tests/known-differences.txt")
        self.not_modelled = states.read_not_modelled(
            ROOT / "tests/not-modelled.txt")
        self.tests = states.TestsOfRows(ROOT)
        self.programs = {}
        for version in VERSIONS:
            path = folder / f"conform-{version}.json"
            if path.exists() and path.stat().st_size > 0:
                self.programs[version] = json.loads(path.read_text())
        self.footnotes = {}
        self.corrected = self.corrected_rows()

    def corrected_rows(self):
        text = (ROOT / "docs/behaviour/README.md").read_text()
        lines = re.findall(r"^\| ([A-Z]{3}-\d{3}.*?) \|", text, re.MULTILINE)
        found = set()
        for line in lines:
            found |= ids_in(line.replace("..", " to XXX-"))
            found |= ids_in(line)
        return found

    def say(self, text=""):
        self.out.append(text)

    def state(self, row, version):
        return states.state_of(row, version, self.tests, self.results, self.known,
                               self.not_modelled)

    def cell(self, row, version):
        state = self.state(row, version)
        if state == states.DIFFERS:
            reason = self.known[row.id, version]
        elif state == states.NOT_MODELLED:
            reason = self.not_modelled[row.id]
        else:
            return state
        labels = self.footnotes.setdefault(row.id, {})
        label = labels.setdefault(
            reason, row.id + ("" if not labels else "abc"[len(labels)]))
        return f"{state}[^{label}]"

    def write(self):
        self.introduction()
        self.summary()
        self.generated()
        self.tolerances()
        self.model()
        self.mutations()
        self.rows()
        self.reasons()
        return "\n".join(self.out).rstrip() + "\n"

    def introduction(self):
        self.say("# Is the simulator right?\n")
        self.say(
            "This page is written by `scripts/conformance-report` from the results "
            "of tests;\nnothing in it is edited by hand. Each behaviour is a row of "
            "[behaviour](behaviour),\nwith the state that tests found it in, on a "
            "live nats-server of each version and in\nthe simulator with that "
            "version's profile. Below: what generated programs compared,\nwhat was "
            "allowed to differ, and which faults that method finds.\n")

    def all_rows(self):
        return [row for _, chapters in self.documents
                for _, rows in chapters for row in rows]

    def summary(self):
        rows = self.all_rows()
        counts = {version: collections.Counter(self.state(row, version)
                                               for row in rows)
                  for version in VERSIONS}
        self.say("## Behaviours by state\n")
        found = [state for state in states.STATES
                 if any(counts[version][state] for version in VERSIONS)]
        self.say(table(
            ["state", "meaning", *VERSIONS],
            [[state, states.STATES[state],
              *(counts[version][state] for version in VERSIONS)]
             for state in found]
            + [["all", "", *(len(rows) for _ in VERSIONS)]], numbers_from=2))
        self.say("The servers are " + ", ".join(
            ".".join(map(str, states.RELEASES[version])) for version in VERSIONS)
            + ". The tests behind the states:\n")
        self.say(table(
            ["tests of the behaviour suite", "passed", "failed", "second tries"],
            [[f"`{world}`", self.results.count(world, "passed"),
              self.results.count(world, "failed"), self.results.repeated[world]]
             for version in VERSIONS for world in WORLDS[version]]))

    def generated(self):
        self.say("## Generated programs\n")
        if not self.programs:
            self.say("None were run for this report.\n")
            return
        self.say(
            "Each program was run in the simulator and, step by step, on the live "
            "server, and\nwhatever a client can see was compared. *Unsteady* ones "
            "differed once and agreed when\nrun again: a live server answers late, "
            "or one way or the other. *Undecided* ones,\nnot among the programs, "
            "had waits that a busy machine was too late for each time.\n")
        columns = ("programs", "actions", "differing", "unsteady", "undecided")
        self.say(table(
            ["server", "about", *columns],
            [[version, name, *(counts.get(column, 0) for column in columns)]
             for version, result in self.programs.items()
             for name, counts in sorted(result["flavours"].items())],
            numbers_from=2))
        for version, result in self.programs.items():
            seeds = sorted(entry["seed"] for entry in result["differences"])
            first, count = result["seed"], result["programs"]
            differing = ", ".join(map(str, seeds)) or "none"
            self.say(f"- {version}: seeds {first} to {first + count - 1}; "
                     f"differing: {differing}")
        self.say()
        self.distribution()

    def distribution(self):
        self.say("### What they did and saw\n")
        tallies = {version: result["tally"]
                   for version, result in self.programs.items()}
        groups = collections.defaultdict(set)
        for name in {name for tally in tallies.values() for name in tally}:
            group, _, what = name.partition(": ")
            groups[group if what else "seen"].add((what or name, name))
        for group in sorted(groups):
            self.say(table(
                [group, *tallies],
                [[f"`{what.strip()}`",
                  *(tally.get(name, 0) for tally in tallies.values())]
                 for what, name in sorted(groups[group],
                                          key=lambda each: natural(each[0]))]))

    def tolerances(self):
        self.say("## What may differ\n")
        lists = [result["tolerances"] for result in self.programs.values()
                 if "tolerances" in result]
        if not lists:
            self.say("See `tests/property/tolerance.cc`.\n")
            return
        self.say("All else is compared. It is the table that the comparison uses.\n")
        self.say(table(
            ["what", "how it is compared", "why"],
            [[entry["what"], entry["compared"], entry["why"]]
             for entry in lists[0]], numbers_from=3))

    def model(self):
        self.say("## The reference model\n")
        path = self.folder / "model.txt"
        self.say(
            "A second implementation, as naive as it can be and written from the "
            "rows, runs the\nsame kind of programs beside the simulator, without "
            "any server.\n")
        if not path.exists():
            self.say("It was not run for this report.\n")
            return
        text = path.read_text()
        found = re.search(r"^After (\d+) programs", text, re.MULTILINE)
        ran = re.match(r"(\d+) programs", text)[1]
        self.say(f"**It differs after {found[1]} programs.**\n" if found
                 else f"{ran} programs, and none differs.\n")
        tally = re.findall(r"^(\d+)  (\S.*)$", text, re.MULTILINE)
        self.say(table(["done or seen", "times"],
                       [[f"`{what}`", count] for count, what in tally]))

    def mutations(self):
        self.say("## Faults that are found\n")
        path = self.folder / "mutations.json"
        self.say(
            "`scripts/mutation-check` puts each of these faults into a copy of the "
            "broker and\ncounts the programs until one differs, at first on the "
            "live server, then in the\nmodel; a dash: that way is not asked.\n")
        if not path.exists():
            self.say("It was not run for this report.\n")
            return
        self.say(table(
            ["fault", "what it does", "server", "live", "model"],
            [[entry["name"], entry["what"].rstrip("."), entry["server"],
              found_in_words(entry["live"], entry["within"]),
              found_in_words(entry["model"], entry["model_within"])]
             for entry in json.loads(path.read_text())], numbers_from=3))

    def rows(self):
        self.say("## Behaviours\n")
        self.say("A star marks rows whose text live servers contradict: "
                 "[behaviour/README.md](behaviour/README.md)\nsays what they do, and "
                 "the tests follow them.\n")
        files = ("streams.md", "consumers.md", "wire.md")
        for name, (title, chapters) in zip(files, self.documents):
            self.say(f"### [{title}](behaviour/{name})\n")
            for chapter, rows in chapters:
                self.say(f"#### {chapter}\n")
                self.say(table(
                    ["ID", "behaviour", *VERSIONS],
                    [[row.id + (" \\*" if row.id in self.corrected else ""),
                      shortened(row.text),
                      *(self.cell(row, version) for version in VERSIONS)]
                     for row in sorted(rows)], numbers_from=5))

    def reasons(self):
        for labels in self.footnotes.values():
            for reason, label in labels.items():
                self.say(f"[^{label}]: {reason}")


def natural(text):
    """Orders numbers by what they say."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part)
            for part in re.split(r"(\d+)", text) if part]


def found_in_words(found, within):
    if found is None:
        return "–"
    if isinstance(found, str):
        return found
    return found if found else f"not in {within}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--output", type=pathlib.Path,
                        default=ROOT / "docs/conformance.md")
    arguments = parser.parse_args()
    arguments.output.write_text(Report(arguments.folder).write())


if __name__ == "__main__":
    main()
