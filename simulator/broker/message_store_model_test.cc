// MessageStore against the plainest thing that could be right: a map.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "simulator/broker/message_store.h"

namespace windtunnel::broker {
namespace {

class Model {
 public:
  std::uint64_t Append(std::string subject, Nanos time) {
    if (messages_.empty()) first_ = last_ + 1;
    ++last_;
    messages_[last_] = {std::move(subject), time};
    return last_;
  }
  std::uint64_t Skip() {
    ++last_;
    if (messages_.empty()) first_ = last_ + 1;
    return last_;
  }
  bool Remove(std::uint64_t seq) {
    if (messages_.erase(seq) == 0) return false;
    first_ = messages_.empty() ? last_ + 1 : messages_.begin()->first;
    return true;
  }
  std::uint64_t Clear(std::uint64_t next) {
    const std::uint64_t count = messages_.size();
    messages_.clear();
    first_ = std::max(last_ + 1, next);
    last_ = first_ - 1;
    return count;
  }

  std::uint64_t first() const { return first_; }
  std::uint64_t last() const { return last_; }
  std::vector<std::uint64_t> Matching(const SubjectFilter& filter) const {
    std::vector<std::uint64_t> found;
    for (const auto& [seq, message] : messages_) {
      if (filter.Matches(message.first)) found.push_back(seq);
    }
    return found;
  }
  std::map<std::string, std::uint64_t> Subjects(
      const SubjectFilter& filter) const {
    std::map<std::string, std::uint64_t> counts;
    for (const auto& [seq, message] : messages_) {
      if (filter.Matches(message.first)) ++counts[message.first];
    }
    return counts;
  }
  std::vector<std::uint64_t> LastPerSubject(const SubjectFilter& filter,
                                            std::uint64_t up_to) const {
    std::map<std::string, std::uint64_t> last;
    for (const auto& [seq, message] : messages_) {
      if (seq <= up_to && filter.Matches(message.first)) {
        last[message.first] = seq;
      }
    }
    std::vector<std::uint64_t> sequences;
    for (const auto& [subject, seq] : last) sequences.push_back(seq);
    std::sort(sequences.begin(), sequences.end());
    return sequences;
  }
  std::vector<std::uint64_t> Deleted() const {
    std::vector<std::uint64_t> deleted;
    for (std::uint64_t seq = first_; seq <= last_ && seq > 0; ++seq) {
      if (messages_.count(seq) == 0) deleted.push_back(seq);
    }
    return deleted;
  }
  std::uint64_t FirstAtOrAfter(Nanos time) const {
    for (const auto& [seq, message] : messages_) {
      if (message.second >= time) return seq;
    }
    return last_ + 1;
  }

 private:
  std::map<std::uint64_t, std::pair<std::string, Nanos>> messages_;
  std::uint64_t first_ = 0;
  std::uint64_t last_ = 0;
};

// Draws numbers from one seed, so that thousands of steps stay cheap to
// generate.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t Draw(std::uint64_t limit) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return (state_ >> 33) % limit;
  }

 private:
  std::uint64_t state_;
};

std::string DrawSubject(Dice& dice, std::uint64_t variety) {
  // The store keeps subjects with empty tokens, though no stream takes any.
  static const char* const kTokens[] = {"a", "b", "c", "a!", "ab", ""};
  std::string subject = kTokens[dice.Draw(2)];
  for (std::uint64_t more = dice.Draw(3); more > 0; --more) {
    subject += ".";
    subject += dice.Draw(2) == 0
                   ? std::to_string(dice.Draw(variety))
                   : kTokens[dice.Draw(dice.Draw(9) == 0 ? 6 : 5)];
  }
  return subject;
}

SubjectFilter DrawFilter(Dice& dice, std::uint64_t variety) {
  std::vector<std::string> patterns;
  for (std::uint64_t more = dice.Draw(5) == 0 ? 3 : 1; more > 0; --more) {
    std::string pattern = DrawSubject(dice, variety);
    if (dice.Draw(3) > 0) {
      std::string wild;
      for (std::size_t i = 0; i <= pattern.size(); ++i) {
        const bool at_token = i == 0 || pattern[i - 1] == '.';
        if (at_token && dice.Draw(2) == 0) {
          wild += "*";
          while (i < pattern.size() && pattern[i] != '.') ++i;
        }
        if (i < pattern.size()) wild += pattern[i];
      }
      pattern = wild;
    }
    if (dice.Draw(4) == 0) pattern += ".>";
    patterns.push_back(pattern);
  }
  if (dice.Draw(20) == 0) patterns.clear();
  return SubjectFilter(std::move(patterns));
}

// Subjects and their counts in the order given.
template <typename Counts>
std::vector<std::pair<std::string, std::uint64_t>> Listed(
    const Counts& counts) {
  std::vector<std::pair<std::string, std::uint64_t>> listed;
  for (const auto& [subject, count] : counts) {
    listed.emplace_back(std::string(subject), count);
  }
  return listed;
}

// All queries of one filter from one sequence on.
void CompareQueries(const MessageStore& store, const Model& model, Dice& dice,
                    std::uint64_t variety) {
  const SubjectFilter filter = DrawFilter(dice, variety);
  const std::vector<std::uint64_t> matching = model.Matching(filter);
  const std::uint64_t span = model.last() - model.first() + 3;
  const std::uint64_t seq =
      dice.Draw(8) == 0 ? 0 : model.first() + dice.Draw(span);

  RC_ASSERT(store.Matching(filter) == matching);
  const auto at = std::lower_bound(matching.begin(), matching.end(), seq);
  RC_ASSERT(store.NextMatching(filter, seq) ==
            (at == matching.end() ? 0 : *at));
  RC_ASSERT(store.CountMatching(filter, seq) ==
            static_cast<std::uint64_t>(matching.end() - at));
  const auto after = std::upper_bound(matching.begin(), matching.end(), seq);
  RC_ASSERT(store.LastMatching(filter, seq) ==
            (after == matching.begin() ? 0 : *(after - 1)));
  RC_ASSERT(Listed(store.Subjects(filter)) == Listed(model.Subjects(filter)));
  RC_ASSERT(store.LastPerSubject(filter, seq) ==
            model.LastPerSubject(filter, seq));
  const std::uint64_t nth = 1 + dice.Draw(matching.size() + 2);
  RC_ASSERT(store.NthLastMatching(filter, nth) ==
            (nth > matching.size() ? 0 : matching[matching.size() - nth]));

  const std::string subject = DrawSubject(dice, variety);
  const std::vector<std::uint64_t> of_subject =
      model.Matching(SubjectFilter({subject}));
  RC_ASSERT(store.CountOfSubject(subject) == of_subject.size());
  RC_ASSERT(store.FirstOfSubject(subject) ==
            (of_subject.empty() ? 0 : of_subject.front()));
  RC_ASSERT(store.LastOfSubject(subject) ==
            (of_subject.empty() ? 0 : of_subject.back()));
}

void CompareState(const MessageStore& store, const Model& model) {
  RC_ASSERT(store.first_seq() == model.first());
  RC_ASSERT(store.last_seq() == model.last());
  RC_ASSERT(store.Deleted() == model.Deleted());
  const std::vector<std::uint64_t> all = model.Matching(SubjectFilter());
  RC_ASSERT(store.messages() == all.size());
  RC_ASSERT(store.num_subjects() == model.Subjects(SubjectFilter()).size());
  std::uint64_t bytes = 0;
  for (const std::uint64_t seq : all) {
    RC_ASSERT(store.Find(seq) != nullptr);
    bytes += store.SizeOf(*store.Find(seq)->block);
  }
  RC_ASSERT(store.bytes() == bytes);
}

RC_GTEST_PROP(MessageStoreModelTest, StoreAgreesWithAMap, ()) {
  Dice dice(*rc::gen::arbitrary<std::uint64_t>());
  const auto steps = *rc::gen::inRange(1, 3000);
  // Few subjects with long chains, or many with short ones.
  const auto variety = *rc::gen::element<std::uint64_t>(1, 10, 1000);
  // Mostly growing, or mostly empty.
  const auto removals = *rc::gen::inRange<std::uint64_t>(10, 60);
  MessageStore store(Storage::kMemory, 0);
  Model model;
  Nanos now = 1;

  for (int step = 0; step < steps; ++step) {
    now += static_cast<Nanos>(dice.Draw(3));
    const std::uint64_t kind = dice.Draw(100);
    const std::uint64_t span = model.last() - model.first() + 2;
    if (kind < removals) {
      // Anywhere, or from the front.
      const std::uint64_t seq =
          model.first() + (kind % 2 == 0 ? dice.Draw(span) : 0);
      RC_ASSERT(store.Remove(seq) == model.Remove(seq));
    } else if (kind < 93) {
      const std::string subject = DrawSubject(dice, variety);
      RC_ASSERT(store.Append(MessageBlock::New(subject, "", "x"), now) ==
                model.Append(subject, now));
    } else if (kind < 95) {
      for (std::uint64_t n = dice.Draw(2000); n > 0; --n) {
        RC_ASSERT(store.Skip(now) == model.Skip());
      }
    } else if (kind < 96 && dice.Draw(20) == 0) {
      const std::uint64_t next = model.last() + dice.Draw(10'000);
      RC_ASSERT(store.Clear(next) == model.Clear(next));
    } else if (kind == 96) {
      const SubjectFilter filter = DrawFilter(dice, variety);
      const std::uint64_t limit = model.first() + dice.Draw(span);
      std::uint64_t count = 0;
      for (const std::uint64_t seq : model.Matching(filter)) {
        if (seq < limit && model.Remove(seq)) ++count;
      }
      RC_ASSERT(store.RemoveMatching(filter, limit) == count);
    } else if (kind == 97) {
      CompareQueries(store, model, dice, variety);
    } else if (kind == 98) {
      const Nanos time = static_cast<Nanos>(dice.Draw(now + 2));
      RC_ASSERT(store.FirstAtOrAfter(time) == model.FirstAtOrAfter(time));
    }
  }
  CompareState(store, model);
  for (int i = 0; i < 20; ++i) CompareQueries(store, model, dice, variety);
}

}  // namespace
}  // namespace windtunnel::broker
