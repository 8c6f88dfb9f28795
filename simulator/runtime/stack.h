// Stacks for fibers, and the diagnosis when one is too small.

#ifndef WINDTUNNEL_SIMULATOR_RUNTIME_STACK_H_
#define WINDTUNNEL_SIMULATOR_RUNTIME_STACK_H_

#include <cstddef>
#include <vector>

namespace windtunnel::simulation {

// A piece of memory with inaccessible pages below it. Grows downwards.
struct Stack {
  char* guard = nullptr;   // Where the inaccessible pages begin.
  char* bottom = nullptr;  // Where they end and the stack begins.
  std::size_t size = 0;    // Without the guard.

  char* top() const { return bottom + size; }
};

// Keeps stacks that are free for the next task.
class StackPool {
 public:
  // `stack_size` is rounded up to pages.
  explicit StackPool(std::size_t stack_size);
  StackPool(const StackPool&) = delete;
  StackPool& operator=(const StackPool&) = delete;
  ~StackPool();

  // `bottom` is null if the system has no memory left.
  Stack Take();
  void Return(Stack stack);

 private:
  const std::size_t stack_size_;
  std::vector<Stack> free_;
};

// Whose stack the thread is on, for the diagnosis.
struct StackOwner {
  Stack stack;
  const char* task_name = "";
};

// From now on a thread that runs over the end of the stack that
// `current_stack_owner` names prints the task's name and aborts. Other faults go
// to whoever handled them before.
void DiagnoseStackOverflow();

// Set at each switch; null on a thread's own stack.
extern thread_local const StackOwner* current_stack_owner;

}  // namespace windtunnel::simulation

#endif  // WINDTUNNEL_SIMULATOR_RUNTIME_STACK_H_
