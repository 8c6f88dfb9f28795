#include "simulator/broker/profile.h"

namespace windtunnel::broker {

namespace {

// Each server is the one before with what changed since.
Profile Make2_9() {
  Profile profile;
  profile.version = "2.9.10";
  profile.minor = 9;
  profile.pub_ack_has_blank = true;

  // Streams.
  profile.finds_duplicates_first = true;
  profile.sources_default_window = true;
  profile.named_sources_differ = true;
  profile.null_source_crashes = true;
  profile.sees_external_origins = true;
  profile.origin_filter_must_overlap = true;
  profile.republish_src_must_overlap = true;
  profile.refuses_limits_update = true;
  profile.stream_count_has_namesake = true;
  profile.update_reserves_unlimited = true;
  profile.replicas_multiply_reservation = true;
  profile.reservations_wrap_around = true;
  profile.stream_bytes_limit_binds_account = true;
  profile.refuses_stored_message = true;
  profile.memory_hides_deleted_last = true;
  profile.files_trim_subject_by_one = true;
  profile.seq_1_purges_memory = true;
  profile.keep_counts_gaps_in_memory = true;
  profile.keep_counts_gaps_in_file = true;
  profile.seq_1_purges_file = true;
  profile.seq_1_purges_filtered = true;
  profile.purge_needs_present_seq = true;

  profile.transform_needs_all_wildcards = true;

  // Mirrors and sources.
  profile.origin_start_delay = kMillisecond / 10;
  profile.origin_retry_pad = 10 * kMillisecond;
  profile.origin_check_interval = kSecond;
  profile.origin_silence = 3 * kSecond;
  profile.origin_counts_links = true;
  profile.sealed_takes_copies = true;
  profile.stopped_mirror_counts = true;
  profile.mirror_behind_takes_gaps = true;
  profile.refused_copy_may_be_lost = true;

  // Publishing.
  profile.message_id_before_sequences = true;

  // Storage.
  profile.restart_needs_last_message = true;
  profile.restart_shows_epoch = true;
  profile.skipped_shows_first_time = true;
  profile.skipped_memory_shows_none = true;
  profile.discard_new_bytes = DiscardNewBytes::kPayloadAtEquality;
  profile.discard_new_evicts = true;
  profile.emptied_file_shows_epoch = true;

  // Consumers.
  profile.max_deliver_exceeds_backoff = true;
  profile.late_heartbeat_is_sent = true;
  profile.keeps_kind_of_filter = true;
  profile.removal_counts_redeliveries = true;
  profile.filter_must_match_stream = true;
  profile.new_start_time_is_another = true;
  profile.max_waiting_before_mode = true;
  profile.purge_drops_all_pending = true;
  profile.purge_moves_covering_only = true;
  profile.memory_purges_one_by_one = true;
  profile.counts_anew_at_info = true;
  profile.skips_lost_snapshot_entries = true;
  profile.put_back_turns_back = true;
  profile.any_ack_moves_floor = true;
  profile.ack_all_settles_undelivered = true;
  profile.ack_none_confirms = true;
  profile.confirms_unknown_acks = true;
  profile.restart_delays_check = true;
  return profile;
}

Profile Make2_10() {
  Profile profile = Make2_9();
  profile.version = "2.10.27";
  profile.minor = 10;
  profile.missing_answers_no_responders = true;
  profile.info_has_ts = true;
  profile.audits_client = true;

  // Streams.
  profile.finds_duplicates_first = false;
  profile.guards_system_subjects = true;
  profile.named_sources_differ = false;
  profile.checks_origins = true;
  profile.sees_external_origins = false;
  profile.origin_filter_must_overlap = false;
  profile.cycle_needs_common_subject = true;
  profile.republish_src_must_overlap = false;
  profile.republish_text_has_transform = true;
  profile.republish_updatable = true;
  profile.unset_limits_bind_consumers = true;
  profile.refuses_limits_update = false;
  profile.stream_count_has_namesake = false;
  profile.replicas_multiply_reservation = false;
  profile.info_reserves_unlimited = true;
  profile.refuses_stored_message = false;
  profile.refusal_uses_up_sequence = true;
  profile.memory_hides_deleted_last = false;
  profile.files_trim_subject_by_one = false;
  profile.tells_empty_metadata = true;
  profile.untouched_file_reports_deleted = true;
  profile.info_has_cluster = true;
  profile.subjects_offset_as_asked = true;
  profile.seq_1_purges_memory = false;
  profile.seq_1_purge_shows_epoch = true;
  profile.purge_needs_present_seq = false;
  profile.keep_counts_gaps_in_file = false;
  profile.transform_needs_all_wildcards = false;
  profile.transform_needs_wildcard = true;
  profile.republish_tells_time = true;
  profile.empty_transform_keeps_subject = true;
  profile.transform_left_and_right = true;

  // Mirrors and sources.
  profile.mirror_behind_takes_gaps = false;
  profile.origin_start_delay = 100 * kMillisecond;
  profile.origin_retry_pad = 100 * kMillisecond;
  profile.origin_retry_growth = 10 * kSecond;
  profile.origin_jitter = 100 * kMillisecond;
  profile.origin_check_interval = 10 * kSecond;
  profile.origin_silence = 10 * kSecond;
  profile.create_shows_origins = true;
  profile.sealed_takes_copies = false;
  profile.source_drops_expectations = true;
  profile.source_header_has_filter = true;
  profile.full_stream_keeps_refused_copy = true;
  profile.last_time_is_source_position = true;

  // Publishing.
  profile.skipped_id_keeps_sequence = true;

  // Storage.
  profile.restart_needs_last_message = false;
  profile.restart_shows_epoch = false;
  profile.discard_new_bytes = DiscardNewBytes::kAtEquality;
  profile.discard_new_evicts = false;
  profile.skipped_memory_shows_none = false;

  // Consumers.
  profile.max_deliver_exceeds_backoff = false;
  profile.has_filter_subjects = true;
  profile.filter_must_match_stream = false;
  profile.keeps_kind_of_filter = false;
  profile.removal_counts_redeliveries = false;
  profile.new_filter_drops_interest = true;
  profile.update_counts_again = true;
  profile.last_consumer_purges = true;
  profile.last_is_unbounded = true;
  profile.new_start_time_is_another = false;
  profile.refuses_partial_overlap = true;
  profile.work_queue_sees_partial_overlap = true;
  profile.work_queue_checks_updates = true;
  profile.has_consumer_action = true;
  profile.max_waiting_before_mode = false;
  profile.time_skips_to_filter = true;
  profile.counts_anew_at_info = false;
  profile.single_messages_need_no_snapshot = true;
  profile.skips_lost_snapshot_entries = false;
  profile.purge_drops_all_pending = false;
  profile.purge_moves_covering_only = false;
  profile.redelivery_passes_missing = true;
  profile.put_back_turns_back = false;
  profile.any_ack_moves_floor = false;
  profile.ack_all_spares_given_up = true;
  profile.ack_all_settles_undelivered = false;
  profile.ack_all_counts_from_zero = true;
  profile.keeps_given_up = true;
  profile.idle_timer_settles = true;
  profile.new_filter_moves_signals = true;
  profile.tells_unused_bytes = true;
  profile.ack_none_confirms = false;
  profile.confirms_unknown_acks = false;
  profile.term_takes_reason = true;
  profile.removal_has_reason = true;
  profile.timer_exhausts = true;
  profile.later_delivery_shortens_timer = true;
  profile.undelivered_is_uncounted = true;
  profile.undelivered_counts_down = true;
  profile.restart_delays_check = false;
  return profile;
}

Profile Make2_15() {
  Profile profile = Make2_10();
  profile.version = "2.15.1";
  profile.minor = 15;
  profile.api_level = 5;
  profile.strict_json = true;
  profile.json_error_detail = true;
  profile.ignores_non_json_body = true;
  profile.empty_create_is_empty_object = true;
  profile.no_responders_names_subject = true;
  profile.pub_ack_has_blank = false;
  profile.has_pause_and_unpin = true;
  profile.has_reset = true;

  // Streams.
  profile.update_reserves_unlimited = false;
  profile.replicas_multiply_reservation = true;
  profile.reservations_wrap_around = false;
  profile.info_reserves_unlimited = false;
  profile.stream_bytes_limit_binds_account = false;
  profile.refusal_uses_up_sequence = false;
  profile.stream_name_text_has_slashes = true;
  profile.negative_limits_are_unlimited = true;
  profile.negative_age_has_own_text = true;
  profile.finds_overlaps_first = true;
  profile.guards_overlapping_subjects = true;
  profile.adds_metadata = true;
  profile.tells_empty_metadata = false;
  profile.drops_empty_placement = true;
  profile.refuses_preferred_placement = true;
  profile.sources_default_window = false;
  profile.null_source_crashes = false;
  profile.checks_transforms_first = true;
  profile.left_and_right_are_checked = true;
  profile.has_implicit_republish = true;
  profile.mirror_is_promotable = true;
  profile.max_consumers_updatable = true;
  profile.refuses_replicas_update = true;
  profile.unset_limits_bind_consumers = false;
  profile.required_api_level = true;
  profile.negative_offset_is_zero = true;
  profile.has_start_time = true;
  profile.has_no_hdr = true;
  profile.direct_subject_takes_body = true;
  profile.seq_1_purges_file = false;
  profile.seq_1_purge_shows_epoch = false;
  profile.seq_1_purges_filtered = false;
  profile.new_interest_without_consumers_empties = true;
  profile.work_queue_keeps_wanted = true;
  profile.keep_counts_gaps_in_memory = false;
  profile.has_pedantic = true;
  profile.transform_needs_wildcard = false;
  profile.transform_without_wildcards = true;
  profile.transform_bounds_numbers = true;
  profile.transform_checks_tokens_first = true;

  // Mirrors and sources.
  profile.origin_counts_links = false;
  profile.origin_consumers_are_durable = true;
  profile.mirror_drops_expectations = true;
  profile.copies_drop_batches = true;
  profile.copies_are_trusted = true;
  profile.stopped_mirror_counts = false;
  profile.source_header_has_subject = true;
  profile.source_header_has_identity = true;
  profile.duplicate_copies_pass = true;
  profile.refused_copy_may_be_lost = false;
  profile.keeps_source_positions = true;

  // Publishing.
  profile.size_before_headers = true;
  profile.message_id_before_sequences = false;
  profile.expected_subject_header = true;
  profile.ttl_header = true;
  profile.counter_header = true;
  profile.batch_headers = true;
  profile.schedule_headers = true;
  profile.refuses_source_header = true;
  profile.bad_rollup_is_answered = true;
  profile.cuts_status_line = true;
  profile.skipped_rollup_purges = true;

  // Storage.
  profile.skipped_shows_first_time = false;
  profile.discard_new_bytes = DiscardNewBytes::kBeyond;
  profile.rollup_passes_discard_new = true;
  profile.per_subject_update_trims_all = true;
  profile.expiry_gap = 250 * kMillisecond;
  profile.emptied_file_shows_epoch = false;

  // Consumers.
  profile.last_is_unbounded = false;
  profile.update_counts_again = false;
  profile.checks_consumer_name_first = true;
  profile.has_sourcing = true;
  profile.work_queue_ignores_exempt = true;
  profile.checks_separators_first = true;
  profile.durable_name_replaces_name = true;
  profile.normalizes_consumer_values = true;
  profile.refuses_negative_waits = true;
  profile.refuses_partial_overlap = false;
  profile.work_queue_text_is_new = true;
  profile.work_queue_checks_position_first = true;
  profile.action_ignores_server_metadata = true;
  profile.consumer_storage_is_fixed = true;
  profile.consumer_kind_is_fixed = true;
  profile.max_consumers_default = 1000;
  profile.start_sequence_may_be_ahead = true;
  profile.ack_floor_starts_at_position = true;
  profile.info_bounds_pending = true;
  profile.snapshot_moves_position = true;
  profile.memory_purges_one_by_one = false;
  profile.purge_must_cover_all_filters = true;
  profile.single_purge_is_removal = true;
  profile.ack_all_counts_from_zero = false;
  profile.removal_forgets_redeliveries = true;
  profile.redelivery_drops_missing = true;
  profile.forgets_undone_redeliveries = true;
  profile.exhaustion_settles = true;
  profile.purge_settles = true;
  profile.info_shows_stored_state = true;
  profile.single_delivery_hides_redelivered = true;
  profile.pending_keeps_consumer = true;
  profile.has_priority_groups = true;
  profile.full_queue_ignores_heartbeating = true;
  profile.no_wait_ends_404 = true;
  profile.long_ack_subjects = true;
  profile.long_flow_control_subjects = true;
  profile.lowered_max_deliver_is_advised = true;
  profile.undelivered_counts_down = false;
  profile.late_heartbeat_is_sent = false;
  profile.flow_control_acks_ahead = true;
  return profile;
}

}  // namespace

const Profile& ProfileFor(ServerVersion version) {
  static const Profile& v2_9 = *new Profile(Make2_9());
  static const Profile& v2_10 = *new Profile(Make2_10());
  static const Profile& v2_15 = *new Profile(Make2_15());
  switch (version) {
    case ServerVersion::k2_9:
      return v2_9;
    case ServerVersion::k2_10:
      return v2_10;
    case ServerVersion::k2_15:
      break;
  }
  return v2_15;
}

}  // namespace windtunnel::broker
