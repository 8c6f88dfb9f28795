// The parts that make up NormalizeStreamConfig(), in the order in which they
// run. Each adjusts what the server would and stops at its first refusal.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_STREAM_CONFIG_RULES_H_
#define WINDTUNNEL_SIMULATOR_BROKER_STREAM_CONFIG_RULES_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "simulator/broker/outcome.h"
#include "simulator/broker/profile.h"
#include "simulator/broker/stream_config.h"
#include "windtunnel/errors.h"
#include "windtunnel/stream.h"

namespace windtunnel::broker {

// 10052 and 10157 with their texts.
JetStreamError InvalidStreamConfig(absl::string_view text);
JetStreamError PedanticRefusal(absl::string_view text);

// STR-002: for streams, and for what a mirror or source names.
bool IsValidAssetName(const Profile& profile, absl::string_view name);

// stream_config_features.cc: counters, discard per subject, message TTLs,
// schedules, asynchronous persistence (STR-041 to STR-043, STR-054 to STR-067).
Refusal CheckFeatures(bool pedantic, StreamConfig& config);

// stream_config_origins.cc: mirror and sources (SRC-002 to SRC-027, STR-070).
Refusal CheckOrigins(const Profile& profile, bool pedantic,
                     FindStreamConfig find, StreamConfig& config);

// stream_config_filters.cc: subject_transforms of mirror and sources.
Refusal CheckMirrorTransforms(const Profile& profile,
                              const std::vector<SubjectTransform>& transforms);
Refusal CheckSourceTransforms(const Profile& profile,
                              const StreamSource& source);

// stream_config_subjects.cc (STR-030 to STR-037).
Refusal CheckSubjects(const Profile& profile, StreamConfig& config);
// STR-032, where it is not found with each subject.
Refusal CheckOverlaps(const StreamConfig& config);

// stream_config_transforms.cc: subject_transform and republish (SRC-064 to
// SRC-067, SRC-070 to SRC-074, STR-069, STR-071).
Refusal CheckTransforms(const Profile& profile, bool pedantic,
                        StreamConfig& config);

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_STREAM_CONFIG_RULES_H_
