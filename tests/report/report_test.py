#!/usr/bin/env python3
"""Tests what the fidelity report and the mutation check read."""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import mutation_check
import report
import rows
import states
from results import VERSIONS, Results

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Rows(unittest.TestCase):
    def test_each_table_row_is_read_once(self):
        read = [row.id for _, chapters in rows.read_rows(ROOT / "docs/behaviour")
                for _, some in chapters for row in some]
        self.assertEqual(len(read), len(set(read)))
        self.assertIn("ACK-031", read)

    def test_ranges_name_all_between(self):
        self.assertEqual(rows.ids_in("ACK-001 to ACK-003, PUB-007"),
                         {"ACK-001", "ACK-002", "ACK-003", "PUB-007"})

    def test_a_test_has_the_comment_above_it_and_its_body(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "some_test.cc"
            path.write_text("// ACK-001\nvoid Helper() {}\n\n"
                            "// ACK-002\nTEST_P(Suite, Name) {\n  // ACK-003\n}\n")
            found = {test and test.name: ids for test, ids in rows.tests_of_file(path)}
        self.assertEqual(found, {"Name": {"ACK-002", "ACK-003"}, None: {"ACK-001"}})


class States(unittest.TestCase):
    def setUp(self):
        self.row = rows.Row("ACK-001", "Acks.", "2.10", "")
        self.tests = states.TestsOfRows(pathlib.Path("/nonexistent"))
        self.results = Results()

    def state(self, version, known=None, not_modelled=None):
        return states.state_of(self.row, version, self.tests, self.results,
                               known or {}, not_modelled or {})

    def run_in(self, outcome, *worlds):
        self.tests.behaviour["ACK-001"] = {rows.Test("", "Suite", "Name")}
        for world in worlds:
            self.results.outcomes["Suite", "Name", world] = outcome

    def test_only_what_passed_in_all_worlds_is_the_same(self):
        self.run_in("passed", "sim_2_10", "live_2_10", "sim_2_15", "live_2_15")
        self.assertEqual(self.state("2.10"), states.SAME)
        self.assertEqual(self.state("2.15"), states.NOT_RUN)
        self.run_in("failed", "sim_2_15_wire")
        self.assertEqual(self.state("2.15"), states.FAILS)

    def test_what_came_later_is_not_the_same(self):
        self.run_in("passed", "sim_2_9", "live_2_9")
        self.assertEqual(self.state("2.9"), states.LATER)

    def test_files_of_exceptions_count(self):
        self.run_in("passed", "sim_2_10", "live_2_10")
        self.assertEqual(self.state("2.10", known={("ACK-001", "2.10"): "why"}),
                         states.DIFFERS)
        self.assertEqual(self.state("2.10", not_modelled={"ACK-001": "why"}),
                         states.NOT_MODELLED)

    def test_what_no_test_names_is_not_tested(self):
        self.assertEqual(self.state("2.10"), states.NOT_TESTED)


class Files(unittest.TestCase):
    def test_exceptions_are_of_rows_that_exist(self):
        ids = {row.id for _, chapters in rows.read_rows(ROOT / "docs/behaviour")
               for _, some in chapters for row in some}
        known = states.read_known_differences(ROOT / "tests/known-differences.txt")
        for row, version in known:
            self.assertIn(row, ids)
            self.assertIn(version, VERSIONS)
        for row in states.read_not_modelled(ROOT / "tests/not-modelled.txt"):
            self.assertIn(row, ids)

    def test_a_report_can_be_written_without_results(self):
        with tempfile.TemporaryDirectory() as folder:
            text = report.Report(pathlib.Path(folder)).write()
        self.assertIn("| ACK-031 |", re.sub(r" \\\*", "", text))

    def test_faults_still_apply_to_the_broker(self):
        for path in sorted(mutation_check.FAULTS.glob("*.patch")):
            with self.subTest(path.stem):
                fault = mutation_check.Fault(path)
                done = subprocess.run(["git", "apply", "--check", "-"], cwd=ROOT,
                                      input=fault.patch, text=True,
                                      capture_output=True)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn(fault.server, VERSIONS)


if __name__ == "__main__":
    unittest.main()
