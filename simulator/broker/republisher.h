// Republisher: sends copies of a stream's messages on (SRC-060 to SRC-069).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_REPUBLISHER_H_
#define WINDTUNNEL_SIMULATOR_BROKER_REPUBLISHER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "simulator/broker/context.h"
#include "simulator/broker/profile.h"
#include "simulator/broker/subject_transform.h"
#include "windtunnel/stream.h"

namespace windtunnel::broker {

class Republisher {
 public:
  // Null if `config`, which was accepted, republishes nothing.
  static std::unique_ptr<const Republisher> For(const Profile& profile,
                                                const StreamConfig& config);

  struct Stored {
    absl::string_view subject;
    absl::string_view header_block;
    absl::string_view data;
    std::uint64_t sequence = 0;
    Nanos time = 0;
    // Of the message before it on the same subject; 0 if there is none.
    std::uint64_t last_sequence = 0;
  };
  struct Copy {
    std::string subject;
    std::string header_block;
    absl::string_view data;
  };
  // nullopt if copies of `message` are not wanted.
  std::optional<Copy> MakeCopy(Choices& choices, absl::string_view stream,
                               const Stored& message) const;

 private:
  Republisher(const Profile& profile, SubjectTransformer transform,
              bool headers_only);

  SubjectTransformer transform_;
  bool headers_only_;
  bool tells_time_;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_REPUBLISHER_H_
