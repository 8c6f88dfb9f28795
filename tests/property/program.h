// Programs: what generated conformance tests do, as data. A program is a list
// of actions at the level of NATS messages, so that it says all that a server
// gets to see; it can be run in any world, shrunk, printed, stored and read
// again.
//
// In texts of a program `@` stands for the name that its run has to itself: its
// streams are "@A", "@B" and "@C", its subjects begin with "@." and its inboxes
// with "in.@.". Other stand-ins are replaced when the action is done:
//
//   <e0>           the name that the server drew for the first ephemeral
//                  consumer; <e> for the last
//   <pin0>         the first pin id that the server drew; <pin>: the last
//   <c0 fc0>       where the first flow control request of consumer c0 wants to
//                  be answered; <c0 fc>: the last
//   <c0 sseq>      stream and consumer sequence of the last delivery of c0;
//   <c0 dseq>
//   <now+250ms>    the time then, in RFC 3339; also with "-"
//   <time A 3>     when message 3 of stream @A was stored
//   <bytes 60000>  so many letters
//   <last A>       the last sequence of stream @A
//   <last A @.b>   that of its messages on the subject; 0 if there is none
//   <at>           the letter @ itself

#ifndef WINDTUNNEL_TESTS_PROPERTY_PROGRAM_H_
#define WINDTUNNEL_TESTS_PROPERTY_PROGRAM_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "windtunnel/server_version.h"

namespace windtunnel::conform {

struct Action {
  enum class Kind {
    kRequest,      // Sends `body` to `subject` and waits for the answer.
    kSend,         // Sends it with `reply`, and waits for nothing.
    kSettle,       // Answers a delivery with `body`, see `pick`.
    kSubscribe,    // `connection` listens on `subject`, in group `queue`.
    kUnsubscribe,  // And listens there no longer.
    kDisconnect,   // Closes `connection`. It comes back when it is used.
    kAdvance,      // Lets `duration` pass.
    kRestart       // Restarts the server.
  };
  Kind kind = Kind::kRequest;
  int connection = 0;  // Of three.
  std::string subject = {};
  std::string reply = {};  // kSend, kSettle; "": none.
  std::string queue = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  // kSettle: how many deliveries ago the one to answer came; 0 is the last. If
  // there were fewer, it wraps. Without any the action does nothing.
  int pick = 0;
  // kSettle: the token of the ack subject, counted from its end, that is
  // changed by `change` first: 1 pending, 2 time, 3 consumer sequence, 4 stream
  // sequence, 5 tries. 0: none.
  int token = 0;
  int change = 0;
  absl::Duration duration = absl::ZeroDuration();
  // Whether the infos of streams and consumers are compared after it. Asking
  // for them makes servers look after waiting requests.
  bool look = true;

  friend bool operator==(const Action&, const Action&) = default;
};

struct Program {
  // What it is about: "pull", "streams"; says which generator made it.
  std::string flavour = {};
  ServerVersion version = ServerVersion::k2_15;
  // Whether waits fall due in it. Then nothing may fall due near to an action:
  // the run in the simulator ends it where something does, and a live run that
  // comes late is done again. Otherwise all waits are hours and nothing in it
  // depends on time.
  bool timed = false;
  // How long an effect may take that comes by itself: virtual time that passes
  // in the simulator after each action, and how long a live server is waited
  // for. Of programs that are not timed.
  absl::Duration settle = absl::Milliseconds(20);
  std::vector<Action> actions = {};

  friend bool operator==(const Program&, const Program&) = default;
};

// "create stream @A {…}", "publish @.a 20 bytes", "settle the last but 2 with
// -NAK".
std::string InWords(const Action& action);
// What kind of action it is, for counting: "create stream", "publish", "-NAK".
std::string KindOf(const Action& action);

// As JSON, one action to a line, and back.
//
// Errors: kInvalidArgument naming what is wrong.
std::string ToJson(const Program& program);
absl::StatusOr<Program> ProgramFromJson(absl::string_view text);

}  // namespace windtunnel::conform

#endif  // WINDTUNNEL_TESTS_PROPERTY_PROGRAM_H_
