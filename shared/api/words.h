// The words that JetStream's JSON uses for our enums.

#ifndef WINDTUNNEL_SHARED_API_WORDS_H_
#define WINDTUNNEL_SHARED_API_WORDS_H_

#include <array>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "shared/api/requests.h"
#include "windtunnel/consumer.h"
#include "windtunnel/stream.h"

namespace windtunnel::api {

template <typename Enum>
struct Word {
  Enum value;
  absl::string_view text;
  int since = 9;  // The minor of the first server that knows the word.
};

// A server reads any of the words and writes the first of its value. Words that
// are read only come last.
template <typename Enum>
struct Words;

template <>
struct Words<Retention> {
  static constexpr std::array<Word<Retention>, 3> kTable = {
      {{Retention::kLimits, "limits"},
       {Retention::kInterest, "interest"},
       {Retention::kWorkQueue, "workqueue"}}};
};

template <>
struct Words<Storage> {
  static constexpr std::array<Word<Storage>, 2> kTable = {
      {{Storage::kFile, "file"}, {Storage::kMemory, "memory"}}};
};

template <>
struct Words<Discard> {
  static constexpr std::array<Word<Discard>, 2> kTable = {
      {{Discard::kOld, "old"}, {Discard::kNew, "new"}}};
  static constexpr bool kAnyCase = true;  // STR-010
};

template <>
struct Words<Compression> {
  static constexpr std::array<Word<Compression>, 2> kTable = {
      {{Compression::kNone, "none"}, {Compression::kS2, "s2"}}};
  static constexpr absl::string_view kRefusal =
      "unknown compression algorithm";
};

template <>
struct Words<PersistMode> {
  static constexpr std::array<Word<PersistMode>, 3> kTable = {
      {{PersistMode::kDefault, "default"},
       {PersistMode::kAsync, "async"},
       {PersistMode::kDefault, ""}}};
};

template <>
struct Words<DeliverPolicy> {
  static constexpr std::array<Word<DeliverPolicy>, 7> kTable = {
      {{DeliverPolicy::kAll, "all"},
       {DeliverPolicy::kLast, "last"},
       {DeliverPolicy::kNew, "new"},
       {DeliverPolicy::kByStartSequence, "by_start_sequence"},
       {DeliverPolicy::kByStartTime, "by_start_time"},
       {DeliverPolicy::kLastPerSubject, "last_per_subject"},
       {DeliverPolicy::kAll, "undefined"}}};
};

template <>
struct Words<AckPolicy> {
  static constexpr std::array<Word<AckPolicy>, 4> kTable = {
      {{AckPolicy::kNone, "none"},
       {AckPolicy::kAll, "all"},
       {AckPolicy::kExplicit, "explicit"},
       {AckPolicy::kFlowControl, "flow_control", 14}}};
};

template <>
struct Words<ReplayPolicy> {
  static constexpr std::array<Word<ReplayPolicy>, 2> kTable = {
      {{ReplayPolicy::kInstant, "instant"},
       {ReplayPolicy::kOriginal, "original"}}};
};

template <>
struct Words<PriorityPolicy> {
  static constexpr std::array<Word<PriorityPolicy>, 4> kTable = {
      {{PriorityPolicy::kNone, "none"},
       {PriorityPolicy::kOverflow, "overflow"},
       {PriorityPolicy::kPinnedClient, "pinned_client"},
       {PriorityPolicy::kPrioritized, "prioritized", 12}}};
  static constexpr absl::string_view kRefusal = "unknown priority policy: ";
};

template <>
struct Words<ConsumerAction> {
  static constexpr std::array<Word<ConsumerAction>, 3> kTable = {
      {{ConsumerAction::kCreateOrUpdate, ""},
       {ConsumerAction::kCreate, "create"},
       {ConsumerAction::kUpdate, "update"}}};
  static constexpr absl::string_view kRefusal = "unknown consumer action: ";
};

// The word for `value`; "" if it is none of the enum's.
template <typename Enum>
constexpr absl::string_view WordFor(Enum value) {
  for (const Word<Enum>& word : Words<Enum>::kTable) {
    if (word.value == value) return word.text;
  }
  return "";
}

// The word that `text` is for a server of `minor`, or null.
template <typename Enum>
const Word<Enum>* FindWord(absl::string_view text, int minor) {
  for (const Word<Enum>& word : Words<Enum>::kTable) {
    bool equal = word.text == text;
    if constexpr (requires { Words<Enum>::kAnyCase; }) {
      equal = absl::EqualsIgnoreCase(word.text, text);
    }
    if (equal && word.since <= minor) return &word;
  }
  return nullptr;
}

}  // namespace windtunnel::api

#endif  // WINDTUNNEL_SHARED_API_WORDS_H_
