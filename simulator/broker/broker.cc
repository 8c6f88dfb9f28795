#include "simulator/broker/broker.h"

#include <algorithm>
#include <utility>

#include "simulator/broker/broker_state.h"

namespace windtunnel::broker {

Broker::Broker(const Context& context, const BrokerOptions& options)
    : options_(options),
      profile_(ProfileFor(options.version)),
      router_(profile_.no_responders_names_subject),
      state_(std::make_unique<State>(profile_, options.jetstream, router_)) {
  static_cast<void>(context);
  state_->dialect = {.minor = profile_.minor,
                     .strict = profile_.strict_json,
                     .error_detail = profile_.json_error_detail,
                     .pub_ack_has_blank = profile_.pub_ack_has_blank};
}

Broker::~Broker() = default;

const api::Dialect& Broker::dialect() const { return state_->dialect; }

AccountResources& Broker::resources() { return state_->resources; }

DeliverSubjects& Broker::deliver_subjects() { return state_->deliver_subjects; }

void Broker::OnInterestChanged(const Context& context,
                               absl::string_view subject) {
  if (!state_->running) return;
  state_->deliver_subjects.OnInterestChanged(context, subject);
  PublishPending(context);
}

// --- Streams -----------------------------------------------------------------

Stream* Broker::FindStream(absl::string_view name) {
  if (!state_->running) return nullptr;
  const auto found = state_->streams.find(name);
  return found == state_->streams.end() ? nullptr : found->second.get();
}

Stream& Broker::AddStream(const Context& context, StreamConfig config) {
  const std::string name = config.name;
  const std::uint64_t order = ++state_->streams_created;
  auto added = std::make_unique<Stream>(context, profile_, *this,
                                        std::move(config), order);
  Stream& stream = *added;
  state_->streams.emplace(name, std::move(added));
  state_->by_order.emplace(order, &stream);
  state_->index.Add(stream, stream.config().subjects);
  for (const auto& [other, follower] : state_->streams) {
    follower->WakeLinks(context);
  }
  NoteSubjects();
  NoteInterest(context, stream.config().subjects);
  state_->resources.Reserve(nullptr, &stream.config());
  AdviseStream(context, stream, "CREATED", "create");
  return stream;
}

void Broker::NoteSubjects() {
  state_->stores_answers = state_->index.Overlaps({"_INBOX.>"}, nullptr);
  state_->deliver_subjects.OnStreamsChanged();
}

void Broker::NoteInterest(const Context& context,
                          const std::vector<std::string>& subjects) {
  for (const std::string& subject : subjects) {
    state_->deliver_subjects.OnInterestChanged(context, subject);
  }
}

bool Broker::StoresAnswers() const { return state_->stores_answers; }

void Broker::UpdateStream(const Context& context, Stream& stream,
                          StreamConfig config) {
  state_->resources.Reserve(&stream.config(), &config);
  const std::vector<std::string> subjects = stream.config().subjects;
  stream.Update(context, std::move(config));
  state_->index.Remove(stream);
  state_->index.Add(stream, stream.config().subjects);
  NoteSubjects();
  if (stream.config().subjects != subjects) {
    NoteInterest(context, subjects);
    NoteInterest(context, stream.config().subjects);
  }
  AdviseStream(context, stream, "UPDATED", "modify");
}

void Broker::RemoveStream(const Context& context, Stream& stream) {
  while (!stream.consumers().empty()) {
    const std::string name = stream.consumers().begin()->first;
    stream.RemoveConsumer(context, name);
  }
  stream.OnDelete(context);
  AdviseStream(context, stream, "DELETED", "delete");
  state_->index.Remove(stream);
  NoteSubjects();
  NoteInterest(context, stream.config().subjects);
  state_->deadlines.Forget(stream.order());
  state_->by_order.erase(stream.order());
  state_->resources.Reserve(&stream.config(), nullptr);
  const std::string name = stream.config().name;
  state_->streams.erase(name);
}

// --- Time --------------------------------------------------------------------

Nanos Broker::NextDeadline() const {
  return state_->running ? state_->deadlines.Next() : kNever;
}

void Broker::RunDeadlines(const Context& context) {
  while (NextDeadline() <= context.now) {
    // Each rule sees the instant it was due at.
    const Context due{NextDeadline(), context.choices};
    while (const std::optional<std::uint64_t> order =
               state_->deadlines.Take(due.now)) {
      Stream& stream = *state_->by_order.at(*order);
      stream.RunDeadlines(due);
      state_->deadlines.Add(*order, stream.NextDeadline());
    }
    PublishPending(due);
  }
}

void Broker::OnDeadline(Stream& stream, Nanos deadline) {
  state_->deadlines.Add(stream.order(), deadline);
}

void Broker::Stop(const Context& context) {
  if (!state_->running) return;
  for (const auto& [name, stream] : state_->streams) {
    for (const auto& [consumer_name, consumer] : stream->consumers()) {
      consumer->EndRequests(context, "409 Server Shutdown",
                            /*with_pending_headers=*/true);
    }
  }
  state_->events.clear();
  state_->running = false;
  state_->deliver_subjects.Clear();
  absl::erase_if(state_->streams, [&](const auto& entry) {
    Stream& stream = *entry.second;
    if (stream.config().storage != Storage::kMemory) return false;
    state_->index.Remove(stream);
    state_->deadlines.Forget(stream.order());
    state_->by_order.erase(stream.order());
    return true;
  });
}

void Broker::Start(const Context& context) {
  if (state_->running) return;
  state_->running = true;
  state_->api_total = 0;
  state_->api_errors = 0;
  state_->resources.Restart(state_->streams);
  NoteSubjects();
  for (const auto& [name, stream] : state_->streams) {
    stream->Restart(context);
    state_->deadlines.Add(stream->order(), stream->NextDeadline());
  }
}

}  // namespace windtunnel::broker
