#include "windtunnel/message_block.h"

#include <cstring>
#include <new>

namespace windtunnel {

MessageBlockPtr MessageBlock::New(absl::string_view subject,
                                  absl::string_view header_block,
                                  absl::string_view data) {
  const std::size_t size = subject.size() + header_block.size() + data.size();
  void* memory = ::operator new(sizeof(MessageBlock) + size);
  auto* block = new (memory)
      MessageBlock(static_cast<std::uint32_t>(subject.size()),
                   static_cast<std::uint32_t>(header_block.size()),
                   static_cast<std::uint32_t>(data.size()));
  char* bytes = reinterpret_cast<char*>(block + 1);
  for (absl::string_view part : {subject, header_block, data}) {
    if (part.empty()) continue;
    std::memcpy(bytes, part.data(), part.size());
    bytes += part.size();
  }
  return MessageBlockPtr(block);
}

void MessageBlock::Delete(MessageBlock* block) {
  block->~MessageBlock();
  ::operator delete(block);
}

}  // namespace windtunnel
