#include "client/testing/server_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace windtunnel::internal {

namespace {

// In the child, between fork and exec: only calls that a signal handler may
// make.
[[noreturn]] void BecomeServer(pid_t parent, char* const* arguments,
                               const char* log) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setpgid(0, 0);  // Ctrl-C in a terminal is for the parent to answer.
  if (getppid() != parent) _exit(126);
  const int output = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int input = open("/dev/null", O_RDONLY);
  if (output < 0 || input < 0) _exit(126);
  dup2(input, 0);
  dup2(output, 1);
  dup2(output, 2);
  // Connections of the parent, among others, must end with the parent.
  close_range(3, ~0U, 0);
  execv(arguments[0], arguments);
  _exit(127);
}

}  // namespace

ServerProcess::ServerProcess(std::vector<std::string> arguments,
                             std::string log)
    : thread_([this, arguments = std::move(arguments), log = std::move(log)] {
        Run(arguments, log);
      }) {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return started_; });
}

ServerProcess::~ServerProcess() {
  Signal(SIGKILL);
  thread_.join();
}

void ServerProcess::Run(const std::vector<std::string>& arguments,
                        const std::string& log) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) {
    pointers.push_back(const_cast<char*>(argument.c_str()));
  }
  pointers.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) BecomeServer(parent, pointers.data(), log.c_str());
  {
    std::lock_guard<std::mutex> lock(mutex_);
    pid_ = child;
    started_ = true;
    ended_ = child < 0;
    changed_.notify_all();
  }
  if (child < 0) return;
  // Leaves the process a zombie, so that its number stays its own until ended_
  // is set.
  siginfo_t info;
  while (waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) !=
             0 &&
         errno == EINTR) {
  }
  std::lock_guard<std::mutex> lock(mutex_);
  waitpid(child, nullptr, 0);
  ended_ = true;
  changed_.notify_all();
}

pid_t ServerProcess::pid() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return pid_;
}

bool ServerProcess::running() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return !ended_;
}

void ServerProcess::Signal(int signal) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!ended_) kill(pid_, signal);
}

bool ServerProcess::WaitForEnd(absl::Duration timeout) {
  std::unique_lock<std::mutex> lock(mutex_);
  return changed_.wait_for(lock, absl::ToChronoNanoseconds(timeout),
                           [this] { return ended_; });
}

}  // namespace windtunnel::internal
