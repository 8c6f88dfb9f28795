// Profile: how the servers differ, as data.
//
// Rule code asks for a property by name and never for a version. Each field names
// the rows that it stands for.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_PROFILE_H_
#define WINDTUNNEL_SIMULATOR_BROKER_PROFILE_H_

#include <string>

#include "windtunnel/server_version.h"

namespace windtunnel::broker {

struct Profile {
  std::string version;  // "2.15.1".
  int api_level = 0;    // API-021.
  int minor = 15;       // For shared/api's field tables only.

  // Requests.
  bool strict_json = false;          // STR-008, CON-005: unknown fields refused.
  bool json_error_detail = false;    // STR-007: "invalid JSON: <detail>".
  bool ignores_non_json_body = false;  // API-016.
  bool empty_create_is_empty_object = false;  // API-018.
  bool missing_answers_no_responders = false;  // API-127, API-206: 503, not silence.
  bool no_responders_names_subject = false;    // COR-014.
  bool info_has_ts = false;                    // API-052.
  bool pub_ack_has_blank = false;              // PUB-001.
  bool has_pause_and_unpin = false;            // API-169, API-170.
  bool has_reset = false;                      // API-171.

  // Further fields are added beside the rule that needs them: streams in
  // sections "Streams", "Publishing", "Storage"; consumers in "Consumers".
};

const Profile& ProfileFor(ServerVersion version);

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_PROFILE_H_
