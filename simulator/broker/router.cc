#include "simulator/broker/router.h"

#include <algorithm>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "simulator/broker/pattern_tree.h"
#include "windtunnel/subject.h"

namespace windtunnel::broker {

namespace {

bool HasEmptyToken(absl::string_view subject) {
  return subject.empty() || subject.front() == '.' || subject.back() == '.' ||
         subject.find("..") != absl::string_view::npos;
}

}  // namespace

// A subscription.
struct Listener {
  SubscriptionId id = 0;
  ClientId client = 0;
  std::string subject = {};
  std::string queue = {};       // Empty: a plain subscription.
  std::uint64_t delivered = 0;  // Since the start.
  std::uint64_t limit = 0;      // Removed after so many; 0: no limit.
};

struct Router::Subscriptions {
  using Matches = std::vector<Listener*>;

  // All subscriptions that match, ascending by id.
  void Match(absl::string_view subject, Matches& matches) const;
  // The same after the choice of one member of each queue group (COR-005).
  void Choose(const Context& context, absl::string_view subject,
              Matches& chosen) const;
  // The one subscription that gets everything sent to `inbox`; null if there
  // are none or several.
  Listener* FindOnly(Inbox& inbox);
  // Choose() for what is sent to `inbox`.
  void Choose(const Context& context, Inbox& inbox, Matches& chosen);
  void Remove(SubscriptionId id);

  // lookup only
  absl::flat_hash_map<SubscriptionId, std::unique_ptr<Listener>> by_id;
  // Subscriptions to subjects without wildcards.
  // lookup only
  absl::flat_hash_map<std::string, EntryList<Listener>> literal;
  PatternTree<Listener> patterns;
  absl::btree_map<ClientId, absl::btree_set<SubscriptionId>> by_client;
  absl::btree_map<ClientId, Client> clients;
  ClientId latest_client = 0;
  SubscriptionId latest = 0;
  std::uint64_t generation = 1;  // Changes with the subscriptions.
  Matches scratch;
};

void Router::Subscriptions::Match(absl::string_view subject,
                                  Matches& matches) const {
  matches.clear();
  if (HasEmptyToken(subject)) return;  // WIR-059
  const auto found = literal.find(subject);
  if (found != literal.end()) matches = found->second.all();
  if (patterns.empty()) return;
  patterns.Match(subject, matches);
  std::sort(matches.begin(), matches.end(),
            [](const Listener* a, const Listener* b) { return a->id < b->id; });
}

void Router::Subscriptions::Choose(const Context& context,
                                   absl::string_view subject,
                                   Matches& chosen) const {
  Match(subject, chosen);
  const auto in_queue = [](const Listener* s) { return !s->queue.empty(); };
  if (chosen.size() < 2 ||
      std::none_of(chosen.begin(), chosen.end(), in_queue)) {
    return;
  }
  absl::btree_map<absl::string_view, Matches> groups;  // COR-006
  for (Listener* listener : chosen) {
    if (in_queue(listener)) groups[listener->queue].push_back(listener);
  }
  for (auto& [name, members] : groups) {
    if (members.size() == 1) continue;
    // COR-007
    const std::uint64_t taker =
        context.choices.Draw("queue_member", members.size());
    members = {members[taker]};
  }
  const auto is_out = [&](Listener* listener) {
    return in_queue(listener) &&
           groups.find(listener->queue)->second.front() != listener;
  };
  chosen.erase(std::remove_if(chosen.begin(), chosen.end(), is_out),
               chosen.end());
}

Listener* Router::Subscriptions::FindOnly(Inbox& inbox) {
  if (inbox.generation != generation) {
    Match(inbox.subject, scratch);
    inbox.cached = scratch.size() == 1 ? scratch.front()->id : 0;
    inbox.generation = generation;
  }
  if (inbox.cached == 0) return nullptr;
  return by_id.find(inbox.cached)->second.get();
}

void Router::Subscriptions::Choose(const Context& context, Inbox& inbox,
                                   Matches& chosen) {
  if (Listener* only = FindOnly(inbox)) {
    chosen.assign(1, only);
  } else {
    Choose(context, inbox.subject, chosen);
  }
}

void Router::Subscriptions::Remove(SubscriptionId id) {
  const auto found = by_id.find(id);
  if (found == by_id.end()) return;
  Listener& removed = *found->second;
  if (HasWildcard(removed.subject)) {
    patterns.Remove(removed);
  } else {
    const auto same_subject = literal.find(removed.subject);
    same_subject->second.Remove(removed);
    if (same_subject->second.all().empty()) literal.erase(same_subject);
  }
  by_client[removed.client].erase(id);
  by_id.erase(found);
  ++generation;
}

Router::Router(bool no_responders_names_subject)
    : subscriptions_(std::make_unique<Subscriptions>()),
      no_responders_names_subject_(no_responders_names_subject) {}

Router::~Router() = default;

ClientId Router::AddClient(std::string name, Nanos now) {
  const ClientId client = ++subscriptions_->latest_client;
  subscriptions_->by_client[client];
  subscriptions_->clients[client] = {std::move(name), now};
  return client;
}

const Client* Router::FindClient(ClientId client) const {
  const auto found = subscriptions_->clients.find(client);
  return found == subscriptions_->clients.end() ? nullptr : &found->second;
}

void Router::RemoveClient(ClientId client) {
  const auto found = subscriptions_->by_client.find(client);
  if (found == subscriptions_->by_client.end()) return;
  const absl::btree_set<SubscriptionId> ids = found->second;
  for (const SubscriptionId id : ids) subscriptions_->Remove(id);
  subscriptions_->by_client.erase(client);
  subscriptions_->clients.erase(client);
}

SubscriptionId Router::Subscribe(ClientId client, absl::string_view subject,
                                 absl::string_view queue_group) {
  const SubscriptionId id = ++subscriptions_->latest;
  auto made =
      std::make_unique<Listener>(Listener{.id = id,
                                          .client = client,
                                          .subject = std::string(subject),
                                          .queue = std::string(queue_group)});
  if (HasWildcard(subject)) {
    subscriptions_->patterns.Add(*made);
  } else {
    subscriptions_->literal[subject].Add(*made);
  }
  subscriptions_->by_client[client].insert(id);
  subscriptions_->by_id.emplace(id, std::move(made));
  ++subscriptions_->generation;
  return id;
}

void Router::Unsubscribe(SubscriptionId id) { subscriptions_->Remove(id); }

void Router::UnsubscribeAfter(SubscriptionId id, std::uint64_t count) {
  const auto found = subscriptions_->by_id.find(id);
  if (found == subscriptions_->by_id.end()) return;
  if (found->second->delivered >= count) {
    subscriptions_->Remove(id);
  } else {
    found->second->limit = count;
  }
}

std::uint64_t Router::generation() const { return subscriptions_->generation; }

bool Router::HasInterest(absl::string_view subject) const {
  subscriptions_->Match(subject, subscriptions_->scratch);
  return !subscriptions_->scratch.empty();
}

bool Router::HasInterest(Inbox& inbox) const {
  return subscriptions_->FindOnly(inbox) != nullptr ||
         HasInterest(inbox.subject);
}

bool Router::HasListener(absl::string_view subject,
                         absl::string_view queue_group) const {
  const auto found = subscriptions_->literal.find(subject);
  if (found == subscriptions_->literal.end()) return false;
  const std::vector<Listener*>& all = found->second.all();
  return std::any_of(all.begin(), all.end(), [&](const Listener* s) {
    return s->queue == queue_group;
  });
}

Outgoing& Router::Emit(Listener& listener, const MessageBlockPtr& block) {
  Outgoing& out = outbox_.emplace_back();
  out.subscription = listener.id;
  out.client = listener.client;
  out.block = block;
  out.last = ++listener.delivered == listener.limit;
  if (out.last) {  // WIR-100
    used_up_.push_back(listener.subject);
    subscriptions_->Remove(listener.id);
  }
  return out;
}

int Router::Route(const Context& context, absl::string_view subject,
                  const MessageBlockPtr& block, absl::string_view reply) {
  Subscriptions::Matches& chosen = subscriptions_->scratch;
  subscriptions_->Choose(context, subject, chosen);
  for (Listener* listener : chosen) {
    Emit(*listener, block).reply = std::string(reply);
  }
  return static_cast<int>(chosen.size());
}

bool Router::RouteDelivery(const Context& context, Inbox& inbox,
                           const MessageBlockPtr& block,
                           const std::shared_ptr<const std::string>& ack_prefix,
                           const internal::DeliveryNumbers& numbers) {
  Subscriptions::Matches& chosen = subscriptions_->scratch;
  subscriptions_->Choose(context, inbox, chosen);
  for (Listener* listener : chosen) {
    Outgoing& out = Emit(*listener, block);
    out.ack_prefix = ack_prefix;
    out.numbers = numbers;
  }
  return !chosen.empty();
}

void Router::RouteStatus(const Context& context, Inbox& inbox,
                         absl::string_view header_block) {
  Subscriptions::Matches& chosen = subscriptions_->scratch;
  subscriptions_->Choose(context, inbox, chosen);
  if (chosen.empty()) return;
  const MessageBlockPtr block =
      MessageBlock::New(inbox.subject, header_block, "");
  for (Listener* listener : chosen) Emit(*listener, block);
}

void Router::RouteNoResponders(const Context&, ClientId client,
                               absl::string_view subject,
                               absl::string_view reply) {
  subscriptions_->Match(reply, subscriptions_->scratch);
  for (const Listener* listener : subscriptions_->scratch) {
    if (listener->client != client || !listener->queue.empty()) continue;
    const std::string headers =
        no_responders_names_subject_
            ? absl::StrCat("NATS/1.0 503\r\nNats-Subject: ", subject,
                           "\r\n\r\n")
            : "NATS/1.0 503\r\n\r\n";
    Outgoing& out = outbox_.emplace_back();  // Not counted: COR-017.
    out.subscription = listener->id;
    out.client = client;
    out.block = MessageBlock::New(reply, headers, "");
    return;
  }
}

}  // namespace windtunnel::broker
