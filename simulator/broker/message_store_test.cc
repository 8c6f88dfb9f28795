#include "simulator/broker/message_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace windtunnel::broker {
namespace {

using testing::ElementsAre;
using testing::FieldsAre;
using testing::IsEmpty;

MessageBlockPtr Message(absl::string_view subject) {
  return MessageBlock::New(subject, "", "data");
}

// Appends one message for each subject, a nanosecond apart.
void AppendAll(MessageStore& store, const std::vector<std::string>& subjects) {
  for (const std::string& subject : subjects) {
    store.Append(Message(subject), store.last_time() + 1);
  }
}

SubjectFilter Filter(std::string pattern) {
  return SubjectFilter({std::move(pattern)});
}

TEST(MessageStoreTest, CountsBytesAsTheServerDoes) {
  // STO-001 STO-002 STO-003
  const MessageBlockPtr plain = MessageBlock::New("x.ab", "", "12345");
  const MessageBlockPtr with_header =
      MessageBlock::New("x.ab", std::string(18, 'h'), "12345");
  const MessageStore memory(Storage::kMemory, 0);
  const MessageStore file(Storage::kFile, 0);

  EXPECT_EQ(memory.SizeOf(*plain), 25u);
  EXPECT_EQ(file.SizeOf(*plain), 39u);
  EXPECT_EQ(memory.SizeOf(*with_header), 43u);
  EXPECT_EQ(file.SizeOf(*with_header), 61u);
}

TEST(MessageStoreTest, BytesFollowAppendsAndRemovals) {
  MessageStore store(Storage::kMemory, 0);
  AppendAll(store, {"a", "bb"});
  EXPECT_EQ(store.bytes(), (1u + 4 + 16) + (2u + 4 + 16));
  store.Remove(1);
  EXPECT_EQ(store.bytes(), 2u + 4 + 16);
  store.Clear(0);
  EXPECT_EQ(store.bytes(), 0u);
}

TEST(MessageStoreTest, UntouchedStoreHasNoSequences) {
  // STO-004
  MessageStore store(Storage::kMemory, 0);
  EXPECT_EQ(store.first_seq(), 0u);
  EXPECT_EQ(store.last_seq(), 0u);
  EXPECT_THAT(store.Deleted(), IsEmpty());
  EXPECT_EQ(store.Append(Message("a"), 7), 1u);
  EXPECT_EQ(store.first_seq(), 1u);
}

TEST(MessageStoreTest, StartsAtTheConfiguredSequence) {
  // STR-046
  MessageStore store(Storage::kMemory, 10);
  EXPECT_EQ(store.first_seq(), 10u);
  EXPECT_EQ(store.last_seq(), 9u);
  EXPECT_EQ(store.Append(Message("a"), 7), 10u);

  const MessageStore from_one(Storage::kMemory, 1);
  EXPECT_EQ(from_one.first_seq(), 1u);
  EXPECT_EQ(from_one.last_seq(), 0u);
}

TEST(MessageStoreTest, EmptiedStoreBeginsAfterItsEnd) {
  // STO-005
  MessageStore store(Storage::kMemory, 0);
  AppendAll(store, {"a", "a"});
  store.Remove(2);
  store.Remove(1);
  EXPECT_EQ(store.first_seq(), 3u);
  EXPECT_EQ(store.last_seq(), 2u);
  EXPECT_EQ(store.last_time(), 2);
}

TEST(MessageStoreTest, RemovingTheFirstStepsOverGaps) {
  // STO-006
  MessageStore store(Storage::kMemory, 0);
  AppendAll(store, {"a", "a", "a", "a"});
  store.Remove(2);
  store.Remove(3);
  EXPECT_EQ(store.first_seq(), 1u);
  store.Remove(1);
  EXPECT_EQ(store.first_seq(), 4u);
}

TEST(MessageStoreTest, RemovingTheLastLeavesItsSequenceUsed) {
  // STO-007 STO-008
  MessageStore store(Storage::kMemory, 0);
  AppendAll(store, {"a", "a", "a"});
  store.Remove(3);
  EXPECT_EQ(store.last_seq(), 3u);
  EXPECT_EQ(store.last_time(), 3);
  EXPECT_THAT(store.Deleted(), ElementsAre(3));
  EXPECT_EQ(store.Append(Message("a"), 9), 4u);
}

TEST(MessageStoreTest, RemovesAMessageOnce) {
  MessageStore store(Storage::kMemory, 0);
  AppendAll(store, {"a"});
  EXPECT_FALSE(store.Remove(0));
  EXPECT_FALSE(store.Remove(2));
  EXPECT_TRUE(store.Remove(1));
  EXPECT_FALSE(store.Remove(1));
}

TEST(MessageStoreTest, CountsSubjectsThatHaveMessages) {
  // STO-009
  MessageStore store(Storage::kMemory, 0);
  AppendAll(store, {"a", "a.b", "a.b"});
  EXPECT_EQ(store.num_subjects(), 2u);
  store.Remove(1);
  EXPECT_EQ(store.num_subjects(), 1u);
  store.Remove(2);
  EXPECT_EQ(store.num_subjects(), 1u);
  store.Remove(3);
  EXPECT_EQ(store.num_subjects(), 0u);
}

TEST(MessageStoreTest, ClearingAnUnusedStoreMovesFirstSequenceToOne) {
  // STO-018
  MessageStore store(Storage::kMemory, 0);
  EXPECT_EQ(store.Clear(0), 0u);
  EXPECT_EQ(store.first_seq(), 1u);
  EXPECT_EQ(store.last_seq(), 0u);
}

TEST(MessageStoreTest, ClearMovesTheCountersForward) {
  // STO-020 STO-021
  MessageStore store(Storage::kMemory, 0);
  AppendAll(store, {"a", "a"});
  EXPECT_EQ(store.Clear(3), 2u);
  EXPECT_EQ(store.first_seq(), 3u);
  EXPECT_EQ(store.last_seq(), 2u);
  EXPECT_EQ(store.Clear(50), 0u);
  EXPECT_EQ(store.first_seq(), 50u);
  EXPECT_EQ(store.last_seq(), 49u);
  EXPECT_EQ(store.Append(Message("a"), 9), 50u);
}

TEST(MessageStoreTest, HugeSequencesCostNothing) {
  const std::uint64_t far = std::uint64_t{1} << 63;
  MessageStore store(Storage::kMemory, 0);
  AppendAll(store, {"a"});
  store.Clear(far);
  EXPECT_EQ(store.Append(Message("a"), 1), far);
  EXPECT_EQ(store.Next(0), far);
  EXPECT_EQ(store.LastOfSubject("a"), far);
  EXPECT_EQ(store.CountMatching(Filter("a"), far), 1u);
  EXPECT_EQ(store.LastMatching(SubjectFilter(),
                               std::numeric_limits<std::uint64_t>::max()),
            far);
}

TEST(MessageStoreTest, SkipUsesUpASequence) {
  // STO-102
  MessageStore store(Storage::kMemory, 0);
  EXPECT_EQ(store.Skip(5), 1u);
  EXPECT_EQ(store.first_seq(), 2u);
  EXPECT_EQ(store.last_seq(), 1u);
  EXPECT_EQ(store.last_time(), 5);
  AppendAll(store, {"a"});
  EXPECT_EQ(store.Skip(9), 3u);
  EXPECT_EQ(store.first_seq(), 2u);
  EXPECT_THAT(store.Deleted(), ElementsAre(3));
}

TEST(MessageStoreTest, FindsTheFirstMessageOfATime) {
  MessageStore store(Storage::kMemory, 0);
  store.Append(Message("a"), 10);
  store.Append(Message("a"), 20);
  store.Append(Message("a"), 20);
  store.Append(Message("a"), 30);
  store.Remove(2);
  EXPECT_EQ(store.FirstAtOrAfter(0), 1u);
  EXPECT_EQ(store.FirstAtOrAfter(11), 3u);
  EXPECT_EQ(store.FirstAtOrAfter(30), 4u);
  EXPECT_EQ(store.FirstAtOrAfter(31), 5u);
}

TEST(MessageStoreTest, WildcardsMatchByToken) {
  MessageStore store(Storage::kMemory, 0);
  AppendAll(store, {"d.1.x", "d.1", "d.2.x", "d.1.x", "e.1.x", "d!"});
  EXPECT_THAT(store.Matching(Filter("d.*.x")), ElementsAre(1, 3, 4));
  EXPECT_THAT(store.Matching(Filter("d.1.>")), ElementsAre(1, 4));
  EXPECT_THAT(store.Matching(Filter("*.1.*")), ElementsAre(1, 4, 5));
  EXPECT_THAT(store.Matching(Filter("d.*")), ElementsAre(2));
  EXPECT_THAT(store.Matching(Filter("d")), IsEmpty());
  EXPECT_THAT(store.Subjects(Filter("d.>")),
              ElementsAre(FieldsAre("d.1", 1), FieldsAre("d.1.x", 2),
                          FieldsAre("d.2.x", 1)));
  EXPECT_THAT(store.LastPerSubject(Filter("d.>"), 9), ElementsAre(2, 3, 4));
  EXPECT_THAT(store.LastPerSubject(Filter("d.>"), 3), ElementsAre(1, 2, 3));
}

TEST(MessageStoreTest, OverlappingPatternsCountAMessageOnce) {
  // DEL-016
  MessageStore store(Storage::kMemory, 0);
  AppendAll(store, {"a.1", "a.2", "b.1"});
  const SubjectFilter filter({"a.*", "*.1"});
  EXPECT_EQ(store.CountMatching(filter, 0), 3u);
  EXPECT_EQ(store.CountMatching(filter, 2), 2u);
  EXPECT_THAT(store.LastPerSubject(filter, 3), ElementsAre(1, 2, 3));
}

TEST(MessageStoreTest, FindsARareMatchAmongMany) {
  MessageStore store(Storage::kMemory, 0);
  AppendAll(store, {"rare.1"});
  for (int i = 0; i < 5000; ++i) {
    AppendAll(store, {absl::StrCat("common.", i % 700)});
  }
  AppendAll(store, {"rare.2"});
  EXPECT_EQ(store.NextMatching(Filter("rare.*"), 2), 5002u);
  EXPECT_EQ(store.LastMatching(Filter("rare.*"), 5001), 1u);
  EXPECT_EQ(store.NextMatching(Filter("none.*"), 2), 0u);
}

TEST(MessageStoreTest, ForgetsSubjectsWhoseMessagesAreGone) {
  MessageStore store(Storage::kMemory, 0);
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t seq =
        store.Append(Message(absl::StrCat("order.", i, ".created")), i);
    store.Remove(seq);
  }
  EXPECT_EQ(store.num_subjects(), 0u);
  AppendAll(store, {"order.3.created"});
  EXPECT_EQ(store.LastOfSubject("order.3.created"), 10'001u);
  EXPECT_EQ(store.CountMatching(Filter("order.*.created"), 0), 1u);
}

}  // namespace
}  // namespace windtunnel::broker
