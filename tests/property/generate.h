// Generated programs. The same seed makes the same program on every machine.

#ifndef WINDTUNNEL_TESTS_PROPERTY_GENERATE_H_
#define WINDTUNNEL_TESTS_PROPERTY_GENERATE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "rapidcheck.h"
#include "tests/property/program.h"
#include "windtunnel/server_version.h"

namespace windtunnel::conform {

// What a program is about. Each makes valid requests mostly, of things that
// exist mostly.
struct Flavour {
  std::string name;         // "pull"
  std::string description;  // One line.
  int weight = 1;           // How often it is drawn beside the others.
  bool timed = false;
  bool restarts = false;  // Its programs restart the server.
};
const std::vector<Flavour>& Flavours();

struct GenerateOptions {
  ServerVersion version = ServerVersion::k2_15;
  std::vector<std::string> flavours =
      {};                 // Names. Empty: all that are allowed.
  bool timed = true;      // Whether timed ones are allowed,
  bool restarts = false;  // and those that restart the server.
};

Program ProgramOf(const GenerateOptions& options, std::uint64_t seed);

// The same for rapidcheck, with what to try when one fails.
rc::Gen<Program> AnyProgram(const GenerateOptions& options);

// Programs that are a little smaller: actions left out, fields of requests left
// out. Nearly all run; whether they still show what `program` shows is to be
// tried.
rc::Seq<Program> Smaller(const Program& program);

}  // namespace windtunnel::conform

#endif  // WINDTUNNEL_TESTS_PROPERTY_GENERATE_H_
