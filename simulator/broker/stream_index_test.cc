// StreamIndex against SubjectMatches() and SubjectsCollide() on every pattern.

#include "simulator/broker/stream_index.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "simulator/broker/subject_collision.h"
#include "windtunnel/subject.h"

namespace windtunnel::broker {
namespace {

// The index looks at no stream, so any address will do.
struct Fakes {
  Stream& at(std::size_t i) { return reinterpret_cast<Stream&>(bytes[i]); }
  char bytes[8] = {};
};

std::string Join(const std::vector<std::string>& tokens) {
  std::string subject;
  for (const std::string& token : tokens) {
    if (!subject.empty()) subject += ".";
    subject += token;
  }
  return subject;
}

rc::Gen<std::string> Tokens(std::vector<std::string> choices) {
  return rc::gen::map(
      rc::gen::resize(
          4, rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(
                 rc::gen::elementOf(std::move(choices))))),
      Join);
}

rc::Gen<std::string> Pattern() {
  return rc::gen::map(rc::gen::pair(Tokens({"a", "b", "c", "*", "*", "*a"}),
                                    rc::gen::inRange(0, 4)),
                      [](std::pair<std::string, int> p) {
                        if (p.second != 0) return p.first;
                        return p.first.size() == 1 ? std::string(">")
                                                   : p.first + ".>";
                      });
}

RC_GTEST_PROP(StreamIndexTest, AgreesWithAListOfPatterns, ()) {
  Fakes fakes;
  StreamIndex index;
  std::map<std::size_t, std::vector<std::string>> taken;
  const auto subjects = [](const std::vector<std::string>& patterns,
                           const std::string& pattern) {
    return std::any_of(patterns.begin(), patterns.end(), [&](const auto& each) {
      return SubjectsCollide(each, pattern);
    });
  };
  const int steps = *rc::gen::inRange(1, 40);
  for (int step = 0; step < steps; ++step) {
    const std::size_t which = *rc::gen::inRange<std::size_t>(0, 8);
    const std::string pattern = *Pattern();
    bool overlaps = false;
    for (const auto& [other, patterns] : taken) {
      overlaps |= other != which && subjects(patterns, pattern);
    }
    RC_ASSERT(index.Overlaps({pattern}, &fakes.at(which)) == overlaps);
    if (*rc::gen::inRange(0, 4) == 0) {
      index.Remove(fakes.at(which));
      taken.erase(which);
    } else if (!overlaps) {
      index.Add(fakes.at(which), {pattern});
      taken[which].push_back(pattern);
    }
    for (int i = 0; i < 3; ++i) {
      const std::string subject = *Tokens({"a", "b", "c", "d", "*a"});
      Stream* expected = nullptr;
      for (const auto& [stream, patterns] : taken) {
        for (const std::string& each : patterns) {
          if (SubjectMatches(each, subject)) expected = &fakes.at(stream);
        }
      }
      // Twice: the second time it may be remembered.
      for (int again = 0; again < 2; ++again) {
        const bool as_expected = index.Find(subject) == expected;
        RC_ASSERT(as_expected);
      }
    }
  }
}

// PUB-017
TEST(StreamIndexTest, NoStreamTakesAnEmptyToken) {
  Fakes fakes;
  StreamIndex index;
  index.Add(fakes.at(0), {">"});
  for (const char* subject : {"", ".", ".a", "a.", "a..b"}) {
    EXPECT_TRUE(index.Find(subject) == nullptr) << subject;
  }
  EXPECT_TRUE(index.Find("a") == &fakes.at(0));
}

}  // namespace
}  // namespace windtunnel::broker
