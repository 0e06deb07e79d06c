// Made by npm run contract from src/contract.
// clang-format off
#include "contract/problems.h"

#include "contract/cut.h"

namespace punktfunk {
namespace {

constexpr std::string_view texts[] = {
    "engine_unloadable",
    "message_refused",
    "started_twice",
    "no_descriptors",
    "checkpoint_unusable",
    "checkpoint_foreign",
    "start_failed",
    "encoder_missing",
    "encoder_unusable",
    "capture_interrupted",
    "capture_ended",
    "capture_unusable",
    "picture_impossible",
    "no_encoder",
    "encode_failed",
    "port_taken",
    "port_forbidden",
    "address_unusable",
    "socket_unusable",
    "packets_impossible",
    "gso_unavailable",
    "no_video_ping",
    "foreign_pings",
    "control_failed",
    "forged_goodbye",
    "input_unavailable",
    "input_blocked",
    "input_lost",
    "keyboard_layout_unknown",
    "keyboard_layout_unreadable",
    "unknown_key_ignored",
    "text_ignored",
    "unknown_button_ignored",
    "touch_ignored",
    "pen_ignored",
    "gamepad_ignored",
    "pointer_ignored",
    "unknown_input_ignored",
    "sound_format_unknown",
    "sound_encoder_refuses",
    "sound_library_unusable",
    "sound_server_missing",
    "sound_server_ended",
    "sound_server_silent",
    "sound_server_refuses",
    "sound_manager_missing",
    "sound_manager_ended",
    "sound_sink_removed",
    "sound_capture_failed",
    "sound_capture_silent",
    "sound_back",
    "sound_not_on_host",
    "sound_loopback_missing",
    "sound_without_priority",
};
constexpr std::string_view names_of_engine_unloadable[] = {"reason"};
constexpr std::string_view names_of_message_refused[] = {"reason"};
constexpr std::string_view names_of_checkpoint_unusable[] = {"path", "reason"};
constexpr std::string_view names_of_checkpoint_foreign[] = {"path"};
constexpr std::string_view names_of_start_failed[] = {"reason"};
constexpr std::string_view names_of_encoder_missing[] = {"library"};
constexpr std::string_view names_of_encoder_unusable[] = {"library", "reason"};
constexpr std::string_view names_of_capture_interrupted[] = {"reason"};
constexpr std::string_view names_of_capture_ended[] = {"reason"};
constexpr std::string_view names_of_capture_unusable[] = {"reason"};
constexpr std::string_view names_of_picture_impossible[] = {"width", "height", "fps", "bitrate_kbps"};
constexpr std::string_view names_of_no_encoder[] = {"directory", "reasons"};
constexpr std::string_view names_of_encode_failed[] = {"encoder", "reason"};
constexpr std::string_view names_of_port_taken[] = {"port", "address"};
constexpr std::string_view names_of_port_forbidden[] = {"port"};
constexpr std::string_view names_of_address_unusable[] = {"address", "reason"};
constexpr std::string_view names_of_socket_unusable[] = {"reason"};
constexpr std::string_view names_of_packets_impossible[] = {"bytes", "percent"};
constexpr std::string_view names_of_no_video_ping[] = {"port"};
constexpr std::string_view names_of_foreign_pings[] = {"address"};
constexpr std::string_view names_of_control_failed[] = {"reason"};
constexpr std::string_view names_of_input_unavailable[] = {"reason"};
constexpr std::string_view names_of_input_blocked[] = {"reason"};
constexpr std::string_view names_of_input_lost[] = {"reason"};
constexpr std::string_view names_of_keyboard_layout_unknown[] = {"reason"};
constexpr std::string_view names_of_keyboard_layout_unreadable[] = {"reason"};
constexpr std::string_view names_of_unknown_key_ignored[] = {"reason"};
constexpr std::string_view names_of_text_ignored[] = {"reason"};
constexpr std::string_view names_of_unknown_button_ignored[] = {"reason"};
constexpr std::string_view names_of_touch_ignored[] = {"reason"};
constexpr std::string_view names_of_pen_ignored[] = {"reason"};
constexpr std::string_view names_of_gamepad_ignored[] = {"reason"};
constexpr std::string_view names_of_pointer_ignored[] = {"reason"};
constexpr std::string_view names_of_unknown_input_ignored[] = {"reason"};
constexpr std::string_view names_of_sound_format_unknown[] = {"channels", "packet_ms"};
constexpr std::string_view names_of_sound_encoder_refuses[] = {"reason"};
constexpr std::string_view names_of_sound_server_refuses[] = {"reason"};
constexpr std::string_view names_of_sound_capture_failed[] = {"reason"};

}  // namespace

std::string_view text(ProblemCode code) {
  return texts[static_cast<std::size_t>(code)];
}

std::span<const std::string_view> parameter_names(ProblemCode code) {
  switch (code) {
    case ProblemCode::engine_unloadable: return names_of_engine_unloadable;
    case ProblemCode::message_refused: return names_of_message_refused;
    case ProblemCode::checkpoint_unusable: return names_of_checkpoint_unusable;
    case ProblemCode::checkpoint_foreign: return names_of_checkpoint_foreign;
    case ProblemCode::start_failed: return names_of_start_failed;
    case ProblemCode::encoder_missing: return names_of_encoder_missing;
    case ProblemCode::encoder_unusable: return names_of_encoder_unusable;
    case ProblemCode::capture_interrupted: return names_of_capture_interrupted;
    case ProblemCode::capture_ended: return names_of_capture_ended;
    case ProblemCode::capture_unusable: return names_of_capture_unusable;
    case ProblemCode::picture_impossible: return names_of_picture_impossible;
    case ProblemCode::no_encoder: return names_of_no_encoder;
    case ProblemCode::encode_failed: return names_of_encode_failed;
    case ProblemCode::port_taken: return names_of_port_taken;
    case ProblemCode::port_forbidden: return names_of_port_forbidden;
    case ProblemCode::address_unusable: return names_of_address_unusable;
    case ProblemCode::socket_unusable: return names_of_socket_unusable;
    case ProblemCode::packets_impossible: return names_of_packets_impossible;
    case ProblemCode::no_video_ping: return names_of_no_video_ping;
    case ProblemCode::foreign_pings: return names_of_foreign_pings;
    case ProblemCode::control_failed: return names_of_control_failed;
    case ProblemCode::input_unavailable: return names_of_input_unavailable;
    case ProblemCode::input_blocked: return names_of_input_blocked;
    case ProblemCode::input_lost: return names_of_input_lost;
    case ProblemCode::keyboard_layout_unknown: return names_of_keyboard_layout_unknown;
    case ProblemCode::keyboard_layout_unreadable: return names_of_keyboard_layout_unreadable;
    case ProblemCode::unknown_key_ignored: return names_of_unknown_key_ignored;
    case ProblemCode::text_ignored: return names_of_text_ignored;
    case ProblemCode::unknown_button_ignored: return names_of_unknown_button_ignored;
    case ProblemCode::touch_ignored: return names_of_touch_ignored;
    case ProblemCode::pen_ignored: return names_of_pen_ignored;
    case ProblemCode::gamepad_ignored: return names_of_gamepad_ignored;
    case ProblemCode::pointer_ignored: return names_of_pointer_ignored;
    case ProblemCode::unknown_input_ignored: return names_of_unknown_input_ignored;
    case ProblemCode::sound_format_unknown: return names_of_sound_format_unknown;
    case ProblemCode::sound_encoder_refuses: return names_of_sound_encoder_refuses;
    case ProblemCode::sound_server_refuses: return names_of_sound_server_refuses;
    case ProblemCode::sound_capture_failed: return names_of_sound_capture_failed;
    default: return {};
  }
}

namespace problem {

using contract::cut;

Failure engine_unloadable(std::string_view reason) { return {ProblemCode::engine_unloadable, {cut(reason)}}; }
Failure message_refused(std::string_view reason) { return {ProblemCode::message_refused, {cut(reason)}}; }
Failure started_twice() { return {ProblemCode::started_twice, {}}; }
Failure no_descriptors() { return {ProblemCode::no_descriptors, {}}; }
Failure checkpoint_unusable(std::string_view path, std::string_view reason) { return {ProblemCode::checkpoint_unusable, {cut(path), cut(reason)}}; }
Failure checkpoint_foreign(std::string_view path) { return {ProblemCode::checkpoint_foreign, {cut(path)}}; }
Failure start_failed(std::string_view reason) { return {ProblemCode::start_failed, {cut(reason)}}; }
Failure encoder_missing(std::string_view library) { return {ProblemCode::encoder_missing, {cut(library)}}; }
Failure encoder_unusable(std::string_view library, std::string_view reason) { return {ProblemCode::encoder_unusable, {cut(library), cut(reason)}}; }
Failure capture_interrupted(std::string_view reason) { return {ProblemCode::capture_interrupted, {cut(reason)}}; }
Failure capture_ended(std::string_view reason) { return {ProblemCode::capture_ended, {cut(reason)}}; }
Failure capture_unusable(std::string_view reason) { return {ProblemCode::capture_unusable, {cut(reason)}}; }
Failure picture_impossible(std::uint64_t width, std::uint64_t height, std::uint64_t fps, std::uint64_t bitrate_kbps) { return {ProblemCode::picture_impossible, {std::to_string(width), std::to_string(height), std::to_string(fps), std::to_string(bitrate_kbps)}}; }
Failure no_encoder(std::string_view directory, std::string_view reasons) { return {ProblemCode::no_encoder, {cut(directory), cut(reasons)}}; }
Failure encode_failed(std::string_view encoder, std::string_view reason) { return {ProblemCode::encode_failed, {cut(encoder), cut(reason)}}; }
Failure port_taken(std::uint64_t port, std::string_view address) { return {ProblemCode::port_taken, {std::to_string(port), cut(address)}}; }
Failure port_forbidden(std::uint64_t port) { return {ProblemCode::port_forbidden, {std::to_string(port)}}; }
Failure address_unusable(std::string_view address, std::string_view reason) { return {ProblemCode::address_unusable, {cut(address), cut(reason)}}; }
Failure socket_unusable(std::string_view reason) { return {ProblemCode::socket_unusable, {cut(reason)}}; }
Failure packets_impossible(std::uint64_t bytes, std::uint64_t percent) { return {ProblemCode::packets_impossible, {std::to_string(bytes), std::to_string(percent)}}; }
Failure gso_unavailable() { return {ProblemCode::gso_unavailable, {}}; }
Failure no_video_ping(std::uint64_t port) { return {ProblemCode::no_video_ping, {std::to_string(port)}}; }
Failure foreign_pings(std::string_view address) { return {ProblemCode::foreign_pings, {cut(address)}}; }
Failure control_failed(std::string_view reason) { return {ProblemCode::control_failed, {cut(reason)}}; }
Failure forged_goodbye() { return {ProblemCode::forged_goodbye, {}}; }
Failure input_unavailable(std::string_view reason) { return {ProblemCode::input_unavailable, {cut(reason)}}; }
Failure input_blocked(std::string_view reason) { return {ProblemCode::input_blocked, {cut(reason)}}; }
Failure input_lost(std::string_view reason) { return {ProblemCode::input_lost, {cut(reason)}}; }
Failure keyboard_layout_unknown(std::string_view reason) { return {ProblemCode::keyboard_layout_unknown, {cut(reason)}}; }
Failure keyboard_layout_unreadable(std::string_view reason) { return {ProblemCode::keyboard_layout_unreadable, {cut(reason)}}; }
Failure unknown_key_ignored(std::string_view reason) { return {ProblemCode::unknown_key_ignored, {cut(reason)}}; }
Failure text_ignored(std::string_view reason) { return {ProblemCode::text_ignored, {cut(reason)}}; }
Failure unknown_button_ignored(std::string_view reason) { return {ProblemCode::unknown_button_ignored, {cut(reason)}}; }
Failure touch_ignored(std::string_view reason) { return {ProblemCode::touch_ignored, {cut(reason)}}; }
Failure pen_ignored(std::string_view reason) { return {ProblemCode::pen_ignored, {cut(reason)}}; }
Failure gamepad_ignored(std::string_view reason) { return {ProblemCode::gamepad_ignored, {cut(reason)}}; }
Failure pointer_ignored(std::string_view reason) { return {ProblemCode::pointer_ignored, {cut(reason)}}; }
Failure unknown_input_ignored(std::string_view reason) { return {ProblemCode::unknown_input_ignored, {cut(reason)}}; }
Failure sound_format_unknown(std::uint64_t channels, std::uint64_t packet_ms) { return {ProblemCode::sound_format_unknown, {std::to_string(channels), std::to_string(packet_ms)}}; }
Failure sound_encoder_refuses(std::string_view reason) { return {ProblemCode::sound_encoder_refuses, {cut(reason)}}; }
Failure sound_library_unusable() { return {ProblemCode::sound_library_unusable, {}}; }
Failure sound_server_missing() { return {ProblemCode::sound_server_missing, {}}; }
Failure sound_server_ended() { return {ProblemCode::sound_server_ended, {}}; }
Failure sound_server_silent() { return {ProblemCode::sound_server_silent, {}}; }
Failure sound_server_refuses(std::string_view reason) { return {ProblemCode::sound_server_refuses, {cut(reason)}}; }
Failure sound_manager_missing() { return {ProblemCode::sound_manager_missing, {}}; }
Failure sound_manager_ended() { return {ProblemCode::sound_manager_ended, {}}; }
Failure sound_sink_removed() { return {ProblemCode::sound_sink_removed, {}}; }
Failure sound_capture_failed(std::string_view reason) { return {ProblemCode::sound_capture_failed, {cut(reason)}}; }
Failure sound_capture_silent() { return {ProblemCode::sound_capture_silent, {}}; }
Failure sound_back() { return {ProblemCode::sound_back, {}}; }
Failure sound_not_on_host() { return {ProblemCode::sound_not_on_host, {}}; }
Failure sound_loopback_missing() { return {ProblemCode::sound_loopback_missing, {}}; }
Failure sound_without_priority() { return {ProblemCode::sound_without_priority, {}}; }

}  // namespace problem
}  // namespace punktfunk
