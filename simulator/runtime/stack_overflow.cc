// The diagnosis of a stack overflow. A signal handler: only what is safe there.

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "simulator/runtime/stack.h"

namespace windtunnel::simulation {

thread_local const StackOwner* current_stack_owner = nullptr;

namespace {

struct sigaction previous_segv;
struct sigaction previous_bus;

void Print(const char* text) {
  if (write(STDERR_FILENO, text, std::strlen(text)) < 0) return;
}

void PassOn(int number, siginfo_t* info, void* context) {
  const struct sigaction& previous =
      number == SIGBUS ? previous_bus : previous_segv;
  if ((previous.sa_flags & SA_SIGINFO) != 0) {
    previous.sa_sigaction(number, info, context);
  } else if (previous.sa_handler == SIG_DFL || previous.sa_handler == SIG_IGN) {
    // Returning repeats the access, now with the system's own handling.
    signal(number, SIG_DFL);
  } else {
    previous.sa_handler(number);
  }
}

void OnFault(int number, siginfo_t* info, void* context) {
  const StackOwner* owner = current_stack_owner;
  const char* address = static_cast<const char*>(info->si_addr);
  if (owner == nullptr || address < owner->stack.guard ||
      address >= owner->stack.bottom) {
    PassOn(number, info, context);
    return;
  }
  Print("windtunnel: the task \"");
  Print(owner->task_name);
  Print(
      "\" overflowed its stack. SimulatorOptions::stack_size sets the size of "
      "stacks.\n");
  signal(SIGABRT, SIG_DFL);
  std::abort();
}

// The stack that the handler runs on: the thread's own one is the broken one.
class SignalStack {
 public:
  SignalStack() {
    stack_t present{};
    if (sigaltstack(nullptr, &present) != 0 ||
        (present.ss_flags & SS_DISABLE) == 0) {
      return;  // Somebody else, such as a sanitizer, has set one up.
    }
    void* memory = mmap(nullptr, kSize, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    stack_t stack{};
    stack.ss_sp = memory;
    stack.ss_size = kSize;
    if (sigaltstack(&stack, nullptr) != 0) {
      munmap(memory, kSize);
      return;
    }
    memory_ = memory;
  }
  ~SignalStack() {
    if (memory_ == nullptr) return;
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    sigaltstack(&none, nullptr);
    munmap(memory_, kSize);
  }

 private:
  static constexpr std::size_t kSize = 64 * 1024;
  void* memory_ = nullptr;
};

bool InstallHandler() {
  struct sigaction action {};
  action.sa_sigaction = OnFault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  return sigaction(SIGSEGV, &action, &previous_segv) == 0 &&
         sigaction(SIGBUS, &action, &previous_bus) == 0;
}

}  // namespace

void DiagnoseStackOverflow() {
  static const bool installed = InstallHandler();
  static_cast<void>(installed);
  thread_local SignalStack stack;
  static_cast<void>(stack);
}

}  // namespace windtunnel::simulation
