// ServerProcess: a child process that does not outlive this one.

#ifndef WINDTUNNEL_CLIENT_TESTING_SERVER_PROCESS_H_
#define WINDTUNNEL_CLIENT_TESTING_SERVER_PROCESS_H_

#include <sys/types.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"

namespace windtunnel::internal {

// The kernel ends the child when the thread that started it ends, so a thread
// of its own starts it and waits for it.
//
// Threads: any.
class ServerProcess {
 public:
  // Runs `arguments`, the first of which is the path of the program, with its
  // output appended to the file `log`.
  ServerProcess(std::vector<std::string> arguments, std::string log);
  // Kills it if it still runs.
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  pid_t pid() const;
  bool running() const;
  // Does nothing once it has ended.
  void Signal(int signal);
  // Whether it ended in time.
  bool WaitForEnd(absl::Duration timeout);

 private:
  void Run(const std::vector<std::string>& arguments, const std::string& log);

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool started_ = false;
  bool ended_ = false;
  pid_t pid_ = -1;
  std::thread thread_;
};

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_CLIENT_TESTING_SERVER_PROCESS_H_
