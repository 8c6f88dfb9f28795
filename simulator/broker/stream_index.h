// StreamIndex: which stream takes a subject. Streams of one server never
// overlap (STR-033).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_STREAM_INDEX_H_
#define WINDTUNNEL_SIMULATOR_BROKER_STREAM_INDEX_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace windtunnel::broker {

class Stream;

class StreamIndex {
 public:
  // `stream` takes what `subjects` match.
  void Add(Stream& stream, const std::vector<std::string>& subjects);
  void Remove(const Stream& stream);

  // The stream that takes a publish on `subject`; null if none (PUB-017). The
  // answer of a subject that has one is remembered.
  Stream* Find(absl::string_view subject) {
    const auto known = known_.find(subject);
    return known != known_.end() ? known->second : Search(subject);
  }

  // True if a stream other than `except` takes a subject that one of `subjects`
  // matches.
  bool Overlaps(const std::vector<std::string>& subjects,
                const Stream* except) const;

 private:
  struct Pattern {
    std::string subject;
    Stream* stream;
  };
  Stream* Search(absl::string_view subject);

  std::vector<Pattern> patterns_;
  absl::flat_hash_map<std::string, Stream*> known_;  // lookup only
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_STREAM_INDEX_H_
