// StreamIndex: which stream takes a subject. Streams of one server never
// overlap (STR-033).
//
// A tree of the tokens of all subjects: finding a stream costs a look-up for
// each token of the subject, however many streams there are.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_STREAM_INDEX_H_
#define WINDTUNNEL_SIMULATOR_BROKER_STREAM_INDEX_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace windtunnel::broker {

class Stream;

class StreamIndex {
 public:
  StreamIndex();
  ~StreamIndex();

  // `stream` takes what `subjects` match.
  void Add(Stream& stream, const std::vector<std::string>& subjects);
  void Remove(const Stream& stream);

  // The stream that takes a publish on `subject`; null if none (PUB-017). The
  // latest answer is remembered.
  Stream* Find(absl::string_view subject) {
    if (subject == latest_subject_) return latest_;
    return Search(subject);
  }

  // True if a stream other than `except` takes a subject that one of `subjects`
  // matches.
  bool Overlaps(const std::vector<std::string>& subjects,
                const Stream* except) const;

 private:
  struct Node;
  // See IsPlain() in stream_index.cc.
  struct Odd {
    std::string pattern;
    Stream* stream;
  };

  // What one stream takes.
  struct Taken {
    const Stream* stream;
    std::vector<std::string> patterns;
  };

  bool CollidesWithOdd(absl::string_view subject, const Stream* except) const;
  bool CollidesWithAny(absl::string_view subject, const Stream* except) const;
  Stream* Search(absl::string_view subject);
  void Insert(Stream& stream, absl::string_view pattern);
  void Forget();

  std::unique_ptr<Node> root_;
  absl::flat_hash_map<const Stream*, std::uint64_t> numbers_;  // lookup only
  absl::btree_map<std::uint64_t, Taken> taken_;
  std::uint64_t last_number_ = 0;
  std::vector<Odd> odd_;  // Not in the tree.
  std::string latest_subject_;
  Stream* latest_ = nullptr;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_STREAM_INDEX_H_
