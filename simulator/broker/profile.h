// Profile: how the servers differ, as data.
//
// Rule code asks for a property by name and never for a version. Each field names
// the rows that it stands for.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_PROFILE_H_
#define WINDTUNNEL_SIMULATOR_BROKER_PROFILE_H_

#include <cstdint>
#include <string>

#include "simulator/broker/context.h"
#include "windtunnel/server_version.h"

namespace windtunnel::broker {

// When a message is too many bytes for a full stream with discard new (STO-076).
// `kPayloadAtEquality` adds headers and data only, `kAtEquality` all of it.
enum class DiscardNewBytes { kPayloadAtEquality, kAtEquality, kBeyond };

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

  // Streams: configuration.
  bool has_pedantic = false;                    // STR-012.
  bool stream_name_text_has_slashes = false;    // STR-002.
  bool negative_limits_are_unlimited = false;   // STR-016.
  bool negative_age_has_own_text = false;       // STR-018.
  bool finds_overlaps_first = false;            // STR-032: before duplicates.
  bool finds_duplicates_first = false;          // STR-032: before validity.
  bool guards_system_subjects = false;          // STR-034 to STR-037.
  bool guards_overlapping_subjects = false;     // STR-036: "*.>", "$NRG.>".
  bool adds_metadata = false;                   // STR-047, STR-048.
  bool drops_empty_placement = false;           // STR-051.
  bool refuses_preferred_placement = false;     // STR-052.
  bool sources_default_window = false;          // STR-022.
  bool named_sources_differ = false;            // STR-073: when created again.
  bool null_source_crashes = false;             // SRC-019: 2.10, too.
  bool checks_origins = false;                  // SRC-002, SRC-009, SRC-018.
  bool checks_transforms_first = false;         // SRC-011 to 014, 020 to 023, 072.
  bool sees_external_origins = false;           // Checks their namesakes here.
  bool origin_filter_must_overlap = false;      // SRC-010.
  bool cycle_needs_common_subject = false;      // SRC-007.
  bool republish_src_must_overlap = false;      // SRC-064.
  bool republish_text_has_transform = false;    // SRC-066.
  bool has_implicit_republish = false;          // STR-071.
  bool republish_updatable = false;             // STR-088.
  bool mirror_is_promotable = false;            // STR-095.
  bool refuses_limits_update = false;           // STR-080: any retention change.
  bool max_consumers_updatable = false;         // STR-082.
  bool refuses_replicas_update = false;         // STR-083.
  bool unset_limits_bind_consumers = false;     // STR-096: 2.10 reads 0 as 0.
  // Streams: subject transforms.
  bool transform_needs_all_wildcards = false;   // SRC-066: text if there are none.
  bool transform_needs_wildcard = false;        // SRC-074: of "a.>", too.
  bool empty_transform_keeps_subject = false;   // SRC-067, SRC-071.
  bool transform_left_and_right = false;        // SRC-078.
  bool left_and_right_are_checked = false;      // SRC-078: in sources, too.
  bool transform_without_wildcards = false;     // SRC-076, SRC-079.
  bool transform_bounds_numbers = false;        // SRC-080: to 32 bits.
  bool transform_checks_tokens_first = false;   // SRC-081.
  bool republish_tells_time = false;            // SRC-060.
  // Streams: limits of account and server.
  bool stream_count_has_namesake = false;       // STR-118.
  bool update_reserves_unlimited = false;       // STR-119: its -1, too.
  bool replicas_multiply_reservation = false;   // STR-119.
  bool reservations_wrap_around = false;        // STR-119: at 2^63.
  bool info_reserves_unlimited = false;         // API-050: its -1, too.
  bool stream_bytes_limit_binds_account = false;  // STR-124.
  bool refuses_stored_message = false;          // STR-124: and removes it.
  bool refusal_uses_up_sequence = false;        // STR-124: as far as it expects.
  // Streams: requests.
  bool audits_client = false;                   // STR-129: its name and more.
  bool required_api_level = false;              // API-020.
  bool untouched_file_reports_deleted = false;  // STR-107.
  bool tells_empty_metadata = false;            // STR-074: `{}` from none.
  bool memory_hides_deleted_last = false;       // STR-106.
  bool info_has_cluster = false;                // API-066.
  bool subjects_offset_as_asked = false;        // API-068.
  bool negative_offset_is_zero = false;         // STR-113.
  bool files_trim_subject_by_one = false;       // STO-072.
  bool has_start_time = false;                  // STO-039, API-094.
  bool has_no_hdr = false;                      // STO-041, STO-051.
  bool direct_subject_takes_body = false;       // API-122.
  // Streams: purge.
  bool seq_1_purges_memory = false;             // STO-022.
  bool seq_1_purges_file = false;               // STO-022.
  bool seq_1_purge_shows_epoch = false;         // STO-005, STO-022: of files.
  bool seq_1_purges_filtered = false;           // STO-028.
  bool purge_needs_present_seq = false;         // STO-023.
  bool keep_counts_gaps_in_memory = false;      // STO-024: if not by subject.
  bool keep_counts_gaps_in_file = false;        // STO-024.
  bool last_consumer_purges = false;            // STO-107: even what is empty.
  bool work_queue_keeps_wanted = false;         // STO-111: though settled.
  bool new_interest_without_consumers_empties = false;  // STO-110.

  // Mirrors and sources.
  Nanos origin_start_delay = 0;                 // SRC-029: before the first try.
  Nanos origin_retry_pad = 0;                   // SRC-029: on top of 2 s.
  Nanos origin_retry_growth = 0;                // SRC-029: per failure.
  std::uint64_t origin_jitter = 0;              // SRC-029: on top of each.
  Nanos origin_check_interval = 0;              // SRC-058.
  Nanos origin_silence = 0;                     // SRC-058: gone after that.
  bool origin_counts_links = false;             // SRC-041: as consumers.
  bool origin_consumers_are_durable = false;    // STR-116: if not by limits.
  bool create_shows_origins = false;            // SRC-039.
  bool mirror_drops_expectations = false;       // SRC-036.
  bool source_drops_expectations = false;       // SRC-048.
  bool copies_drop_batches = false;             // SRC-037, SRC-048.
  bool copies_are_trusted = false;              // SRC-035, SRC-038, SRC-050.
  bool sealed_takes_copies = false;             // PUB-020.
  bool stopped_mirror_counts = false;           // SRC-036: its lag grows.
  bool mirror_behind_takes_gaps = false;        // SRC-038: and stays behind.
  bool source_header_has_filter = false;        // SRC-043.
  bool source_header_has_subject = false;       // SRC-043.
  bool source_header_has_identity = false;      // SRC-045, SRC-058.
  bool duplicate_copies_pass = false;           // SRC-052.
  bool refused_copy_may_be_lost = false;        // SRC-057.
  bool full_stream_keeps_refused_copy = false;  // SRC-057: by messages.
  bool keeps_source_positions = false;          // SRC-055: over a restart.
  bool last_time_is_source_position = false;    // SRC-055, SRC-056.

  // Publishing.
  bool size_before_headers = false;          // PUB-019.
  bool message_id_before_sequences = false;  // PUB-021.
  bool expected_subject_header = false;      // PUB-028 to PUB-030.
  bool ttl_header = false;                   // STO-088, STO-089.
  bool counter_header = false;               // PUB-052.
  bool batch_headers = false;                // PUB-062, PUB-079.
  bool schedule_headers = false;             // PUB-089, PUB-101.
  bool refuses_source_header = false;        // SRC-049.
  bool bad_rollup_is_answered = false;       // PUB-045.
  bool cuts_status_line = false;             // PUB-010.
  bool skipped_id_keeps_sequence = false;    // PUB-039.
  bool skipped_rollup_purges = false;        // PUB-049.

  // Storage.
  bool restart_needs_last_message = false;    // PUB-041.
  bool skipped_shows_first_time = false;      // STO-102: its own, while empty.
  bool skipped_memory_shows_none = false;     // STO-102.
  bool restart_shows_epoch = false;           // STO-120, STO-121.
  DiscardNewBytes discard_new_bytes = DiscardNewBytes::kBeyond;
  bool discard_new_evicts = false;            // STO-076, STO-081.
  bool rollup_passes_discard_new = false;     // STO-080.
  bool per_subject_update_trims_all = false;  // STO-072.
  Nanos expiry_gap = 0;                       // STO-084: between two runs.
  bool emptied_file_shows_epoch = false;      // STO-005.

  // Consumers: configuration.
  bool checks_consumer_name_first = false;     // CON-020: its own text, too.
  bool checks_separators_first = false;   // CON-019.
  bool durable_name_replaces_name = false;     // CON-015, CON-016.
  bool normalizes_consumer_values = false;     // CON-030, CON-035 ff.
  bool refuses_negative_waits = false;         // CON-029, CON-033.
  bool max_deliver_exceeds_backoff = false;    // CON-032.
  bool has_filter_subjects = false;            // CON-044, CON-018.
  bool filter_must_match_stream = false;       // CON-043.
  bool refuses_partial_overlap = false;        // CON-049.
  bool work_queue_text_is_new = false;         // CON-085.
  bool work_queue_sees_partial_overlap = false;  // CON-089.
  bool work_queue_checks_updates = false;      // CON-090, CON-091.
  bool work_queue_checks_position_first = false;  // CON-087, CON-088.
  bool has_consumer_action = false;            // CON-095.
  bool has_sourcing = false;                   // CON-068.
  bool work_queue_ignores_exempt = false;      // CON-092: what is exempt itself.
  bool action_ignores_server_metadata = false;  // CON-099.
  bool consumer_storage_is_fixed = false;      // CON-104.
  bool consumer_kind_is_fixed = false;         // CON-105.
  bool new_start_time_is_another = false;      // CON-103: though it is equal.
  bool max_waiting_before_mode = false;        // CON-106, CON-107.
  std::uint64_t max_consumers_default = 0;     // CON-182; 0: no cap.
  // Consumers: positions and info.
  bool start_sequence_may_be_ahead = false;    // DEL-007.
  bool time_skips_to_filter = false;           // DEL-008.
  bool ack_floor_starts_at_position = false;   // DEL-015.
  bool counts_anew_at_info = false;            // DEL-013, DEL-026: and else seldom.
  bool info_bounds_pending = false;            // INF-008.
  bool single_messages_need_no_snapshot = false;  // DEL-012.
  bool skips_lost_snapshot_entries = false;    // DEL-014: to what follows them.
  bool snapshot_moves_position = false;        // DEL-040: to its entries.
  bool purge_drops_all_pending = false;        // DEL-022, DEL-024.
  bool purge_settles = false;                  // DEL-023: as if acknowledged.
  bool purge_moves_covering_only = false;      // STO-033.
  bool purge_must_cover_all_filters = false;   // DEL-025: to move to its end.
  bool memory_purges_one_by_one = false;       // DEL-024: by subject.
  bool single_purge_is_removal = false;        // DEL-024: by subject.
  bool new_filter_moves_signals = false;       // CON-112, DEL-027.
  bool new_filter_drops_interest = false;      // CON-113.
  bool keeps_kind_of_filter = false;           // CON-112: literal, or wildcards.
  bool update_counts_again = false;            // CON-112: if it is the same, too.
  bool last_is_unbounded = false;              // DEL-002: even if all is gone.
  bool removal_forgets_redeliveries = false;   // ACK-044.
  bool redelivery_passes_missing = false;      // DEL-024.
  bool redelivery_drops_missing = false;       // DEL-024.
  bool put_back_turns_back = false;            // DEL-046: and loses redeliveries.
  bool forgets_undone_redeliveries = false;    // DEL-046, ACK-039.
  bool info_shows_stored_state = false;        // INF-005, DEL-040.
  bool single_delivery_hides_redelivered = false;  // ACK-046.
  bool pending_keeps_consumer = false;         // CON-144.
  // Consumers: pull requests.
  bool has_priority_groups = false;            // GRP-011 ff.
  bool tells_unused_bytes = false;             // PUL-044.
  bool full_queue_ignores_heartbeating = false;  // PUL-023.
  bool no_wait_ends_404 = false;               // PUL-034, PUL-036.
  // Consumers: push.
  bool late_heartbeat_is_sent = false;         // PSH-011: after a wait.
  bool undelivered_is_uncounted = false;       // DEL-049.
  bool flow_control_acks_ahead = false;        // ACK-011: of what is to come.
  bool long_flow_control_subjects = false;     // PSH-017.
  bool undelivered_counts_down = false;        // DEL-049: below nothing.
  // Consumers: acknowledgements.
  bool ack_none_confirms = false;              // ACK-015.
  bool confirms_unknown_acks = false;          // ACK-013.
  bool term_takes_reason = false;              // ACK-007.
  bool removal_has_reason = false;             // INF-018.
  bool removal_counts_redeliveries = false;    // INF-018: not what follows none.
  bool long_ack_subjects = false;              // DEL-031.
  bool any_ack_moves_floor = false;            // ACK-021, ACK-022.
  bool ack_all_spares_given_up = false;        // ACK-044.
  bool ack_all_settles_undelivered = false;    // ACK-058: what it passes over.
  bool ack_all_counts_from_zero = false;       // ACK-058: where it starts.
  bool keeps_given_up = false;                 // ACK-043.
  bool timer_exhausts = false;                 // ACK-040.
  bool exhaustion_settles = false;             // ACK-045: in memory.
  bool idle_timer_settles = false;             // ACK-045.
  bool lowered_max_deliver_is_advised = false;  // ACK-048.
  bool later_delivery_shortens_timer = false;  // ACK-035.
  bool restart_delays_check = false;           // CON-180.
};

const Profile& ProfileFor(ServerVersion version);

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_PROFILE_H_
