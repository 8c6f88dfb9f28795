#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "cli/report.h"
#include "tests/property/story.h"

namespace windtunnel::cli {

namespace {

absl::Status CannotWrite(const std::string& path, absl::string_view why) {
  return absl::FailedPreconditionError(
      absl::StrCat("cannot write '", path, "': ", why));
}

}  // namespace

std::string SavedName(const conform::Difference& difference,
                      const std::string& folder) {
  return absl::StrCat(folder, "/", difference.program.flavour, "-seed-",
                      difference.seed);
}

absl::Status CheckWritable(const std::string& path) {
  if (!std::ofstream(path, std::ios::app)) {
    return CannotWrite(path, std::strerror(errno));
  }
  return absl::OkStatus();
}

absl::Status WriteFile(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::trunc | std::ios::binary);
  file << text;
  file.close();
  return file ? absl::OkStatus() : CannotWrite(path, std::strerror(errno));
}

absl::Status CheckFolder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  return error ? CannotWrite(folder, error.message()) : absl::OkStatus();
}

absl::Status SaveDifference(const conform::Difference& difference,
                            const std::string& folder) {
  const std::string name = SavedName(difference, folder);
  absl::Status status = WriteFile(name + ".txt", conform::Story(difference));
  status.Update(WriteFile(
      name + "_test.cc",
      conform::AsTest(difference, absl::StrCat("Seed", difference.seed))));
  status.Update(WriteFile(name + ".json", conform::ToJson(difference.program)));
  return status;
}

}  // namespace windtunnel::cli
