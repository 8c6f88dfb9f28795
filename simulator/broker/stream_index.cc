#include "simulator/broker/stream_index.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "simulator/broker/subject_collision.h"
#include "windtunnel/subject.h"

namespace windtunnel::broker {

namespace {

bool HasEmptyToken(absl::string_view subject) {
  return subject.empty() || absl::StartsWith(subject, ".") ||
         absl::EndsWith(subject, ".") || absl::StrContains(subject, "..");
}

// Takes the first token off `subject`; `last` says whether it was the only one.
absl::string_view TakeToken(absl::string_view& subject, bool& last) {
  const std::size_t dot = subject.find('.');
  const absl::string_view token = subject.substr(0, dot);
  last = dot == absl::string_view::npos;
  subject.remove_prefix(last ? subject.size() : dot + 1);
  return token;
}

// False if a token begins with a wildcard and goes on, which servers compare in
// a way of their own.
bool IsPlain(absl::string_view pattern) {
  for (const absl::string_view token : absl::StrSplit(pattern, '.')) {
    if (token.size() > 1 && (token[0] == '*' || token[0] == '>')) return false;
  }
  return true;
}

bool AnyOther(const std::vector<Stream*>& streams, const Stream* except) {
  return std::any_of(streams.begin(), streams.end(),
                     [except](const Stream* s) { return s != except; });
}

void RemoveOne(std::vector<Stream*>& streams, const Stream* stream) {
  streams.erase(std::find(streams.begin(), streams.end(), stream));
}

}  // namespace

// Patterns that begin alike. Several of one stream may be the same.
struct StreamIndex::Node {
  using Streams = std::vector<Stream*>;
  // lookup only; Overlaps() sees them in any order, and all the same
  using Children = absl::flat_hash_map<std::string, std::unique_ptr<Node>>;

  bool empty() const {
    return children.empty() && star == nullptr && here.empty() && rest.empty();
  }
  // The stream of one pattern that matches `subject`.
  Stream* Match(absl::string_view subject) const;
  // True if a pattern of another stream than `except` overlaps `pattern`.
  bool Overlaps(absl::string_view pattern, const Stream* except) const;
  bool HasOther(const Stream* except) const;
  void Remove(absl::string_view pattern, const Stream* stream);

  Children children;
  std::unique_ptr<Node> star;
  Streams here;  // Of patterns that end with this token.
  Streams rest;  // Of those that go on with `>`.
};

Stream* StreamIndex::Node::Match(absl::string_view subject) const {
  if (!rest.empty()) return rest.front();
  bool last = false;
  const absl::string_view token = TakeToken(subject, last);
  const auto descend = [&](const Node& next) {
    if (!last) return next.Match(subject);
    return next.here.empty() ? nullptr : next.here.front();
  };
  if (!children.empty()) {
    const auto child = children.find(token);
    if (child != children.end()) {
      if (Stream* found = descend(*child->second)) return found;
    }
  }
  return star == nullptr ? nullptr : descend(*star);
}

bool StreamIndex::Node::HasOther(const Stream* except) const {
  if (AnyOther(here, except) || AnyOther(rest, except)) return true;
  if (star != nullptr && star->HasOther(except)) return true;
  return std::any_of(children.begin(), children.end(), [&](const auto& child) {
    return child.second->HasOther(except);
  });
}

bool StreamIndex::Node::Overlaps(absl::string_view pattern,
                                 const Stream* except) const {
  if (AnyOther(rest, except)) return true;
  bool last = false;
  const absl::string_view token = TakeToken(pattern, last);
  const auto below = [&](const Node& next) {
    return last ? AnyOther(next.here, except) : next.Overlaps(pattern, except);
  };
  if (last && token == ">") {
    return (star != nullptr && star->HasOther(except)) ||
           std::any_of(children.begin(), children.end(),
                       [&](const auto& child) {
                         return child.second->HasOther(except);
                       });
  }
  if (star != nullptr && below(*star)) return true;
  if (token == "*") {
    return std::any_of(children.begin(), children.end(),
                       [&](const auto& child) { return below(*child.second); });
  }
  const auto child = children.find(token);
  return child != children.end() && below(*child->second);
}

void StreamIndex::Node::Remove(absl::string_view pattern,
                               const Stream* stream) {
  bool last = false;
  const absl::string_view token = TakeToken(pattern, last);
  if (last && token == ">") return RemoveOne(rest, stream);
  const auto child = token == "*" ? children.end() : children.find(token);
  Node& next = token == "*" ? *star : *child->second;
  if (last) {
    RemoveOne(next.here, stream);
  } else {
    next.Remove(pattern, stream);
  }
  if (!next.empty()) return;
  if (token == "*") {
    star.reset();
  } else {
    children.erase(child);
  }
}

StreamIndex::StreamIndex() : root_(std::make_unique<Node>()) {}

StreamIndex::~StreamIndex() = default;

void StreamIndex::Add(Stream& stream,
                      const std::vector<std::string>& subjects) {
  for (const std::string& subject : subjects) {
    if (IsPlain(subject)) {
      Insert(stream, subject);
    } else {
      odd_.push_back({subject, &stream});
    }
  }
  const auto [number, is_new] = numbers_.try_emplace(&stream, last_number_ + 1);
  if (is_new) taken_.emplace(++last_number_, Taken{&stream, {}});
  std::vector<std::string>& patterns = taken_.at(number->second).patterns;
  patterns.insert(patterns.end(), subjects.begin(), subjects.end());
  Forget();
}

void StreamIndex::Insert(Stream& stream, absl::string_view pattern) {
  Node* node = root_.get();
  for (bool last = false; !last;) {
    const absl::string_view token = TakeToken(pattern, last);
    if (last && token == ">") {
      node->rest.push_back(&stream);
      return;
    }
    std::unique_ptr<Node>& next =
        token == "*" ? node->star : node->children[token];
    if (next == nullptr) next = std::make_unique<Node>();
    node = next.get();
  }
  node->here.push_back(&stream);
}

void StreamIndex::Remove(const Stream& stream) {
  const auto number = numbers_.find(&stream);
  if (number == numbers_.end()) return;
  const auto taken = taken_.find(number->second);
  for (const std::string& pattern : taken->second.patterns) {
    if (IsPlain(pattern)) root_->Remove(pattern, &stream);
  }
  odd_.erase(
      std::remove_if(odd_.begin(), odd_.end(),
                     [&](const Odd& odd) { return odd.stream == &stream; }),
      odd_.end());
  taken_.erase(taken);
  numbers_.erase(number);
  Forget();
}

void StreamIndex::Forget() {
  latest_subject_.clear();
  latest_ = nullptr;
}

Stream* StreamIndex::Search(absl::string_view subject) {
  if (HasEmptyToken(subject)) return nullptr;
  Stream* found = root_->Match(subject);
  for (const Odd& odd : odd_) {
    if (SubjectMatches(odd.pattern, subject)) found = odd.stream;
  }
  if (found != nullptr) {
    latest_subject_.assign(subject.data(), subject.size());
    latest_ = found;
  }
  return found;
}

bool StreamIndex::Overlaps(const std::vector<std::string>& subjects,
                           const Stream* except) const {
  return std::any_of(
      subjects.begin(), subjects.end(), [&](const std::string& subject) {
        return IsPlain(subject) ? root_->Overlaps(subject, except) ||
                                      CollidesWithOdd(subject, except)
                                : CollidesWithAny(subject, except);
      });
}

bool StreamIndex::CollidesWithOdd(absl::string_view subject,
                                  const Stream* except) const {
  return std::any_of(odd_.begin(), odd_.end(), [&](const Odd& odd) {
    return odd.stream != except && SubjectsCollide(odd.pattern, subject);
  });
}

bool StreamIndex::CollidesWithAny(absl::string_view subject,
                                  const Stream* except) const {
  return std::any_of(taken_.begin(), taken_.end(), [&](const auto& entry) {
    const Taken& taken = entry.second;
    return taken.stream != except &&
           std::any_of(taken.patterns.begin(), taken.patterns.end(),
                       [&](const std::string& pattern) {
                         return SubjectsCollide(pattern, subject);
                       });
  });
}

}  // namespace windtunnel::broker
