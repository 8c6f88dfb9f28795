// The catalogue of JetStream's refusals: one row for every err_code that the
// rows of docs/behaviour mention, with the server's code and text.
//
//   catalogue::Make(catalogue::kStreamNotFound)
//   catalogue::Make(catalogue::kStreamWrongLastSequence, absl::StrCat(actual))
//   catalogue::WithDescription(catalogue::kStreamInvalidConfig, older_text)
//
// Texts are those of the newest server; what an older one says instead is given
// by whoever knows the version, through WithDescription().

#ifndef WINDTUNNEL_SHARED_JETSTREAM_ERROR_CATALOGUE_H_
#define WINDTUNNEL_SHARED_JETSTREAM_ERROR_CATALOGUE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "windtunnel/errors.h"

namespace windtunnel::catalogue {

// `text` has at most one `{}`, the place of the detail.
struct Entry {
  int code;
  int err_code;
  absl::string_view text;
};

// The error of `entry`. `detail` takes the place of `{}`, if there is one.
JetStreamError Make(const Entry& entry, absl::string_view detail = "");

// The numbers of `entry` with another text.
JetStreamError WithDescription(const Entry& entry, std::string description);

// 10025. `detail` is what the decoder said; "" where the server gives no detail
// (servers before 2.11).
JetStreamError MakeInvalidJson(absl::string_view detail);

// 501/0 "not simulated: <what>", which no server sends. MakeJetStreamStatus()
// makes it kUnimplemented with ErrorKind::kNotSimulated.
JetStreamError NotSimulated(absl::string_view what);

// --- General ---

inline constexpr Entry kBadRequest{400, 10003, "bad request"};
inline constexpr Entry kInvalidJson{400, 10025, "invalid JSON"};
inline constexpr Entry kBadPayloadNotEmpty{
    400, 10038, "expected an empty request payload"};
inline constexpr Entry kNotEnabledForAccount{
    503, 10039, "JetStream not enabled for account"};
inline constexpr Entry kClusteringRequired{
    503, 10010, "JetStream clustering support required"};
inline constexpr Entry kRequiredApiLevel{
    412, 10185, "JetStream minimum api level required"};
inline constexpr Entry kPedantic{400, 10157, "pedantic mode: {}"};
inline constexpr Entry kReplicasNotSupported{
    500, 10074, "replicas > 1 not supported in non-clustered mode"};
inline constexpr Entry kReplicasNegative{
    400, 10133, "replicas count cannot be negative"};
inline constexpr Entry kDeliverSubjectInvalid{
    400, 10015, "deliver subject not valid"};
inline constexpr Entry kTooManyRequests{429, 10167, "too many requests"};

// --- Limits of account and server ---

inline constexpr Entry kAccountResourcesExceeded{
    400, 10002, "resource limits exceeded for account"};
inline constexpr Entry kInsufficientResources{
    503, 10023, "insufficient resources"};
inline constexpr Entry kMaximumConsumersLimit{
    400, 10026, "maximum consumers limit reached"};
inline constexpr Entry kMaximumStreamsLimit{
    400, 10027, "maximum number of streams reached"};
inline constexpr Entry kMemoryResourcesExceeded{
    500, 10028, "insufficient memory resources available"};
inline constexpr Entry kStorageResourcesExceeded{
    500, 10047, "insufficient storage resources available"};
inline constexpr Entry kMaxBytesRequired{
    400, 10113, "account requires a stream config to have max bytes set"};
inline constexpr Entry kMaxStreamBytesExceeded{
    400, 10122, "stream max bytes exceeds account limit max stream bytes"};

// --- Streams ---

inline constexpr Entry kStreamNotFound{404, 10059, "stream not found"};
inline constexpr Entry kStreamNameMismatch{
    400, 10056, "stream name in subject does not match request"};
inline constexpr Entry kStreamNamePathSeparators{
    400, 10128, "Stream name can not contain path separators"};
inline constexpr Entry kStreamNameExist{
    400, 10058, "stream name already in use with a different configuration"};
inline constexpr Entry kStreamNameExistRestore{
    400, 10130, "stream name already in use, cannot restore"};
inline constexpr Entry kStreamRestore{500, 10062, "restore failed: {}"};
inline constexpr Entry kStreamInvalidConfig{500, 10052, "{}"};
inline constexpr Entry kStreamCreateFailed{500, 10049, "{}"};
inline constexpr Entry kStreamSubjectOverlap{
    400, 10065, "subjects overlap with an existing stream"};
inline constexpr Entry kStreamUpdateFailed{500, 10069, "{}"};
inline constexpr Entry kStreamSealed{
    400, 10109, "invalid operation on sealed stream"};
inline constexpr Entry kStreamPurgeFailed{500, 10110, "{}"};
inline constexpr Entry kStreamMessageDeleteFailed{500, 10057, "{}"};
inline constexpr Entry kSequenceNotFound{400, 10043, "sequence {} not found"};
inline constexpr Entry kNoMessageFound{404, 10037, "no message found"};
inline constexpr Entry kStreamTransformInvalidSource{
    400, 10155, "stream transform source: {}"};
inline constexpr Entry kStreamTransformInvalidDestination{
    400, 10156, "stream transform: {}"};

// --- Mirrors and sources ---

inline constexpr Entry kMirrorConfigImmutable{
    400, 10055, "stream mirror configuration can not be updated"};
inline constexpr Entry kMirrorMaxMessageSizeTooSmall{
    400, 10030, "stream mirror must have max message size >= source"};
inline constexpr Entry kMirrorWithSources{
    400, 10031, "stream mirrors can not also contain other sources"};
inline constexpr Entry kMirrorWithSubjects{
    400, 10034, "stream mirrors can not contain subjects"};
inline constexpr Entry kMirrorWithCounters{
    400, 10173, "stream mirrors can not also calculate counters"};
inline constexpr Entry kMirrorWithSchedules{
    400, 10186, "stream mirrors can not also schedule messages"};
inline constexpr Entry kMirrorWithAtomicPublish{
    400, 10198, "stream mirrors can not also use atomic publishing"};
inline constexpr Entry kMirrorWithBatchPublish{
    400, 10209, "stream mirrors can not also use batch publishing"};
inline constexpr Entry kMirrorWithFirstSequence{
    400, 10143, "stream mirrors can not have first sequence configured"};
inline constexpr Entry kMirrorNameInvalid{
    400, 10142, "mirrored stream name is invalid"};
inline constexpr Entry kMirrorInvalidSubjectFilter{
    400, 10151, "mirror transform source: {}"};
inline constexpr Entry kMirrorOverlappingFilters{
    400, 10152, "mirror subject filters can not overlap"};
inline constexpr Entry kMirrorMultipleFilters{
    400, 10150,
    "mirror with multiple subject transforms cannot also have a single "
    "subject filter"};
inline constexpr Entry kMirrorInvalidTransform{
    400, 10154, "mirror transform: {}"};
inline constexpr Entry kMirrorConsumerInvalid{
    400, 10213, "stream mirror consumer config is invalid"};
inline constexpr Entry kSourceMaxMessageSizeTooBig{
    400, 10046, "stream source must have max message size >= target"};
inline constexpr Entry kSourceWithSchedules{
    400, 10187, "stream source can not also schedule messages"};
inline constexpr Entry kSourceDuplicate{
    400, 10140, "duplicate source configuration detected"};
inline constexpr Entry kSourceNameInvalid{
    400, 10141, "sourced stream name is invalid"};
inline constexpr Entry kSourceMultipleFilters{
    400, 10144,
    "source with multiple subject transforms cannot also have a single "
    "subject filter"};
inline constexpr Entry kSourceInvalidSubjectFilter{
    400, 10145, "source transform source: {}"};
inline constexpr Entry kSourceInvalidTransform{
    400, 10146, "source transform: {}"};
inline constexpr Entry kSourceOverlappingFilters{
    400, 10147, "source filters can not overlap"};
inline constexpr Entry kSourceConsumerInvalid{
    400, 10215, "stream source consumer config is invalid"};
inline constexpr Entry kSourceConsumerDuplicate{
    400, 10216, "duplicate stream source consumer detected"};
inline constexpr Entry kExternalApiOverlap{
    400, 10021, "stream external api prefix {} must not overlap with $JS.API"};
inline constexpr Entry kExternalDeliverPrefixOverlaps{
    400, 10022,
    "stream external delivery prefix overlaps with a stream subject"};
inline constexpr Entry kExternalDeliverPrefixInvalid{
    400, 10024,
    "stream external delivery prefix {} must not contain wildcards"};

// --- Publishing ---

inline constexpr Entry kStreamMessageExceedsMaximum{
    400, 10054, "message size exceeds maximum allowed"};
inline constexpr Entry kStreamHeaderExceedsMaximum{
    400, 10097, "header size exceeds maximum allowed of 64k"};
inline constexpr Entry kStreamNotMatch{
    400, 10060, "expected stream does not match"};
inline constexpr Entry kStreamWrongLastMessageId{
    400, 10070, "wrong last msg ID: {}"};
inline constexpr Entry kStreamWrongLastSequence{
    400, 10071, "wrong last sequence: {}"};
inline constexpr Entry kStreamWrongLastSequenceConstant{
    400, 10164, "wrong last sequence"};
inline constexpr Entry kExpectedSubjectSequenceMissing{
    400, 10193, "missing sequence for expected last sequence per subject"};
inline constexpr Entry kStreamStoreFailed{503, 10077, "{}"};
inline constexpr Entry kStreamGeneralError{500, 10051, "{}"};
inline constexpr Entry kStreamRollupFailed{500, 10111, "{}"};
inline constexpr Entry kMessageTtlInvalid{
    400, 10165, "invalid per-message TTL"};
inline constexpr Entry kMessageTtlDisabled{
    400, 10166, "per-message TTL is disabled"};
inline constexpr Entry kStreamSourceHeaderNotAllowed{
    400, 10227, "message stream source header is not allowed"};

// --- Counters ---

inline constexpr Entry kCounterDisabled{
    400, 10168, "message counters is disabled"};
inline constexpr Entry kCounterMissingIncrement{
    400, 10169, "message counter increment is missing"};
inline constexpr Entry kCounterHasPayload{
    400, 10170, "message counter has payload"};
inline constexpr Entry kCounterInvalidIncrement{
    400, 10171, "message counter increment is invalid"};
inline constexpr Entry kCounterBroken{400, 10172, "message counter is broken"};

// --- Batches ---

inline constexpr Entry kAtomicPublishDisabled{
    400, 10174, "atomic publish is disabled"};
inline constexpr Entry kAtomicPublishMissingSequence{
    400, 10175, "atomic publish sequence is missing"};
inline constexpr Entry kAtomicPublishIncomplete{
    400, 10176, "atomic publish batch is incomplete"};
inline constexpr Entry kAtomicPublishUnsupportedHeader{
    400, 10177, "atomic publish unsupported header used: {}"};
inline constexpr Entry kAtomicPublishInvalidId{
    400, 10179, "atomic publish batch ID is invalid"};
inline constexpr Entry kAtomicPublishTooLarge{
    400, 10199, "atomic publish batch is too large: {}"};
inline constexpr Entry kAtomicPublishInvalidCommit{
    400, 10200, "atomic publish batch commit is invalid"};
inline constexpr Entry kAtomicPublishDuplicateId{
    400, 10201, "atomic publish batch contains duplicate message id"};
inline constexpr Entry kAtomicPublishTooManyInFlight{
    429, 10210, "atomic publish too many inflight"};
inline constexpr Entry kBatchPublishDisabled{
    400, 10205, "batch publish is disabled"};
inline constexpr Entry kBatchPublishInvalidPattern{
    400, 10206, "batch publish pattern is invalid"};
inline constexpr Entry kBatchPublishInvalidId{
    400, 10207, "batch publish ID is invalid"};
inline constexpr Entry kBatchPublishUnknownId{
    400, 10208, "batch publish ID unknown"};
inline constexpr Entry kBatchPublishTooManyInFlight{
    429, 10211, "batch publish too many inflight"};

// --- Schedules ---

inline constexpr Entry kSchedulesDisabled{
    400, 10188, "message schedules is disabled"};
inline constexpr Entry kSchedulesPatternInvalid{
    400, 10189, "message schedules pattern is invalid"};
inline constexpr Entry kSchedulesTargetInvalid{
    400, 10190, "message schedules target is invalid"};
inline constexpr Entry kSchedulesTtlInvalid{
    400, 10191, "message schedules invalid per-message TTL"};
inline constexpr Entry kSchedulesRollupInvalid{
    400, 10192, "message schedules invalid rollup"};
inline constexpr Entry kSchedulesSourceInvalid{
    400, 10203, "message schedules source is invalid"};
inline constexpr Entry kSchedulesSchedulerInvalid{
    400, 10212, "message schedules invalid scheduler"};
inline constexpr Entry kSchedulesTimeZoneInvalid{
    400, 10223, "message schedules time zone is invalid"};

// --- Consumers ---

inline constexpr Entry kConsumerNotFound{404, 10014, "consumer not found"};
inline constexpr Entry kConsumerAlreadyExists{
    400, 10148, "consumer already exists"};
inline constexpr Entry kConsumerDoesNotExist{
    400, 10149, "consumer does not exist"};
inline constexpr Entry kConsumerNameExist{
    400, 10013, "consumer name already in use"};
inline constexpr Entry kConsumerCreateFailed{500, 10012, "{}"};
inline constexpr Entry kConsumerDurableNameMismatch{
    400, 10017,
    "consumer name in subject does not match durable name in request"};
inline constexpr Entry kConsumerDurableNameNotSet{
    400, 10018,
    "consumer expected to be durable but a durable name was not set"};
inline constexpr Entry kConsumerEphemeralWithDurableName{
    400, 10020,
    "consumer expected to be ephemeral but a durable name was set in "
    "request"};
inline constexpr Entry kConsumerNamePathSeparators{
    400, 10127, "Consumer name can not contain path separators"};
inline constexpr Entry kConsumerNameTooLong{
    400, 10102, "consumer name is too long, maximum allowed is {}"};
inline constexpr Entry kConsumerBadDurableName{
    400, 10103, "durable name can not contain '.', '*', '>'"};
inline constexpr Entry kConsumerDurableAndNameDiffer{
    400, 10132,
    "Consumer Durable and Name have to be equal if both are provided"};
inline constexpr Entry kConsumerCreateFilterMismatch{
    400, 10131,
    "Consumer create request did not match filtered subject from create "
    "subject"};
inline constexpr Entry kConsumerDescriptionTooLong{
    400, 10107, "consumer description is too long, maximum allowed is {}"};
inline constexpr Entry kConsumerMetadataTooLong{
    400, 10135, "consumer metadata exceeds maximum size of {}"};
inline constexpr Entry kConsumerReplicasMustMatch{
    400, 10134,
    "consumer config replicas must match interest retention stream's "
    "replicas"};
inline constexpr Entry kConsumerInvalidDeliverSubject{
    400, 10112, "invalid push consumer deliver subject"};
inline constexpr Entry kConsumerDeliverSubjectWildcards{
    400, 10079, "consumer deliver subject has wildcards"};
inline constexpr Entry kConsumerDeliverCycle{
    400, 10081, "consumer deliver subject forms a cycle"};
inline constexpr Entry kConsumerPushMaxWaiting{
    400, 10080, "consumer in push mode can not set max waiting"};
inline constexpr Entry kConsumerMaxPendingAckPolicyRequired{
    400, 10082, "consumer requires ack policy for max ack pending"};
inline constexpr Entry kConsumerSmallHeartbeat{
    400, 10083, "consumer idle heartbeat needs to be >= 100ms"};
inline constexpr Entry kConsumerPullRequiresAck{
    400, 10084,
    "consumer in pull mode requires explicit ack policy on workqueue "
    "stream"};
inline constexpr Entry kConsumerPullWithRateLimit{
    400, 10086, "consumer in pull mode can not have rate limit set"};
inline constexpr Entry kConsumerMaxWaitingNegative{
    400, 10087, "consumer max waiting needs to be positive"};
inline constexpr Entry kConsumerHeartbeatRequiresPush{
    400, 10088, "consumer idle heartbeat requires a push based consumer"};
inline constexpr Entry kConsumerFlowControlRequiresPush{
    400, 10089, "consumer flow control requires a push based consumer"};
inline constexpr Entry kConsumerDirectRequiresPush{
    400, 10090, "consumer direct requires a push based consumer"};
inline constexpr Entry kConsumerDirectRequiresEphemeral{
    400, 10091, "consumer direct requires an ephemeral consumer"};
inline constexpr Entry kConsumerFilterNotSubset{
    400, 10093,
    "consumer filter subject is not a valid subset of the interest "
    "subjects"};
inline constexpr Entry kConsumerInvalidPolicy{400, 10094, "{}"};
inline constexpr Entry kConsumerInvalidSampling{
    400, 10095, "failed to parse consumer sampling configuration: {}"};
inline constexpr Entry kConsumerWorkQueueRequiresExplicitAck{
    400, 10098, "workqueue stream requires explicit ack"};
inline constexpr Entry kConsumerWorkQueueMultipleUnfiltered{
    400, 10099,
    "multiple non-filtered consumers not allowed on workqueue stream"};
inline constexpr Entry kConsumerWorkQueueNotUnique{
    400, 10100, "filtered consumer not unique on workqueue stream"};
inline constexpr Entry kConsumerWorkQueueNotDeliverAll{
    400, 10101, "consumer must be deliver all on workqueue stream"};
inline constexpr Entry kConsumerFlowControlRequiresHeartbeat{
    400, 10108, "consumer with flow control also needs heartbeats"};
inline constexpr Entry kConsumerMaxRequestBatchNegative{
    400, 10114, "consumer max request batch needs to be > 0"};
inline constexpr Entry kConsumerMaxRequestExpiresTooSmall{
    400, 10115, "consumer max request expires needs to be >= 1ms"};
inline constexpr Entry kConsumerMaxDeliverBackoff{
    400, 10116, "max deliver is required to be > length of backoff values"};
inline constexpr Entry kConsumerMaxAckPendingExceeded{
    400, 10121, "consumer max ack pending exceeds system limit of {}"};
inline constexpr Entry kConsumerMaxRequestBatchExceeded{
    400, 10125, "consumer max request batch exceeds server limit of {}"};
inline constexpr Entry kConsumerInactiveThresholdExceeded{
    400, 10153, "consumer inactive threshold exceeds system limit of {}"};
inline constexpr Entry kConsumerDuplicateFilters{
    400, 10136,
    "consumer cannot have both FilterSubject and FilterSubjects specified"};
inline constexpr Entry kConsumerMultipleFiltersNotAllowed{
    400, 10137,
    "consumer with multiple subject filters cannot use subject based API"};
inline constexpr Entry kConsumerOverlappingFilters{
    400, 10138, "consumer subject filters cannot overlap"};
inline constexpr Entry kConsumerEmptyFilter{
    400, 10139, "consumer filter in FilterSubjects cannot be empty"};
inline constexpr Entry kConsumerAckWaitNegative{
    400, 10183, "consumer ack wait needs to be positive"};
inline constexpr Entry kConsumerBackoffNegative{
    400, 10184, "consumer backoff needs to be positive"};
inline constexpr Entry kConsumerInvalidReset{400, 10204, "invalid reset: {}"};

// --- Priority groups ---

inline constexpr Entry kPriorityPolicyWithoutGroup{
    400, 10159,
    "Setting PriorityPolicy requires at least one PriorityGroup to be set"};
inline constexpr Entry kPriorityGroupUnknown{
    400, 10160, "Provided priority group does not exist for this consumer"};
inline constexpr Entry kPriorityGroupNameEmpty{
    400, 10161, "Group name cannot be an empty string"};
inline constexpr Entry kPriorityGroupNameInvalid{
    400, 10162,
    "Valid priority group name must match A-Z, a-z, 0-9, -_/=)+ and may "
    "not exceed 16 characters"};
inline constexpr Entry kPriorityGroupsWithPush{
    400, 10178, "priority groups can not be used with push consumers"};
inline constexpr Entry kPriorityGroupsWithPolicyNone{
    400, 10196, "consumer can not have priority groups when policy is none"};
inline constexpr Entry kPriorityTimeoutWithPolicyNone{
    400, 10197, "PinnedTTL cannot be set when PriorityPolicy is none"};

// --- Flow control as acknowledgement ---

inline constexpr Entry kAckFlowControlRequiresPush{
    400, 10218, "flow control ack policy requires a push based consumer"};
inline constexpr Entry kAckFlowControlRequiresFlowControl{
    400, 10219, "flow control ack policy requires flow control"};
inline constexpr Entry kAckFlowControlRequiresMaxAckPending{
    400, 10220, "flow control ack policy requires max ack pending"};
inline constexpr Entry kAckFlowControlWithAckWait{
    400, 10221, "flow control ack policy requires unset ack wait"};
inline constexpr Entry kAckFlowControlWithMaxDeliver{
    400, 10222, "flow control ack policy requires unset max deliver"};

}  // namespace windtunnel::catalogue

#endif  // WINDTUNNEL_SHARED_JETSTREAM_ERROR_CATALOGUE_H_
