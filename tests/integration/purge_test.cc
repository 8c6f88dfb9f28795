// Deleting single messages and purging.

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/integration/behaviour.h"
#include "windtunnel/consume.h"

namespace windtunnel {
namespace {

constexpr Storage kBoth[] = {Storage::kMemory, Storage::kFile};

class PurgeBehaviour : public Behaviour {
 protected:
  // A stream of `count` messages, on subjects ending in 1, 2, 3, 1, 2, ...
  std::string Fill(Storage storage, int count) {
    const std::string name = FreshName();
    Create({.name = name,
            .subjects = {absl::StrCat(name, ".*")},
            .storage = storage});
    for (int i = 0; i < count; ++i) {
      Publish(absl::StrCat(name, ".", i % 3 + 1));
    }
    return name;
  }
  std::uint64_t PurgeAll(const std::string& name, const PurgeOptions& options) {
    return jetstream().PurgeStream(name, options).value();
  }
};

BEHAVIOUR_SUITE_OF(PurgeBehaviour, Purge);
BEHAVIOUR_SUITE_OF(PurgeBehaviour, MessageDelete);

// STO-010, API-098
TEST_P(MessageDelete, RemovesOneMessage) {
  for (const Storage storage : kBoth) {
    const std::string name = Fill(storage, 3);

    EXPECT_EQ(
        Api(absl::StrCat("STREAM.MSG.DELETE.", name), R"({"seq": 2})"),
        nlohmann::json(
            {{"type", "io.nats.jetstream.api.v1.stream_msg_delete_response"},
             {"success", true}}));
    EXPECT_TRUE(jetstream().DeleteMessage(name, 1, {.erase = false}).ok());

    EXPECT_EQ(State(name).messages, 1);
    EXPECT_EQ(State(name).first_seq, 3);
  }
}

// STO-011
TEST_P(MessageDelete, AbsentSequenceInMemory) {
  const std::string name = Fill(Storage::kMemory, 3);
  ASSERT_TRUE(jetstream().DeleteMessage(name, 2).ok());

  for (const int sequence : {0, 2, 9}) {
    EXPECT_EQ(
        ErrorOf(jetstream().DeleteMessage(name, sequence)),
        JetStreamError(400, 10043,
                       absl::StrCat("sequence ", sequence, " not found")));
  }
}

// STO-012, API-099, API-100, API-101
TEST_P(MessageDelete, AbsentSequenceInAFile) {
  const std::string name = Fill(Storage::kFile, 4);
  for (const int sequence : {1, 3}) {
    ASSERT_TRUE(jetstream().DeleteMessage(name, sequence).ok());
  }

  EXPECT_EQ(ErrorOf(jetstream().DeleteMessage(name, 3)),
            JetStreamError(400, 10043, "sequence 3 not found"));
  EXPECT_EQ(ErrorOf(jetstream().DeleteMessage(name, 1)),
            JetStreamError(500, 10057, "no message found"));
  EXPECT_EQ(ErrorOf(jetstream().DeleteMessage(name, 0)),
            JetStreamError(500, 10057, "no message found"));
  EXPECT_EQ(ErrorOf(jetstream().DeleteMessage(name, 9)),
            JetStreamError(500, 10057, "stream store EOF"));
}

// STO-013, API-017
TEST_P(MessageDelete, NeedsARequest) {
  const std::string operation =
      absl::StrCat("STREAM.MSG.DELETE.", Fill(Storage::kMemory, 1));

  EXPECT_EQ(ErrorOf(Api(operation, "")), BadRequest());
  EXPECT_EQ(ErrorOf(Api(operation, "{}")), BadRequest());
  EXPECT_EQ(ErrorOf(Api(operation, "{")).err_code, 10025);
}

// STO-014
TEST_P(MessageDelete, MayBeDenied) {
  Create({.name = "D", .storage = Storage::kMemory, .deny_delete = true});
  Publish("D");

  EXPECT_EQ(ErrorOf(jetstream().DeleteMessage("D", 1)),
            JetStreamError(500, 10057, "message delete not permitted"));
}

// STO-016
TEST_P(MessageDelete, IgnoresPendingAcks) {
  Create({.name = "W",
          .retention = Retention::kWorkQueue,
          .storage = Storage::kMemory});
  ASSERT_TRUE(jetstream()
                  .CreateConsumer("W", {.durable_name = "C",
                                        .ack_policy = AckPolicy::kExplicit})
                  .ok());
  Publish("W");
  auto pull = jetstream().SubscribePull("W", "C").value();
  ASSERT_TRUE(pull->Request({.expires = absl::Seconds(5)}).ok());
  PullEvent event = pull->Next(runtime().Now() + absl::Seconds(5), {}).value();
  ASSERT_TRUE(std::holds_alternative<Delivery>(event));

  EXPECT_EQ(ErrorOf(jetstream().DeleteMessage("W", 1)), Ok());

  EXPECT_EQ(State("W").messages, 0);
  EXPECT_EQ(ErrorOf(std::get<Delivery>(event).AckSync()), Ok());
}

// STO-017, API-072
TEST_P(Purge, RemovesEverything) {
  for (const Storage storage : kBoth) {
    for (const std::string body : {"", "{}", R"({"keep": 0})"}) {
      const std::string name = Fill(storage, 4);
      EXPECT_EQ(Api(absl::StrCat("STREAM.PURGE.", name), body),
                nlohmann::json(
                    {{"type", "io.nats.jetstream.api.v1.stream_purge_response"},
                     {"success", true},
                     {"purged", 4}}));
      EXPECT_EQ(State(name).messages, 0);
    }
  }
}

// STO-018
TEST_P(Purge, EmptyStreamIsPurgedOfNothing) {
  for (const Storage storage : kBoth) {
    const std::string name = Fill(storage, 0);

    EXPECT_EQ(PurgeAll(name, {}), 0);

    EXPECT_EQ(State(name).first_seq, 1);
    EXPECT_EQ(State(name).last_seq, 0);
    EXPECT_EQ(Publish(absl::StrCat(name, ".1")).sequence, 1);
  }
}

// STO-019, STO-020, STO-021
TEST_P(Purge, SequenceIsTheFirstToStay) {
  for (const Storage storage : kBoth) {
    const std::string name = Fill(storage, 6);

    EXPECT_EQ(PurgeAll(name, {.seq = 3}), 2);
    EXPECT_EQ(State(name).first_seq, 3);

    EXPECT_EQ(PurgeAll(name, {.seq = 7}), 4);
    EXPECT_EQ(State(name).messages, 0);
    EXPECT_EQ(State(name).last_seq, 6);

    EXPECT_EQ(PurgeAll(name, {.seq = 20}), 0);
    EXPECT_EQ(State(name).first_seq, 20);
    EXPECT_EQ(State(name).last_seq, 19);
    EXPECT_EQ(Publish(absl::StrCat(name, ".1")).sequence, 20);
  }
}

// STO-021
TEST_P(Purge, SequenceBeyondTheEndMovesTheCounters) {
  for (const Storage storage : kBoth) {
    const std::string name = Fill(storage, 3);

    EXPECT_EQ(PurgeAll(name, {.seq = 10}), 3);

    EXPECT_EQ(State(name).last_seq, 9);
    EXPECT_EQ(Publish(absl::StrCat(name, ".1")).sequence, 10);
  }
}

// STO-022
TEST_P(Purge, SequenceOneRemovesNothingSince212) {
  EXPECT_EQ(PurgeAll(Fill(Storage::kMemory, 3), {.seq = 1}),
            Since("2.10") ? 0 : 3);
  EXPECT_EQ(PurgeAll(Fill(Storage::kFile, 3), {.seq = 1}),
            Since("2.12") ? 0 : 3);
}

// STO-023
TEST_P(Purge, DeletedSequenceStandsForTheNext) {
  for (const Storage storage : kBoth) {
    const std::string name = Fill(storage, 5);
    ASSERT_TRUE(jetstream().DeleteMessage(name, 3).ok());

    const absl::StatusOr<std::uint64_t> purged =
        jetstream().PurgeStream(name, {.seq = 3});

    if (storage == Storage::kMemory && !Since("2.10")) {
      EXPECT_EQ(ErrorOf(purged),
                JetStreamError(500, 10051, "no message found"));
    } else {
      EXPECT_EQ(purged.value(), 2);
      EXPECT_EQ(State(name).first_seq, 4);
    }
  }
}

// STO-024
TEST_P(Purge, KeepsTheNewest) {
  for (const Storage storage : kBoth) {
    const std::string name = Fill(storage, 5);

    EXPECT_EQ(PurgeAll(name, {.keep = 5}), 0);
    EXPECT_EQ(PurgeAll(name, {.keep = 9}), 0);
    EXPECT_EQ(PurgeAll(name, {.keep = 2}), 3);
    EXPECT_EQ(State(name).first_seq, 4);
  }
}

// STO-024
TEST_P(Purge, OlderServersKeepFewerWhereSomeAreMissing) {
  for (const Storage storage : kBoth) {
    const std::string name = Fill(storage, 6);
    ASSERT_TRUE(jetstream().DeleteMessage(name, 5).ok());

    const bool counts_gaps =
        storage == Storage::kMemory ? !Since("2.11") : !Since("2.10");
    EXPECT_EQ(PurgeAll(name, {.keep = 3}), counts_gaps ? 3 : 2);
  }
}

// STO-025
TEST_P(Purge, FilterSelectsSubjects) {
  for (const Storage storage : kBoth) {
    const std::string name = Fill(storage, 6);

    EXPECT_EQ(PurgeAll(name, {.filter = absl::StrCat(name, ".2")}), 2);
    EXPECT_EQ(PurgeAll(name, {.filter = absl::StrCat(name, ".2")}), 0);
    EXPECT_EQ(PurgeAll(name, {.filter = "elsewhere"}), 0);
    EXPECT_EQ(PurgeAll(name, {.filter = "a..b"}), 0);
    EXPECT_EQ(PurgeAll(name, {.filter = absl::StrCat(name, ".*")}), 4);

    EXPECT_EQ(PurgeAll(Fill(storage, 2), {.filter = ">"}), 2);
  }
}

// STO-026
TEST_P(Purge, FilterKeepsTheNewestOfAllMatches) {
  for (const Storage storage : kBoth) {
    const std::string name = Fill(storage, 9);

    EXPECT_EQ(PurgeAll(name, {.filter = absl::StrCat(name, ".*"), .keep = 2}),
              7);
    EXPECT_EQ(State(name).first_seq, 8);
  }
}

// STO-026
TEST_P(Purge, FilterKeepsTheNewestOfOneSubject) {
  for (const Storage storage : kBoth) {
    const std::string name = Fill(storage, 9);

    EXPECT_EQ(PurgeAll(name, {.filter = absl::StrCat(name, ".1"), .keep = 1}),
              2);
    EXPECT_EQ(State(name).messages, 7);
    EXPECT_EQ(State(name).first_seq, 2);
  }
}

// STO-027
TEST_P(Purge, FilterAndSequence) {
  for (const Storage storage : kBoth) {
    const std::string name = Fill(storage, 6);
    const std::string filter = absl::StrCat(name, ".1");

    EXPECT_EQ(PurgeAll(name, {.filter = filter, .seq = 4}), 1);
    EXPECT_EQ(PurgeAll(name, {.filter = filter, .seq = 50}), 1);
    EXPECT_EQ(State(name).last_seq, 6);
    EXPECT_EQ(State(name).messages, 4);
  }
}

// STO-028
TEST_P(Purge, FilterAndSequenceOneRemoveNothingSince212) {
  for (const Storage storage : kBoth) {
    const std::string name = Fill(storage, 6);

    EXPECT_EQ(PurgeAll(name, {.filter = absl::StrCat(name, ".1"), .seq = 1}),
              Since("2.12") ? 0 : 2);
  }
}

// STO-029, API-073
TEST_P(Purge, SequenceAndKeepExcludeEachOther) {
  const std::string name = Fill(Storage::kMemory, 3);

  EXPECT_EQ(ErrorOf(jetstream().PurgeStream(name, {.seq = 2, .keep = 1})),
            BadRequest());
  EXPECT_EQ(ErrorOf(jetstream().PurgeStream(
                name, {.filter = ">", .seq = 2, .keep = 1})),
            BadRequest());
  EXPECT_EQ(State(name).messages, 3);
}

// STO-030
TEST_P(Purge, MayBeDenied) {
  Create({.name = "D", .storage = Storage::kMemory, .deny_purge = true});
  Publish("D");

  EXPECT_EQ(ErrorOf(jetstream().PurgeStream("D")),
            JetStreamError(500, 10110, "stream purge not permitted"));
}

// STO-033
TEST_P(Purge, AdvancesConsumers) {
  const std::string name = Fill(Storage::kMemory, 3);
  ASSERT_TRUE(jetstream()
                  .CreateConsumer(name, {.durable_name = "C",
                                         .ack_policy = AckPolicy::kExplicit})
                  .ok());

  PurgeAll(name, {});

  const ConsumerInfo info = jetstream().GetConsumerInfo(name, "C").value();
  EXPECT_EQ(info.delivered.stream_seq, 3);
  EXPECT_EQ(info.ack_floor.stream_seq, 3);
  EXPECT_EQ(info.num_pending, 0);
}

// STO-033
TEST_P(Purge, AdvancesConsumersThoughItRemovesNothing) {
  const std::string name = Fill(Storage::kMemory, 3);
  ASSERT_TRUE(jetstream()
                  .CreateConsumer(name, {.durable_name = "C",
                                         .ack_policy = AckPolicy::kExplicit})
                  .ok());
  ASSERT_TRUE(jetstream().DeleteMessage(name, 1).ok());

  PurgeAll(name, {.keep = 9});

  const ConsumerInfo info = jetstream().GetConsumerInfo(name, "C").value();
  EXPECT_EQ(info.delivered.stream_seq, 1);
  EXPECT_EQ(info.ack_floor.stream_seq, 1);
  EXPECT_EQ(info.num_pending, 2);
}

// STO-033: 2.9 leaves filtered consumers alone unless they see all that is purged.
TEST_P(Purge, WithOptionsLeavesFilteredConsumersAloneOn29) {
  const std::string name = Fill(Storage::kMemory, 3);
  ASSERT_TRUE(jetstream()
                  .CreateConsumer(name, {.durable_name = "C",
                                         .ack_policy = AckPolicy::kExplicit,
                                         .filter_subject = name + ".9"})
                  .ok());

  PurgeAll(name, {.keep = 1});
  EXPECT_EQ(jetstream().GetConsumerInfo(name, "C")->delivered.stream_seq,
            Since("2.10") ? 2 : 0);

  PurgeAll(name, {});
  EXPECT_EQ(jetstream().GetConsumerInfo(name, "C")->delivered.stream_seq, 3);
}

// DEL-023: what is purged while pending counts as settled.
TEST_P(Purge, SettlesWhatWasPending) {
  const std::string name = Fill(Storage::kMemory, 3);
  ASSERT_TRUE(jetstream()
                  .CreateConsumer(name, {.durable_name = "C",
                                         .ack_policy = AckPolicy::kExplicit})
                  .ok());
  PullConsumer consumer(jetstream(), name, "C");
  ASSERT_EQ(consumer.Fetch({.max_messages = 1, .max_wait = absl::ZeroDuration()})
                .deliveries.size(),
            1u);

  PurgeAll(name, {.filter = name + ".1"});

  const ConsumerInfo info = jetstream().GetConsumerInfo(name, "C").value();
  EXPECT_EQ(info.num_ack_pending, 0);
  EXPECT_TRUE(info.ack_floor.last_active.has_value());
}

}  // namespace
}  // namespace windtunnel
