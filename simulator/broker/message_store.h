// MessageStore: the messages of one stream, by sequence and by subject.
//
// A data structure and no rules: limits, retention and deduplication live in
// Stream. Costs: append, lookup by sequence and last of a subject are constant;
// nothing scans all messages except where said. Bytes are counted as the server
// does (STO-001 to STO-003).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_MESSAGE_STORE_H_
#define WINDTUNNEL_SIMULATOR_BROKER_MESSAGE_STORE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "simulator/broker/context.h"
#include "simulator/broker/subject_filter.h"
#include "windtunnel/message_block.h"
#include "windtunnel/stream.h"

namespace windtunnel::broker {

// Bytes in the messages of several streams.
struct HeldBytes {
  std::uint64_t memory = 0;
  std::uint64_t file = 0;
  bool counted = false;  // Something was added.

  std::uint64_t of(Storage storage) const {
    return storage == Storage::kMemory ? memory : file;
  }
  void Add(Storage storage, std::uint64_t bytes) {
    (storage == Storage::kMemory ? memory : file) += bytes;
    counted = true;
  }
  void Subtract(Storage storage, std::uint64_t bytes) {
    (storage == Storage::kMemory ? memory : file) -= bytes;
  }
};

class MessageStore {
 public:
  struct Entry {
    MessageBlockPtr block;
    Nanos time = 0;
  };

  struct SubjectCount {
    absl::string_view subject;
    std::uint64_t messages = 0;
  };

  // `first_seq` as configured; 0 is 1.
  MessageStore(Storage storage, std::uint64_t first_seq);
  ~MessageStore();

  // Keeps `held`, which outlives it, informed of bytes(). Requires: empty.
  void CountIn(HeldBytes& held) { held_ = &held; }

  // Appends at last_seq() + 1 and returns that.
  std::uint64_t Append(MessageBlockPtr block, Nanos time);
  // What was never used starts at sequence 1 as one that was (STO-121).
  void BeginAtOne() { first_seq_ = first_seq_ == 0 ? 1 : first_seq_; }
  // Uses up a sequence without a message (STO-102).
  std::uint64_t Skip(Nanos time);
  // The same with every sequence up to `last`. Requires: last > last_seq().
  void SkipTo(std::uint64_t last, Nanos time);
  // False if there is no such message.
  bool Remove(std::uint64_t seq);
  // Removes all messages below `limit` that `filter` matches; returns how many
  // there were. Costs what it removes, and the subjects that match.
  std::uint64_t RemoveMatching(const SubjectFilter& filter,
                               std::uint64_t limit);
  // Drops everything; returns how many there were. The next sequence is
  // max(last_seq() + 1, next_seq).
  std::uint64_t Clear(std::uint64_t next_seq);

  // Null if absent. Valid until the store changes.
  const Entry* Find(std::uint64_t seq) const;

  // The smallest present sequence >= from; 0 if none.
  std::uint64_t Next(std::uint64_t from) const;
  // The same among messages that `filter` matches.
  std::uint64_t NextMatching(const SubjectFilter& filter,
                             std::uint64_t from) const;
  // The largest present sequence <= up_to that `filter` matches; 0 if none.
  std::uint64_t LastMatching(const SubjectFilter& filter,
                             std::uint64_t up_to) const;
  // The n-th of the largest present sequences that `filter` matches; 0 if there
  // are fewer. Requires: n > 0.
  std::uint64_t NthLastMatching(const SubjectFilter& filter,
                                std::uint64_t n) const;
  // The last sequence up to `up_to` of each subject that `filter` matches,
  // ascending.
  std::vector<std::uint64_t> LastPerSubject(const SubjectFilter& filter,
                                            std::uint64_t up_to) const;
  // How many present messages with sequence >= from match.
  std::uint64_t CountMatching(const SubjectFilter& filter,
                              std::uint64_t from) const;
  // The first present sequence stored at or after `time`; last_seq() + 1 if
  // none.
  std::uint64_t FirstAtOrAfter(Nanos time) const;

  // By exact subject; 0 if none.
  std::uint64_t FirstOfSubject(absl::string_view subject) const;
  std::uint64_t LastOfSubject(absl::string_view subject) const;
  std::uint64_t CountOfSubject(absl::string_view subject) const;
  // Those that `filter` matches, sorted bytewise. Valid until the store
  // changes.
  std::vector<SubjectCount> Subjects(const SubjectFilter& filter) const;
  // Present sequences that match, ascending.
  std::vector<std::uint64_t> Matching(const SubjectFilter& filter) const;
  // Absent sequences between first_seq() and last_seq(), ascending.
  std::vector<std::uint64_t> Deleted() const;

  std::uint64_t messages() const { return messages_; }
  std::uint64_t bytes() const { return bytes_; }
  // Grows whenever messages are removed.
  std::uint64_t removals() const { return removals_; }
  // STO-004 to STO-007: as stream state shows them.
  std::uint64_t first_seq() const { return first_seq_; }
  std::uint64_t last_seq() const { return last_seq_; }
  Nanos last_time() const { return last_time_; }
  std::uint64_t num_subjects() const;

  // What a message of this form, or of these sizes, takes.
  std::uint64_t SizeOf(const MessageBlock& block) const {
    return SizeOf(block.subject().size(), block.header_block().size(),
                  block.data().size());
  }
  std::uint64_t SizeOf(std::size_t subject, std::size_t header_block,
                       std::size_t data) const;

 private:
  struct Index;

  void AddBytes(std::uint64_t bytes);
  void SubtractBytes(std::uint64_t bytes);
  // Counting messages and whatever else a removal needs, the first sequence
  // aside.
  void Forget(const Entry& entry);
  void MoveFirst();

  std::unique_ptr<Index> index_;
  const Storage storage_;
  std::uint64_t messages_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t removals_ = 0;
  HeldBytes* held_ = nullptr;
  std::uint64_t first_seq_ = 0;
  std::uint64_t last_seq_ = 0;
  Nanos last_time_ = 0;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_MESSAGE_STORE_H_
