#!/usr/bin/env python3
"""Tests live_tests.py with a stand-in for a GoogleTest binary."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).with_name("live_tests.py")

# Fails what is asked for as often as `script` says: a line for each run, the
# names of tests that fail in it, or the exit status of a crash.
BINARY = """#!/usr/bin/env python3
import pathlib, sys
folder = pathlib.Path(__file__).parent
runs = (folder / "script").read_text().split("\\n")
(folder / "script").write_text("\\n".join(runs[1:]))
with open(folder / "filters", "a") as filters:
    print(sys.argv[1], file=filters)
failing = runs[0].split()
if failing and failing[0].isdigit():
    sys.exit(int(failing[0]))
print(f"[  PASSED  ] {9 - len(failing)} tests.")
for name in failing:
    print(f"[  FAILED  ] {name}, where GetParam() = 1")
if failing:
    print(f" {len(failing)} FAILED TEST" + ("S" if len(failing) > 1 else ""))
sys.exit(1 if failing else 0)
"""


class LiveTests(unittest.TestCase):
    def run_script(self, *runs):
        with tempfile.TemporaryDirectory() as folder:
            binary = pathlib.Path(folder) / "binary"
            binary.write_text(BINARY)
            os.chmod(binary, 0o755)
            (pathlib.Path(folder) / "script").write_text("\n".join(runs))
            done = subprocess.run(
                [sys.executable, SCRIPT, binary, "*live*"],
                capture_output=True,
                text=True,
                check=False,
            )
            filters = (pathlib.Path(folder) / "filters").read_text().split()
        return done.returncode, done.stdout, filters

    def test_what_passes_runs_once(self):
        status, _, filters = self.run_script("")
        self.assertEqual((status, filters), (0, ["--gtest_filter=*live*"]))

    def test_what_fails_once_passes_and_is_told(self):
        status, output, filters = self.run_script("A.b/1", "")
        self.assertEqual(status, 0)
        self.assertEqual(filters, ["--gtest_filter=*live*", "--gtest_filter=A.b/1"])
        self.assertIn("first run: [  FAILED  ] A.b/1", output)
        self.assertIn("first run:  1 FAILED TEST", output)

    def test_what_fails_twice_fails(self):
        status, output, _ = self.run_script("A.b/1 A.c/1", "A.c/1")
        self.assertEqual(status, 1)
        self.assertIn("\n 1 FAILED TEST\n", output)

    def test_many_failures_are_no_accident(self):
        status, _, filters = self.run_script("a.a a.b a.c a.d", "")
        self.assertEqual((status, len(filters)), (1, 1))

    def test_a_crash_is_no_accident(self):
        status, _, filters = self.run_script("66", "")
        self.assertEqual((status, len(filters)), (66, 1))


if __name__ == "__main__":
    unittest.main()
