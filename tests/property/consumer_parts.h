// Parts of configurations that all kinds of consumers have, and answers to
// their deliveries.

#ifndef WINDTUNNEL_TESTS_PROPERTY_CONSUMER_PARTS_H_
#define WINDTUNNEL_TESTS_PROPERTY_CONSUMER_PARTS_H_

#include <string>

#include "nlohmann/json.hpp"
#include "tests/property/consumed_stream.h"
#include "tests/property/draft.h"

namespace windtunnel::conform {

// Consumer "c0", "c1" or "c2" on `stream`: where it starts, filters, policy and
// wait of acknowledgements, max_deliver, backoff and more.
nlohmann::json CommonConfig(Draft& draft, const ConsumedStream& stream,
                            int number);

// The same for pull consumers. What no request can take of a snapshot is put
// back as a redelivery, which servers do not note without acknowledgements:
// such consumers have them.
nlohmann::json CommonPullConfig(Draft& draft, const ConsumedStream& stream,
                                int number);

// `config` with another value of one of those that may be changed; false if
// servers refuse the change.
bool ChangeCommon(Draft& draft, const ConsumedStream& stream, int number,
                  nlohmann::json& config);

void SetFilters(Draft& draft, const ConsumedStream& stream, int number,
                nlohmann::json& config);

// Answers a delivery, a recent one mostly. `nexts` says how often in a hundred
// with "+NXT".
void AnswerDelivery(Draft& draft, int nexts, bool look);

// Of 2.15: pause_until and seq.
void Pause(Draft& draft, const std::string& consumer);
void Reset(Draft& draft, const ConsumedStream& stream,
           const std::string& consumer);

// Servers tell of the end of a pause even if the consumer was deleted
// meanwhile: where pauses end it is resumed first.
void DeleteConsumer(Draft& draft, const std::string& consumer);

}  // namespace windtunnel::conform

#endif  // WINDTUNNEL_TESTS_PROPERTY_CONSUMER_PARTS_H_
