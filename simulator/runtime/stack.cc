#include "simulator/runtime/stack.h"

#include <sys/mman.h>
#include <unistd.h>

#include "simulator/runtime/sanitizers.h"

namespace windtunnel::simulation {

namespace {

// Larger than a page, so that a function with a large frame does not step over.
constexpr std::size_t kGuardSize = 64 * 1024;
constexpr std::size_t kMaxFree = 256;

std::size_t RoundUpToPages(std::size_t size) {
  const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  if (size < 4 * page) size = 4 * page;
  return (size + page - 1) / page * page;
}

void Unmap(const Stack& stack) { munmap(stack.guard, kGuardSize + stack.size); }

}  // namespace

StackPool::StackPool(std::size_t stack_size)
    : stack_size_(RoundUpToPages(stack_size)) {}

StackPool::~StackPool() {
  for (const Stack& stack : free_) Unmap(stack);
}

Stack StackPool::Take() {
  if (!free_.empty()) {
    const Stack stack = free_.back();
    free_.pop_back();
    return stack;
  }
  void* memory = mmap(nullptr, kGuardSize + stack_size_, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return Stack{};
  Stack stack;
  stack.guard = static_cast<char*>(memory);
  stack.bottom = stack.guard + kGuardSize;
  stack.size = stack_size_;
  if (mprotect(stack.bottom, stack.size, PROT_READ | PROT_WRITE) != 0) {
    Unmap(stack);
    return Stack{};
  }
  // What was mapped here before, a thread's stack perhaps, may have left marks.
  UnpoisonMemory(stack.bottom, stack.size);
  return stack;
}

void StackPool::Return(Stack stack) {
  if (free_.size() >= kMaxFree) {
    Unmap(stack);
    return;
  }
  // A task that has ended leaves marks where its last frames were.
  UnpoisonMemory(stack.bottom, stack.size);
  free_.push_back(stack);
}

}  // namespace windtunnel::simulation
