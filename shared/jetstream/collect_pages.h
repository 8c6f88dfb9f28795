// Collecting lists that the server answers page by page (API-030).

#ifndef WINDTUNNEL_SHARED_JETSTREAM_COLLECT_PAGES_H_
#define WINDTUNNEL_SHARED_JETSTREAM_COLLECT_PAGES_H_

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "shared/api/answers.h"

namespace windtunnel::internal {

// Calls `ask_page(offset)` until all are there.
template <typename T, typename AskPage>
absl::StatusOr<std::vector<T>> CollectPages(const AskPage& ask_page) {
  std::vector<T> all;
  while (true) {
    absl::StatusOr<api::Page<T>> page = ask_page(all.size());
    if (!page.ok()) return page.status();
    for (T& item : page->items) all.push_back(std::move(item));
    // An empty page: some vanished meanwhile.
    if (page->items.empty() || all.size() >= page->total) return all;
  }
}

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_SHARED_JETSTREAM_COLLECT_PAGES_H_
