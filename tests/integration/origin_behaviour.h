// OriginBehaviour: what tests of mirrors and sources start from. Origin `O` on
// `o.>` and `P` on `p.>`, both in memory, and short words for what was copied.

#ifndef WINDTUNNEL_TESTS_INTEGRATION_ORIGIN_BEHAVIOUR_H_
#define WINDTUNNEL_TESTS_INTEGRATION_ORIGIN_BEHAVIOUR_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/integration/behaviour.h"

namespace windtunnel {

class OriginBehaviour : public Behaviour {
 protected:
  void SetUp() override;

  // Publishes one message to each subject, its number as data.
  void Fill(const std::vector<std::string>& subjects);
  // Publishes with headers.
  void PublishWith(const std::string& subject, const Headers& headers,
                   const std::string& data = "");

  // A stream in memory that copies.
  static StreamConfig MirrorConfig(const std::string& name, StreamSource origin,
                                   StreamConfig more = {});
  static StreamConfig SourcesConfig(const std::string& name,
                                    std::vector<StreamSource> origins,
                                    StreamConfig more = {});

  // Waits until the stream's last sequence is `last`. False: it is not, or went
  // beyond.
  bool Reaches(const std::string& stream, std::uint64_t last,
               absl::Duration timeout = absl::Seconds(5));
  // Waits until the stream has heard from its origins.
  bool IsFollowing(const std::string& stream);
  // What it holds: "7 o.a data".
  std::vector<std::string> Stored(const std::string& stream);
  StoredMessage MessageAt(const std::string& stream, std::uint64_t sequence);
  // Its headers as "name: value" lines.
  std::vector<std::string> HeadersAt(const std::string& stream,
                                     std::uint64_t sequence);
  StreamInfo Info(const std::string& stream);
  // "stream 7", the first two words of Nats-Stream-Source.
  std::string SourceAt(const std::string& stream, std::uint64_t sequence);
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_TESTS_INTEGRATION_ORIGIN_BEHAVIOUR_H_
