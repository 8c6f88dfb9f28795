// MessageBlock: one immutable message in one allocation, counted by reference.
//
// The simulator's store, its deliveries and the application share a block
// instead of copying it; on the client a block holds what nats.c received.
//
// Threads: the bytes never change; the count is atomic.

#ifndef WINDTUNNEL_MESSAGE_BLOCK_H_
#define WINDTUNNEL_MESSAGE_BLOCK_H_

#include <atomic>
#include <cstdint>
#include <utility>

#include "absl/strings/string_view.h"

namespace windtunnel {

class MessageBlockPtr;

class MessageBlock {
 public:
  MessageBlock(const MessageBlock&) = delete;
  MessageBlock& operator=(const MessageBlock&) = delete;

  // `header_block` is the wire form, "" for none.
  static MessageBlockPtr New(absl::string_view subject,
                             absl::string_view header_block,
                             absl::string_view data);

  absl::string_view subject() const { return {bytes(), subject_size_}; }
  absl::string_view header_block() const {
    return {bytes() + subject_size_, header_size_};
  }
  absl::string_view data() const {
    return {bytes() + subject_size_ + header_size_, data_size_};
  }

 private:
  friend class MessageBlockPtr;
  MessageBlock(std::uint32_t subject_size, std::uint32_t header_size,
               std::uint32_t data_size)
      : subject_size_(subject_size),
        header_size_(header_size),
        data_size_(data_size) {}
  const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
  static void Delete(MessageBlock* block);

  std::atomic<std::uint32_t> references_{1};
  std::uint32_t subject_size_;
  std::uint32_t header_size_;
  std::uint32_t data_size_;
};

// Shares a MessageBlock; may be null.
class MessageBlockPtr {
 public:
  MessageBlockPtr() = default;
  MessageBlockPtr(const MessageBlockPtr& other) : block_(other.block_) {
    if (block_) block_->references_.fetch_add(1, std::memory_order_relaxed);
  }
  MessageBlockPtr(MessageBlockPtr&& other) noexcept
      : block_(std::exchange(other.block_, nullptr)) {}
  MessageBlockPtr& operator=(MessageBlockPtr other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~MessageBlockPtr() {
    // Who holds the only reference needs no step that others could see.
    if (block_ &&
        (block_->references_.load(std::memory_order_acquire) == 1 ||
         block_->references_.fetch_sub(1, std::memory_order_acq_rel) == 1)) {
      MessageBlock::Delete(block_);
    }
  }

  const MessageBlock* operator->() const { return block_; }
  const MessageBlock& operator*() const { return *block_; }
  explicit operator bool() const { return block_ != nullptr; }

 private:
  friend class MessageBlock;
  explicit MessageBlockPtr(MessageBlock* block) : block_(block) {}
  MessageBlock* block_ = nullptr;
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_MESSAGE_BLOCK_H_
