// The generators, each in a file of its own. `draft` has version, flavour and
// whether it is timed; they add the actions.

#ifndef WINDTUNNEL_TESTS_PROPERTY_FLAVOURS_H_
#define WINDTUNNEL_TESTS_PROPERTY_FLAVOURS_H_

#include "tests/property/draft.h"

namespace windtunnel::conform {

// generate_pull.cc: one stream, one or two pull consumers.
void GeneratePull(Draft& draft);
// generate_push.cc: one stream, one or two push consumers, listeners on three
// connections.
void GeneratePush(Draft& draft);
// generate_groups.cc: one consumer with priority groups, three connections.
void GenerateGroups(Draft& draft);
// generate_connections.cc: pull consumers, durable and not, three connections.
void GenerateConnections(Draft& draft);
// generate_consumer_config.cc: requests to create and to change consumers.
void GenerateConsumerConfig(Draft& draft);
// generate_consumer_restart.cc: pull consumers when the server restarts.
void GenerateConsumerRestart(Draft& draft);

// generate_streams.cc: one or two streams and all requests about them.
void GenerateStreams(Draft& draft);
// generate_streams_timed.cc: one stream whose content ends by itself.
void GenerateStreamsTimed(Draft& draft);
// generate_streams_restart.cc: two streams, one or two restarts.
void GenerateStreamsRestart(Draft& draft);

}  // namespace windtunnel::conform

#endif  // WINDTUNNEL_TESTS_PROPERTY_FLAVOURS_H_
