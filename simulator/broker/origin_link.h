// OriginLink: one way by which messages come from an origin into a stream: its
// mirror (mirror_link.h), or one of its sources (source_link.h).
//
// Stands for the consumer that the server sets up at the origin. The origin
// tells its links what it stores; they copy it a moment later, when the
// publisher has its answer.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_ORIGIN_LINK_H_
#define WINDTUNNEL_SIMULATOR_BROKER_ORIGIN_LINK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "simulator/broker/context.h"
#include "simulator/broker/message_store.h"
#include "simulator/broker/profile.h"
#include "simulator/broker/stream.h"
#include "simulator/broker/subject_filter.h"
#include "simulator/broker/subject_transform.h"
#include "windtunnel/consumer.h"
#include "windtunnel/errors.h"
#include "windtunnel/stream.h"

namespace windtunnel::broker {

class StreamOrigins;

class OriginLink {
 public:
  // `links` is what it belongs to, and outlives it.
  OriginLink(const Context& context, StreamOrigins& links, StreamSource config);
  OriginLink(const OriginLink&) = delete;
  OriginLink& operator=(const OriginLink&) = delete;
  virtual ~OriginLink();

  const StreamSource& config() const { return config_; }
  // What it filters, as a consumer's configuration says it.
  ConsumerConfig AsConsumer() const;
  // Counts from the next attempt to reach the origin on.
  void set_config(StreamSource config) { config_ = std::move(config); }

  virtual StreamSourceInfo Info(Nanos now) const;

  Nanos NextDeadline() const;
  void RunDeadlines(const Context& context);

  // After a restart of the server; what is stored stayed.
  virtual void Restart(const Context& context);

  // Something changed that may end what it failed of.
  void Wake(const Context& context);

  // The origin has a new message, which it sends at once: what becomes of it
  // there before it is copied does not matter.
  void OnStored(const Context& context, std::uint64_t seq,
                const MessageStore::Entry& entry);
  // Copies what was sent.
  void OnArrived(const Context& context, std::uint64_t seq,
                 const MessageStore::Entry& entry);
  // The origin is deleted: the link notices when it hears no more (SRC-058).
  void OnOriginDeleted(const Context& context);
  // The origin goes with the whole server.
  void ForgetOrigin() { origin_ = nullptr; }

  // Whether the origin has to keep `seq` for it (STO-104).
  bool Wants(std::uint64_t seq, absl::string_view subject) const;
  // Whether the origin has to keep new messages on `subject` for it.
  bool Hears(absl::string_view subject) const;
  // Whether it answers direct gets on the origin's name (STO-063).
  bool AnswersForOrigin() const;
  // The stream that copies.
  Stream& target() const;

 protected:
  // Where to begin to read.
  virtual ConsumerConfig Start() const = 0;
  // False: not the stream that was copied from before (SRC-058).
  virtual bool Accepts(const Stream& origin) = 0;
  // The origin will send `first` next, or what comes after it.
  virtual void OnAttached(const Context& context, std::uint64_t first) = 0;
  // Null: copied, or not to be.
  virtual std::optional<JetStreamError> Copy(
      const Context& context, std::uint64_t seq,
      const MessageStore::Entry& entry) = 0;
  // The target would not take `seq`. `more`: the next one was sent with it.
  // False: it is passed over.
  virtual bool OnRefused(const Context& context, std::uint64_t seq,
                         const JetStreamError& error, bool more) = 0;

  const Profile& profile() const;
  // `subject` after the transforms of the configuration.
  std::string Transformed(const Context& context,
                          absl::string_view subject) const;
  // Begins again at the origin as soon as the server lets it (SRC-029).
  void ScheduleRetry(const Context& context);
  // Nothing is copied any more, until the server starts again.
  void Stop() { stopped_ = true; }
  void set_next(std::uint64_t next) { next_ = next; }

 private:
  void Attach(const Context& context);
  void Refuse(const Context& context, JetStreamError error);
  void CopyWhatIsThere(const Context& context);
  // False: nothing comes any more, for now.
  bool CopyOne(const Context& context, std::uint64_t seq,
               const MessageStore::Entry& entry, bool more);
  void Settle(const Context& context);
  void Detach();
  Nanos Jitter(const Context& context) const;
  bool SettlesLate() const;
  // The last time that the origin was heard: a message or a heartbeat.
  Nanos LastContact(Nanos now) const;

  StreamOrigins& links_;
  StreamSource config_;
  SubjectFilter filter_;
  std::vector<SubjectTransformer> transforms_;

  Stream* origin_ = nullptr;   // Null while not attached.
  std::uint64_t next_ = 0;     // The next sequence of the origin to look at.
  std::uint64_t settled_ = 0;  // The origin need not keep what is before.
  std::uint64_t lag_ = 0;
  bool has_copied_ = false;  // Since the server started.
  bool waits_ = false;       // For the next attempt to reach the origin.
  bool stopped_ = false;
  std::optional<JetStreamError> error_;
  std::int64_t failures_ = 0;  // In a row.
  Nanos failing_since_ = kNever;
  Nanos requested_ = kNever;  // The last attempt; kNever: none.
  Nanos attached_ = kNever;   // When it was attached first.
  Nanos contact_ = kNever;    // See LastContact(); kNever: never heard.

  Nanos attach_at_ = kNever;
  Nanos settle_at_ = kNever;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_ORIGIN_LINK_H_
