// What AddressSanitizer and ThreadSanitizer need to know about fibers; nothing
// in other builds.

#ifndef WINDTUNNEL_SIMULATOR_RUNTIME_SANITIZERS_H_
#define WINDTUNNEL_SIMULATOR_RUNTIME_SANITIZERS_H_

#include <cstddef>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WINDTUNNEL_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define WINDTUNNEL_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define WINDTUNNEL_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define WINDTUNNEL_TSAN 1
#endif

#if defined(WINDTUNNEL_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(WINDTUNNEL_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

namespace windtunnel::simulation {

// One for each fiber. Call Leave() of the one that stops and Enter() of the one
// that runs on, in this order, around the jump.
class SanitizerFiber {
 public:
  // A stack of our own. Before the first Enter().
  void SetStack([[maybe_unused]] const void* bottom,
                [[maybe_unused]] std::size_t size) {
#if defined(WINDTUNNEL_ASAN)
    bottom_ = bottom;
    size_ = size;
#endif
#if defined(WINDTUNNEL_TSAN)
    tsan_ = __tsan_create_fiber(0);
#endif
  }

  // `last`: it will never run again.
  void Leave([[maybe_unused]] SanitizerFiber& to, [[maybe_unused]] bool last) {
#if defined(WINDTUNNEL_ASAN)
    __sanitizer_start_switch_fiber(last ? nullptr : &fake_stack_, to.bottom_,
                                   to.size_);
#endif
#if defined(WINDTUNNEL_TSAN)
    if (tsan_ == nullptr) tsan_ = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(to.tsan_, 0);
#endif
  }

  void Enter([[maybe_unused]] SanitizerFiber& from) {
#if defined(WINDTUNNEL_ASAN)
    __sanitizer_finish_switch_fiber(fake_stack_, &from.bottom_, &from.size_);
#endif
  }

  // It has run for the last time.
  void Destroy() {
#if defined(WINDTUNNEL_TSAN)
    __tsan_destroy_fiber(tsan_);
#endif
  }

 private:
#if defined(WINDTUNNEL_ASAN)
  void* fake_stack_ = nullptr;
  const void* bottom_ = nullptr;
  std::size_t size_ = 0;
#endif
#if defined(WINDTUNNEL_TSAN)
  void* tsan_ = nullptr;
#endif
};

inline void UnpoisonMemory([[maybe_unused]] const void* begin,
                           [[maybe_unused]] std::size_t size) {
#if defined(WINDTUNNEL_ASAN)
  __asan_unpoison_memory_region(begin, size);
#endif
}

}  // namespace windtunnel::simulation

#endif  // WINDTUNNEL_SIMULATOR_RUNTIME_SANITIZERS_H_
