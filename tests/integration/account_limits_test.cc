// What the configuration of server and account allows streams and consumers.

#include <cstdint>
#include <limits>
#include <string>

#include "tests/integration/behaviour.h"

namespace windtunnel {
namespace {

constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();

JetStreamError NoMemory() {
  return {500, 10028, "insufficient memory resources available"};
}
JetStreamError NoStorage() {
  return {500, 10047, "insufficient storage resources available"};
}
JetStreamError TooManyStreams() {
  return {400, 10027, "maximum number of streams reached"};
}
JetStreamError TooManyConsumers() {
  return {400, 10026, "maximum consumers limit reached"};
}

// Each test says how its server is configured.
class ConfiguredBehaviour : public Behaviour {
 protected:
  void SetUp() override {}

  void StartWith(const JetStreamAccount& account) {
    StartWorld({.jetstream = {.account = account}});
  }
  JetStreamError CreateError(const StreamConfig& config) {
    return ErrorOf(jetstream().CreateStream(config));
  }
  JetStreamError UpdateError(const StreamConfig& config) {
    return ErrorOf(jetstream().UpdateStream(config));
  }
};

BEHAVIOUR_SUITE_OF(ConfiguredBehaviour, ConfiguredLimits);

// STR-117
TEST_P(ConfiguredLimits, AccountWithoutJetStreamIsRefusedEverything) {
  StartWith({.enabled = false});
  const JetStreamError refused = {503, 10039,
                                  "JetStream not enabled for account"};

  EXPECT_EQ(ErrorOf(jetstream().GetAccountInfo()), refused);
  EXPECT_EQ(CreateError({.name = "S"}), refused);
  EXPECT_EQ(ErrorOf(jetstream().GetStreamInfo("S")), refused);
  EXPECT_EQ(ErrorOf(jetstream().DeleteStream("S")), refused);
  EXPECT_EQ(ErrorOf(jetstream().CreateConsumer("S", {.durable_name = "C"})),
            refused);
  EXPECT_EQ(ErrorOf(jetstream().GetConsumerInfo("S", "C")), refused);
  EXPECT_EQ(ErrorOf(jetstream().DeleteConsumer("S", "C")), refused);
  for (const std::string operation :
       {"STREAM.CREATE.S", "STREAM.NAMES", "STREAM.INFO.S", "STREAM.DELETE.S",
        "STREAM.PURGE.S", "STREAM.MSG.GET.S", "CONSUMER.NAMES.S",
        "CONSUMER.DELETE.S.C"}) {
    EXPECT_EQ(ErrorOf(Api(operation, "{")), refused) << operation;
  }
  EXPECT_EQ(ErrorOf(Api("STREAM.LEADER.STEPDOWN.S")).err_code, 10010);
  // These read the body first.
  EXPECT_EQ(ErrorOf(Api("CONSUMER.CREATE.S", "{")),
            InvalidJson("unexpected EOF"));
  EXPECT_EQ(ErrorOf(Api("CONSUMER.INFO.S.C", "x")).err_code, 10038);
  EXPECT_EQ(ErrorOf(RawPublish({.subject = "S"})), NoResponders());
}

// API-050, API-051
TEST_P(ConfiguredLimits, AccountInfoShowsThemAndWhatIsUsed) {
  StartWith({.max_mem = 10'000,
             .max_store = 20'000,
             .max_streams = 5,
             .max_consumers = 6,
             .max_ack_pending = 70,
             .mem_max_stream_bytes = 800,
             .disk_max_stream_bytes = 900});
  Create({.name = "M", .max_bytes = 500, .storage = Storage::kMemory});
  Create({.name = "U", .storage = Storage::kMemory});
  Create({.name = "F", .max_bytes = 600});
  Publish("M", "12345");
  Publish("U", "12345");
  Publish("F", "12345");

  const AccountInfo info = jetstream().GetAccountInfo().value();

  EXPECT_EQ(info.limits, (AccountLimits{.max_memory = 10'000,
                                        .max_storage = 20'000,
                                        .max_streams = 5,
                                        .max_consumers = 6,
                                        .max_ack_pending = 70,
                                        .memory_max_stream_bytes = 800,
                                        .storage_max_stream_bytes = 900}));
  EXPECT_EQ(info.streams, 3);
  EXPECT_EQ(info.memory, State("M").bytes + State("U").bytes);
  EXPECT_EQ(info.storage, State("F").bytes);
  // 2.10 takes the -1 of a stream without max_bytes for a number.
  EXPECT_EQ(info.reserved_memory, Since("2.11")   ? 500
                                  : Since("2.10") ? 499
                                                  : 0);
  EXPECT_EQ(info.reserved_storage, Since("2.10") ? 600 : 0);

  jetstream().PurgeStream("M").value();
  ASSERT_TRUE(jetstream().DeleteStream("U").ok());
  EXPECT_EQ(jetstream().GetAccountInfo()->memory, 0);
}

// STR-118
TEST_P(ConfiguredLimits, StreamsAreCounted) {
  StartWith({.max_streams = 2});
  Create({.name = "A", .storage = Storage::kMemory});
  Create({.name = "B", .storage = Storage::kMemory});

  EXPECT_EQ(CreateError({.name = "C"}), TooManyStreams());
  EXPECT_EQ(CreateError({.name = "A", .storage = Storage::kMemory}),
            Since("2.10") ? Ok() : TooManyStreams());
  EXPECT_EQ(
      UpdateError({.name = "A", .max_msgs = 1, .storage = Storage::kMemory}),
      Ok());
  // Counted before the rest of the configuration is looked at, after the name.
  EXPECT_EQ(CreateError({.name = "C", .max_age = absl::Nanoseconds(1)}),
            TooManyStreams());
  EXPECT_EQ(CreateError({.name = "A", .max_age = absl::Nanoseconds(1)}),
            Since("2.10") ? InvalidConfig("max age needs to be >= 100ms")
                          : TooManyStreams());
  EXPECT_EQ(ErrorOf(Api("STREAM.CREATE.C", R"({"name": "D"})")).err_code,
            10056);

  ASSERT_TRUE(jetstream().DeleteStream("B").ok());
  EXPECT_EQ(CreateError({.name = "C", .storage = Storage::kMemory}), Ok());
}

// STR-119
TEST_P(ConfiguredLimits, MaxBytesOfAllStreamsAreReserved) {
  StartWith({.max_mem = 1000, .max_store = 2000});
  const auto memory = [](std::string name, std::int64_t max_bytes) {
    return StreamConfig{.name = std::move(name),
                        .max_bytes = max_bytes,
                        .storage = Storage::kMemory};
  };
  const auto file = [](std::string name, std::int64_t max_bytes) {
    return StreamConfig{.name = std::move(name), .max_bytes = max_bytes};
  };
  EXPECT_EQ(CreateError(memory("A", 1001)), NoMemory());
  Create(memory("A", 600));
  EXPECT_EQ(CreateError(memory("B", 401)), NoMemory());
  // A stream without max_bytes takes one byte.
  EXPECT_EQ(CreateError(memory("U", -1)), Ok());
  Create(memory("B", 400));
  EXPECT_EQ(CreateError(memory("V", -1)), NoMemory());
  EXPECT_EQ(CreateError(memory("V", 0)), NoMemory());
  EXPECT_EQ(CreateError(memory("A", 600)), Ok());  // It is there.
  // Seen before what else is wrong, and counted by storage.
  EXPECT_EQ(CreateError({.name = "V",
                         .max_bytes = 1,
                         .max_age = absl::Nanoseconds(1),
                         .storage = Storage::kMemory}),
            NoMemory());
  EXPECT_EQ(CreateError(file("F", 2001)), NoStorage());
  EXPECT_EQ(CreateError(file("F", 2000)), Ok());

  EXPECT_EQ(UpdateError(memory("A", 601)), NoMemory());
  EXPECT_EQ(UpdateError(memory("A", 500)), Ok());
  EXPECT_EQ(UpdateError(memory("B", 500)), Ok());
  EXPECT_EQ(UpdateError(memory("U", 1)), NoMemory());
  EXPECT_EQ(UpdateError(memory("B", -1)), Ok());
  EXPECT_EQ(UpdateError(memory("U", 400)), Ok());
  ASSERT_TRUE(jetstream().DeleteStream("A").ok());
  EXPECT_EQ(CreateError(memory("W", 600)), Ok());
}

// STR-120
TEST_P(ConfiguredLimits, ServerReservesToo) {
  StartWorld({.jetstream = {.max_memory_store = 1000, .max_file_store = 2000}});

  EXPECT_EQ(CreateError(
                {.name = "A", .max_bytes = 1001, .storage = Storage::kMemory}),
            NoMemory());
  Create({.name = "A", .max_bytes = 900, .storage = Storage::kMemory});
  EXPECT_EQ(
      CreateError({.name = "B", .max_bytes = 101, .storage = Storage::kMemory}),
      NoMemory());
  // The server has reserved that already, and asks for it once more.
  EXPECT_EQ(
      CreateError({.name = "A", .max_bytes = 900, .storage = Storage::kMemory}),
      NoMemory());
  EXPECT_EQ(UpdateError(
                {.name = "A", .max_bytes = 1000, .storage = Storage::kMemory}),
            Ok());
  EXPECT_EQ(CreateError({.name = "F", .max_bytes = 2001}), NoStorage());
  EXPECT_EQ(CreateError({.name = "F", .max_bytes = 2000}), Ok());
}

// STR-119, STR-120
TEST_P(ConfiguredLimits, HugeMaxBytesDoNotFit) {
  StartWorld({});
  for (const Storage storage : {Storage::kMemory, Storage::kFile}) {
    const JetStreamError refused =
        storage == Storage::kMemory ? NoMemory() : NoStorage();
    EXPECT_EQ(
        CreateError({.name = "S", .max_bytes = kHuge, .storage = storage}),
        refused);
    EXPECT_EQ(CreateError({.name = "S",
                           .max_bytes = std::int64_t{1} << 50,
                           .storage = storage}),
              refused);
  }
  // Older servers add up, and the sum comes out negative.
  Create({.name = "A", .max_bytes = 1 << 20, .storage = Storage::kMemory});
  EXPECT_EQ(CreateError(
                {.name = "B", .max_bytes = kHuge, .storage = Storage::kMemory}),
            Since("2.11") ? NoMemory() : Ok());
}

// STR-121, STR-122
TEST_P(ConfiguredLimits, MaxBytesMayBeRequiredAndBounded) {
  StartWith({.mem_max_stream_bytes = 100,
             .disk_max_stream_bytes = 200,
             .max_bytes_required = true});
  const JetStreamError required = {
      400, 10113, "account requires a stream config to have max bytes set"};
  const JetStreamError exceeded = {
      400, 10122, "stream max bytes exceeds account limit max stream bytes"};
  const StreamConfig good = {
      .name = "M", .max_bytes = 100, .storage = Storage::kMemory};

  EXPECT_EQ(CreateError({.name = "S"}), required);
  EXPECT_EQ(CreateError({.name = "S", .max_bytes = -1}), required);
  EXPECT_EQ(CreateError({.name = "S", .max_bytes = 201}), exceeded);
  EXPECT_EQ(CreateError({.name = "S", .max_bytes = 200}), Ok());
  EXPECT_EQ(
      CreateError({.name = "M", .max_bytes = 101, .storage = Storage::kMemory}),
      exceeded);
  Create(good);
  EXPECT_EQ(UpdateError({.name = "M", .storage = Storage::kMemory}), required);
  EXPECT_EQ(
      UpdateError({.name = "M", .max_bytes = 101, .storage = Storage::kMemory}),
      exceeded);
  // What is wrong with subjects is seen before; that they overlap, after,
  // until the newest.
  EXPECT_EQ(CreateError({.name = "T", .subjects = {"a..b"}}),
            InvalidConfig("invalid subject"));
  EXPECT_EQ(CreateError({.name = "T", .subjects = {"a.*", "a.b"}}),
            Since("2.11")
                ? InvalidConfig(R"(subject "a.*" overlaps with "a.b")")
                : required);
}

// STR-123
TEST_P(ConfiguredLimits, ConsumersOfEachStreamAreBounded) {
  StartWith({.max_consumers = 2});
  const auto add = [&](const std::string& stream, const std::string& name) {
    return ErrorOf(jetstream().CreateConsumer(
        stream, {.durable_name = name, .ack_policy = AckPolicy::kExplicit}));
  };

  EXPECT_EQ(CreateError({.name = "S", .max_consumers = 3}), TooManyConsumers());
  Create({.name = "S", .storage = Storage::kMemory});
  Create({.name = "T", .max_consumers = 1, .storage = Storage::kMemory});
  EXPECT_EQ(add("S", "A"), Ok());
  EXPECT_EQ(add("S", "B"), Ok());
  EXPECT_EQ(add("S", "C"), TooManyConsumers());
  EXPECT_EQ(add("S", "A"), Ok());
  EXPECT_EQ(add("T", "A"), Ok());
  EXPECT_EQ(add("T", "B"), TooManyConsumers());
  EXPECT_EQ(UpdateError(
                {.name = "T", .max_consumers = 3, .storage = Storage::kMemory}),
            Since("2.11") ? TooManyConsumers()
                          : InvalidConfig("stream configuration update can not "
                                          "change MaxConsumers"));
}

// STR-124
TEST_P(ConfiguredLimits, MessagesMustFitIntoTheAccount) {
  StartWith({.max_mem = 200, .max_store = 200});
  const JetStreamError refused = {400, 10002,
                                  "resource limits exceeded for account"};
  for (const Storage storage : {Storage::kMemory, Storage::kFile}) {
    const std::string name = storage == Storage::kMemory ? "M" : "F";
    Create({.name = name, .storage = storage});
    Publish(name, "");
    const std::uint64_t overhead = State(name).bytes;
    const std::string fits(200 - 2 * overhead, 'x');

    EXPECT_EQ(ErrorOf(RawPublish({.subject = name, .data = fits + 'x'})),
              refused);
    // 2.9 stores the message and removes it.
    EXPECT_EQ(State(name).messages, 1);
    EXPECT_EQ(State(name).last_seq, Since("2.10") ? 1 : 2);
    EXPECT_EQ(Publish(name, fits).sequence, Since("2.10") ? 2 : 3);
    EXPECT_EQ(ErrorOf(RawPublish(
                  {.subject = name, .headers = {{"Nats-Msg-Id", "id"}}})),
              refused);
    // What was refused counts for 2.10.
    EXPECT_EQ(ErrorOf(RawPublish(
                  {.subject = name,
                   .headers = {{"Nats-Expected-Last-Sequence", "99"}}})),
              JetStreamError(400, 10071,
                             Since("2.11")   ? "wrong last sequence: 2"
                             : Since("2.10") ? "wrong last sequence: 4"
                                             : "wrong last sequence: 4"));
    EXPECT_EQ(
        ErrorOf(RawPublish({.subject = name,
                            .headers = {{"Nats-Expected-Last-Msg-Id", "x"}}})),
        JetStreamError(400, 10070,
                       Since("2.10") && !Since("2.11")
                           ? "wrong last msg ID: id"
                           : "wrong last msg ID: "));
    jetstream().PurgeStream(name).value();
    EXPECT_EQ(Publish(name, "", {.message_id = "id"}).duplicate, false);
    jetstream().PurgeStream(name).value();
  }
}

// STR-124
TEST_P(ConfiguredLimits, FirstMessageOfAnAccountFits) {
  StartWith({.max_mem = 100});
  Create({.name = "S", .storage = Storage::kMemory});
  const std::string large(200, 'x');
  const JetStreamError refused = {400, 10002,
                                  "resource limits exceeded for account"};

  EXPECT_EQ(ErrorOf(RawPublish({.subject = "S", .data = large})),
            Since("2.10") ? Ok() : refused);
  EXPECT_EQ(ErrorOf(RawPublish({.subject = "S"})),
            Since("2.10") ? refused : Ok());
  jetstream().PurgeStream("S").value();
  EXPECT_EQ(ErrorOf(RawPublish({.subject = "S", .data = large})), refused);
  EXPECT_EQ(ErrorOf(RawPublish({.subject = "S"})), Ok());
}

// STR-124, PUB-069
TEST_P(ConfiguredLimits, BatchesMustFitWhenTheyArrive) {
  StartWith({.max_mem = 200});
  nlohmann::json created =
      Api("STREAM.CREATE.S",
          Since("2.12")
              ? R"({"name": "S", "storage": "memory", "allow_atomic": true})"
              : R"({"name": "S", "storage": "memory"})");
  ASSERT_EQ(ErrorOf(created), Ok());
  Publish("S");

  EXPECT_EQ(ErrorOf(RawPublish({.subject = "S",
                                .headers = {{"Nats-Batch-Id", "b"},
                                            {"Nats-Batch-Sequence", "1"}},
                                .data = std::string(300, 'x')})),
            JetStreamError(400, 10002, "resource limits exceeded for account"));
}

// STR-124
TEST_P(ConfiguredLimits, BytesOfAStreamBindTheAccountUntil211) {
  StartWith({.mem_max_stream_bytes = 60});
  Create({.name = "A", .max_bytes = 60, .storage = Storage::kMemory});
  Create({.name = "B", .max_bytes = 60, .storage = Storage::kMemory});
  Publish("A", "12345678901234567890");

  EXPECT_EQ(
      ErrorOf(RawPublish({.subject = "B", .data = "12345678901234567890"})),
      Since("2.11")
          ? Ok()
          : JetStreamError(400, 10002, "resource limits exceeded for account"));
}

// STR-125
TEST_P(ConfiguredLimits, ServerThatHoldsTooMuchTakesNoMore) {
  StartWorld({.jetstream = {.max_memory_store = 100}});
  Create({.name = "S",
          .retention = Retention::kInterest,
          .storage = Storage::kMemory,
          .allow_rollup_hdrs = true});
  ASSERT_TRUE(jetstream()
                  .CreateConsumer("S", {.durable_name = "C",
                                        .ack_policy = AckPolicy::kExplicit})
                  .ok());
  const JetStreamError full = {503, 10023, "insufficient resources"};

  Publish("S", "1");
  EXPECT_EQ(
      ErrorOf(RawPublish({.subject = "S", .data = std::string(200, 'x')})),
      Ok());
  EXPECT_EQ(ErrorOf(RawPublish({.subject = "S"})), full);
  // After the headers; before interest and TTLs.
  EXPECT_EQ(
      ErrorOf(RawPublish({.subject = "S",
                          .headers = {{"Nats-Expected-Last-Sequence", "9"}}}))
          .err_code,
      10071);
  ASSERT_TRUE(jetstream().DeleteConsumer("S", "C").ok());
  EXPECT_EQ(State("S").messages, 0);
  EXPECT_EQ(ErrorOf(RawPublish({.subject = "S"})), Ok());
}

// STR-025
TEST_P(ConfiguredLimits, DuplicateWindowIsBoundedByTheServer) {
  StartWorld({.jetstream = {.limits = {.duplicate_window = absl::Minutes(1)}}});

  EXPECT_EQ(Create({.name = "S", .storage = Storage::kMemory})
                .config.duplicate_window,
            absl::Minutes(1));
  EXPECT_EQ(Create({.name = "A",
                    .max_age = absl::Seconds(30),
                    .storage = Storage::kMemory})
                .config.duplicate_window,
            absl::Seconds(30));
  const JetStreamError refused = InvalidConfig(
      "duplicates window can not be larger then server limit of 1m0s");
  EXPECT_EQ(CreateError(
                {.name = "T",
                 .duplicate_window = absl::Minutes(1) + absl::Nanoseconds(1)}),
            refused);
  EXPECT_EQ(UpdateError({.name = "S",
                         .storage = Storage::kMemory,
                         .duplicate_window = absl::Minutes(2)}),
            refused);
  // The age is looked at first.
  EXPECT_EQ(CreateError({.name = "T",
                         .max_age = absl::Seconds(90),
                         .duplicate_window = absl::Minutes(2)}),
            InvalidConfig("duplicates window can not be larger then max age"));
  const nlohmann::json pedantic =
      Api("STREAM.CREATE.P",
          R"({"name": "P", "storage": "memory", "pedantic": true})");
  EXPECT_EQ(ErrorOf(pedantic),
            Since("2.11")
                ? JetStreamError(400, 10157,
                                 "pedantic mode: duplicate window limits are "
                                 "higher than current limits")
                : Ok());
}

// CON-082, CON-083
TEST_P(ConfiguredLimits, ConsumersAreBoundedByServerAndAccount) {
  StartWorld(
      {.jetstream = {.limits = {.max_ack_pending = 50, .max_request_batch = 10},
                     .account = {.max_ack_pending = 40}}});
  Create({.name = "S", .storage = Storage::kMemory});
  const auto create = [&](ConsumerConfig config) {
    config.durable_name = "C";
    config.ack_policy = AckPolicy::kExplicit;
    auto created = jetstream().CreateConsumer("S", config);
    if (created.ok()) jetstream().DeleteConsumer("S", "C").IgnoreError();
    return created;
  };
  const auto exceeds = [](int limit) {
    return JetStreamError(400, 10121,
                          "consumer max ack pending exceeds system limit of " +
                              std::to_string(limit));
  };

  const ConsumerConfig defaults = create({}).value().config;
  EXPECT_EQ(defaults.max_ack_pending, 40);
  EXPECT_EQ(defaults.max_batch, 10);
  EXPECT_EQ(create({.max_ack_pending = 40})->config.max_ack_pending, 40);
  EXPECT_EQ(create({.max_ack_pending = -1})->config.max_ack_pending, -1);
  EXPECT_EQ(ErrorOf(create({.max_ack_pending = 41})), exceeds(40));
  EXPECT_EQ(ErrorOf(create({.max_ack_pending = 51})), exceeds(50));
  EXPECT_EQ(create({.max_batch = 9})->config.max_batch, 9);
  EXPECT_EQ(ErrorOf(create({.max_batch = 11})),
            JetStreamError(400, 10125,
                           "consumer max request batch exceeds server limit "
                           "of 10"));
  // Those of the stream come last.
  Create({.name = "L",
          .storage = Storage::kMemory,
          .consumer_limits = {.max_ack_pending = 30}});
  EXPECT_EQ(ErrorOf(jetstream().CreateConsumer(
                "L", {.durable_name = "C",
                      .ack_policy = AckPolicy::kExplicit,
                      .max_ack_pending = 35})),
            Since("2.10") ? exceeds(30) : Ok());
}

}  // namespace
}  // namespace windtunnel
