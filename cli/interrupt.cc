#include "cli/interrupt.h"

#include <unistd.h>

namespace windtunnel::cli {

namespace {

// Of the one object there is: a handler can reach nothing else.
std::atomic<bool> stop_wanted = false;
std::atomic<int> signal_caught = 0;
static_assert(std::atomic<bool>::is_always_lock_free &&
              std::atomic<int>::is_always_lock_free);

void Catch(int signal) {
  signal_caught = signal;
  stop_wanted = true;
  constexpr char kText[] =
      "\nstopping: programs under way end and delete their streams "
      "(again: at once, which leaves them)\n";
  // Nothing to be done if it fails.
  [[maybe_unused]] const ssize_t written =
      write(STDERR_FILENO, kText, sizeof(kText) - 1);
}

}  // namespace

Interrupt::Interrupt() {
  stop_wanted = false;
  signal_caught = 0;
  struct sigaction action = {};
  action.sa_handler = &Catch;
  sigemptyset(&action.sa_mask);
  action.sa_flags = static_cast<int>(SA_RESTART | SA_RESETHAND);
  sigaction(SIGINT, &action, &before_int_);
  sigaction(SIGTERM, &action, &before_term_);
}

Interrupt::~Interrupt() {
  sigaction(SIGINT, &before_int_, nullptr);
  sigaction(SIGTERM, &before_term_, nullptr);
}

const std::atomic<bool>& Interrupt::stop() const { return stop_wanted; }

void Interrupt::Stop() { stop_wanted = true; }

int Interrupt::signal() const { return signal_caught; }

}  // namespace windtunnel::cli
