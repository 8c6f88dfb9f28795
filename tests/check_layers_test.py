#!/usr/bin/env python3
"""Tests that check_layers reports what it should, and nothing else."""

import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import check_layers  # noqa: E402

# What every tree below can include.
PUBLIC_HEADERS = {
    "shared/include/windtunnel/message.h": "",
    "shared/include/windtunnel/events/event.h": "",
    "shared/include/windtunnel/testing/matchers.h": "",
    "shared/include/windtunnel/testing/world.h": "",
    "simulator/include/windtunnel/simulator.h": "",
    "client/include/windtunnel/client.h": "",
}

# (file, its text): each breaks exactly one rule, in its last line.
VIOLATIONS = [
    # Layers.
    ("client/client.cc", '#include "simulator/broker/stream.h"'),
    ("client/client.cc", '#include "windtunnel/simulator.h"'),
    ("client/client_test.cc", '#include "windtunnel/simulator.h"'),
    ("simulator/simulator.cc", '#include "windtunnel/client.h"'),
    ("shared/runtime/task.cc", '#include "windtunnel/simulator.h"'),
    ("shared/include/windtunnel/stream.h", '#include "windtunnel/client.h"'),
    ("shared/include/windtunnel/stream.h", '#include "shared/api/json.h"'),
    ("shared/consume/fetch.cc", '#include "windtunnel/events/event.h"'),
    ("shared/jetstream/stream.cc", '#include "shared/consume/fetch.h"'),
    ("shared/api/json.cc", '#include "windtunnel/testing/world.h"'),
    ("simulator/broker/stream.cc", '#include "simulator/network/link.h"'),
    ("simulator/broker/stream.cc", '#include "windtunnel/events/event.h"'),
    ("simulator/simulator.cc", '#include "cli/flags.h"'),
    ("examples/orders/orders.cc", '#include "simulator/broker/stream.h"'),
    ("shared/api/json.cc", '#include "windtunnel/no_such_header.h"'),
    # Libraries.
    ("simulator/simulator.cc", "#include <nats/nats.h>"),
    ("shared/nats/connection.cc", "#  include <nats.h>"),
    ("tests/integration/x_test.cc", "#include <nats/nats.h>"),
    ("shared/runtime/task.cc", "#include <boost/context/fiber.hpp>"),
    ("simulator/broker/stream.cc", "#include <boost/optional.hpp>"),
    ("simulator/broker/stream.cc", "#include <asio.hpp>"),
    ("shared/consume/fetch.cc", "#include <nlohmann/json.hpp>"),
    ("simulator/broker/stream.cc", '#include "nlohmann/json.hpp"'),
    ("shared/api/json.cc", "#include <google/protobuf/message.h>"),
    ("simulator/broker/stream.cc", '#include "simulator/history/choice.pb.h"'),
    ("shared/runtime/task.cc", '#include "gtest/gtest.h"'),
    ("shared/include/windtunnel/testing/world.h", "#include <gmock/gmock.h>"),
    ("shared/runtime/task.cc", "#include <rapidcheck.h>"),
    # Names.
    ("shared/runtime/task.cc", "auto now = absl::Now();"),
    ("simulator/network/link.cc", "/* fine */ auto now = std::chrono::steady_clock::now();"),
    ("simulator/network/link.cc", "std::this_thread::sleep_for(x);"),
    ("simulator/network/link.cc", "absl::SleepFor(x);"),
    ("simulator/network/link.cc", "std::random_device device;"),
    ("simulator/network/link.cc", "std::uniform_int_distribution<int> d;"),
    ("simulator/network/link.cc", "absl::BitGen generator;"),
    ("simulator/network/link.cc", "std::shuffle(a, b, c);"),
    ("simulator/network/link.cc", "std::thread thread(f);"),
    ("shared/consume/fetch.h", "std::mutex mutex_;"),
    ("shared/consume/fetch.h", "absl::MutexLock lock(&mutex_);"),
    ("simulator/history/hash.cc", "return absl::HashOf(x);"),
    ("cli/main.cc", "if (runtime.IsSimulated()) {"),
    ("client/client.cc", "bool is_simulated() const;"),
    # Order that differs from run to run.
    ("simulator/broker/stream.h", "absl::flat_hash_map<std::string, int> by_name_;"),
    ("shared/api/json.cc", "std::unordered_set<int> seen;"),
    ("simulator/broker/stream.h", "std::map<const Task*, int> waiting_;"),
    ("simulator/broker/stream.cc",
     "std::unordered_map<int, int> seen_;  // lookup only\nfor (auto& [a, b] : seen_) {"),
    ("simulator/broker/stream.cc",
     "std::unordered_set<int> seen;  // lookup only\nreturn *seen.begin();"),
    # Paths of one machine.
    ("README.md", "Open /ro" + "ot/windtunnel/README.md."),
    ("scripts/run", "cd /wo" + "rk/main"),
]

ALLOWED = [
    ("client/client.cc", '#include <nats/nats.h>\n#include "windtunnel/message.h"'),
    ("client/client.cc", "std::thread t; std::mutex m; absl::Now();"),
    ("simulator/runtime/fiber.cc", "#include <boost/context/fiber.hpp>"),
    ("simulator/serve/server.cc", "#include <asio.hpp>\nstd::thread thread;"),
    ("simulator/runtime/watchdog.cc", "std::thread thread; std::mutex mutex;"),
    ("shared/api/json.cc", "#include <nlohmann/json.hpp>"),
    ("shared/consume/fetch_test.cc", '#include "windtunnel/simulator.h"\n#include <gtest/gtest.h>'),
    ("shared/include/windtunnel/testing/matchers.h", "#include <gmock/gmock.h>"),
    ("tests/property/x_test.cc",
     '#include <rapidcheck/gtest.h>\n#include "windtunnel/client.h"\n#include "windtunnel/simulator.h"'),
    ("tests/integration/x_test.cc", '#include "simulator/broker/stream.h"'),
    ("simulator/broker/stream.cc", '// Never absl::Now().\nLog("std::thread", \'"\', "IsSimulated");'),
    ("simulator/broker/stream.cc",
     "std::unordered_map<int, int> seen_;  // lookup only\nfor (int x : ordered_) seen_.find(x);"),
    ("simulator/broker/stream.h", "// lookup only\nabsl::flat_hash_map<int, int> by_id_;"),
    ("shared/api/numbers.cc", "int a = 10'000; int b = 1'0;"),
    ("README.md", "A URL: https://example.com/wo" + "rk/here, a folder: build/wo" + "rk/x"),
    ("build/x.cc", "absl::Now(); IsSimulated();"),
]


def findings(path, text):
    with tempfile.TemporaryDirectory() as root:
        for name, content in {**PUBLIC_HEADERS, path: text}.items():
            os.makedirs(os.path.dirname(os.path.join(root, name)), exist_ok=True)
            with open(os.path.join(root, name), "w", encoding="utf-8") as file:
                file.write(content + "\n")
        return check_layers.check(root)


class CheckLayersTest(unittest.TestCase):

    def test_each_violation_is_reported_once_at_its_line(self):
        for path, text in VIOLATIONS:
            with self.subTest(path=path, text=text):
                found = findings(path, text)
                self.assertEqual(len(found), 1, found)
                self.assertTrue(found[0].startswith(f"{path}:{len(text.splitlines())}: "), found)

    def test_what_is_allowed_is_not_reported(self):
        for path, text in ALLOWED:
            with self.subTest(path=path, text=text):
                self.assertEqual(findings(path, text), [])

    def test_member_declared_in_a_header_and_iterated_in_its_source(self):
        with tempfile.TemporaryDirectory() as root:
            os.makedirs(os.path.join(root, "simulator/broker"))
            for name, text in {"a.h": "absl::flat_hash_set<int> ids_;  // lookup only\n",
                               "a.cc": "void F() {\n  for (int id : ids_) {}\n}\n"}.items():
                with open(os.path.join(root, "simulator/broker", name), "w", encoding="utf-8") as file:
                    file.write(text)
            self.assertEqual(check_layers.check(root),
                             ["simulator/broker/a.cc:2: iterates the hash container ids_"])


if __name__ == "__main__":
    unittest.main()
