// Interrupt: SIGINT and SIGTERM as a flag, for as long as the object lives.

#ifndef WINDTUNNEL_CLI_INTERRUPT_H_
#define WINDTUNNEL_CLI_INTERRUPT_H_

#include <signal.h>

#include <atomic>

namespace windtunnel::cli {

// The second signal ends the process at once. Have one at a time.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // Becomes true with the first signal, or when Stop() is called.
  const std::atomic<bool>& stop() const;
  void Stop();
  // The signal that came, or 0.
  int signal() const;

 private:
  struct sigaction before_int_;
  struct sigaction before_term_;
};

}  // namespace windtunnel::cli

#endif  // WINDTUNNEL_CLI_INTERRUPT_H_
