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
    "encoder_missing",
    "encoder_unusable",
    "no_memory",
    "picture_size_unusable",
    "picture_format_unusable",
    "synthetic_impossible",
    "capture_unusable",
    "picture_impossible",
    "no_encoder",
    "encode_failed",
    "picture_too_large",
    "bitrate_refused",
    "preview_failed",
    "wayland_unreachable",
    "compositor_silent",
    "compositor_gone",
    "compositor_refused",
    "screencopy_missing",
    "output_missing",
    "output_asleep",
    "output_silent",
    "output_removed",
    "pipewire_unloadable",
    "pipewire_unreachable",
    "pipewire_gone",
    "node_missing",
    "node_gone",
    "node_refused",
    "node_without_format",
    "node_format_unusable",
    "node_format_unsteady",
    "node_silent",
    "node_paused",
    "node_ended",
    "node_pictures_unusable",
    "bus_unreachable",
    "bus_gone",
    "portal_missing",
    "portal_silent",
    "portal_without_cast",
    "portal_refused",
    "portal_unanswered",
    "portal_denied",
    "portal_failed",
    "portal_unreadable",
    "portal_without_picture",
    "portal_without_pipewire",
    "portal_closed",
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
    "input_forbidden",
    "input_lost",
    "virtual_devices_missing",
    "virtual_devices_refused",
    "seat_missing",
    "keyboard_layouts_missing",
    "keyboard_layout_unknown",
    "keyboard_layout_unreadable",
    "unknown_key_ignored",
    "text_ignored",
    "unknown_button_ignored",
    "touch_ignored",
    "pen_ignored",
    "gamepad_ignored",
    "gamepad_unavailable",
    "gamepad_plain",
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
constexpr std::string_view names_of_encoder_missing[] = {"library"};
constexpr std::string_view names_of_encoder_unusable[] = {"library", "reason"};
constexpr std::string_view names_of_no_memory[] = {"bytes", "reason"};
constexpr std::string_view names_of_picture_size_unusable[] = {"width", "height", "stride"};
constexpr std::string_view names_of_picture_format_unusable[] = {"format"};
constexpr std::string_view names_of_synthetic_impossible[] = {"width", "height", "fps"};
constexpr std::string_view names_of_capture_unusable[] = {"reason"};
constexpr std::string_view names_of_picture_impossible[] = {"width", "height", "fps", "bitrate_kbps"};
constexpr std::string_view names_of_no_encoder[] = {"directory", "reasons"};
constexpr std::string_view names_of_encode_failed[] = {"encoder", "reason"};
constexpr std::string_view names_of_picture_too_large[] = {"bytes", "most_bytes"};
constexpr std::string_view names_of_bitrate_refused[] = {"encoder", "bitrate_kbps", "reason"};
constexpr std::string_view names_of_preview_failed[] = {"reason"};
constexpr std::string_view names_of_wayland_unreachable[] = {"display", "reason"};
constexpr std::string_view names_of_compositor_silent[] = {"milliseconds"};
constexpr std::string_view names_of_compositor_gone[] = {"reason"};
constexpr std::string_view names_of_compositor_refused[] = {"interface", "error"};
constexpr std::string_view names_of_output_missing[] = {"output", "outputs"};
constexpr std::string_view names_of_output_asleep[] = {"output"};
constexpr std::string_view names_of_output_silent[] = {"output", "milliseconds"};
constexpr std::string_view names_of_output_removed[] = {"output"};
constexpr std::string_view names_of_pipewire_unloadable[] = {"reason"};
constexpr std::string_view names_of_pipewire_unreachable[] = {"reason"};
constexpr std::string_view names_of_pipewire_gone[] = {"reason"};
constexpr std::string_view names_of_node_missing[] = {"node"};
constexpr std::string_view names_of_node_gone[] = {"node"};
constexpr std::string_view names_of_node_refused[] = {"node", "reason"};
constexpr std::string_view names_of_node_without_format[] = {"node", "milliseconds"};
constexpr std::string_view names_of_node_format_unusable[] = {"node"};
constexpr std::string_view names_of_node_format_unsteady[] = {"node", "times"};
constexpr std::string_view names_of_node_silent[] = {"node", "milliseconds"};
constexpr std::string_view names_of_node_paused[] = {"node", "milliseconds"};
constexpr std::string_view names_of_node_ended[] = {"node", "reason"};
constexpr std::string_view names_of_node_pictures_unusable[] = {"node", "pictures", "reason"};
constexpr std::string_view names_of_bus_unreachable[] = {"reason"};
constexpr std::string_view names_of_bus_gone[] = {"reason"};
constexpr std::string_view names_of_portal_silent[] = {"request"};
constexpr std::string_view names_of_portal_without_cast[] = {"reason"};
constexpr std::string_view names_of_portal_refused[] = {"request", "reason"};
constexpr std::string_view names_of_portal_unanswered[] = {"request"};
constexpr std::string_view names_of_portal_failed[] = {"request", "answer"};
constexpr std::string_view names_of_portal_unreadable[] = {"request"};
constexpr std::string_view names_of_portal_without_pipewire[] = {"reason"};
constexpr std::string_view names_of_port_taken[] = {"port", "address"};
constexpr std::string_view names_of_port_forbidden[] = {"port"};
constexpr std::string_view names_of_address_unusable[] = {"address", "reason"};
constexpr std::string_view names_of_socket_unusable[] = {"reason"};
constexpr std::string_view names_of_packets_impossible[] = {"bytes", "percent"};
constexpr std::string_view names_of_no_video_ping[] = {"port"};
constexpr std::string_view names_of_foreign_pings[] = {"address"};
constexpr std::string_view names_of_control_failed[] = {"reason"};
constexpr std::string_view names_of_virtual_devices_refused[] = {"milliseconds"};
constexpr std::string_view names_of_seat_missing[] = {"seat", "seats"};
constexpr std::string_view names_of_keyboard_layout_unknown[] = {"layout"};
constexpr std::string_view names_of_keyboard_layout_unreadable[] = {"reason"};
constexpr std::string_view names_of_unknown_key_ignored[] = {"virtual_key"};
constexpr std::string_view names_of_text_ignored[] = {"character"};
constexpr std::string_view names_of_unknown_button_ignored[] = {"button"};
constexpr std::string_view names_of_gamepad_unavailable[] = {"device", "reason"};
constexpr std::string_view names_of_gamepad_plain[] = {"device", "reason"};
constexpr std::string_view names_of_unknown_input_ignored[] = {"kind"};
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
    case ProblemCode::encoder_missing: return names_of_encoder_missing;
    case ProblemCode::encoder_unusable: return names_of_encoder_unusable;
    case ProblemCode::no_memory: return names_of_no_memory;
    case ProblemCode::picture_size_unusable: return names_of_picture_size_unusable;
    case ProblemCode::picture_format_unusable: return names_of_picture_format_unusable;
    case ProblemCode::synthetic_impossible: return names_of_synthetic_impossible;
    case ProblemCode::capture_unusable: return names_of_capture_unusable;
    case ProblemCode::picture_impossible: return names_of_picture_impossible;
    case ProblemCode::no_encoder: return names_of_no_encoder;
    case ProblemCode::encode_failed: return names_of_encode_failed;
    case ProblemCode::picture_too_large: return names_of_picture_too_large;
    case ProblemCode::bitrate_refused: return names_of_bitrate_refused;
    case ProblemCode::preview_failed: return names_of_preview_failed;
    case ProblemCode::wayland_unreachable: return names_of_wayland_unreachable;
    case ProblemCode::compositor_silent: return names_of_compositor_silent;
    case ProblemCode::compositor_gone: return names_of_compositor_gone;
    case ProblemCode::compositor_refused: return names_of_compositor_refused;
    case ProblemCode::output_missing: return names_of_output_missing;
    case ProblemCode::output_asleep: return names_of_output_asleep;
    case ProblemCode::output_silent: return names_of_output_silent;
    case ProblemCode::output_removed: return names_of_output_removed;
    case ProblemCode::pipewire_unloadable: return names_of_pipewire_unloadable;
    case ProblemCode::pipewire_unreachable: return names_of_pipewire_unreachable;
    case ProblemCode::pipewire_gone: return names_of_pipewire_gone;
    case ProblemCode::node_missing: return names_of_node_missing;
    case ProblemCode::node_gone: return names_of_node_gone;
    case ProblemCode::node_refused: return names_of_node_refused;
    case ProblemCode::node_without_format: return names_of_node_without_format;
    case ProblemCode::node_format_unusable: return names_of_node_format_unusable;
    case ProblemCode::node_format_unsteady: return names_of_node_format_unsteady;
    case ProblemCode::node_silent: return names_of_node_silent;
    case ProblemCode::node_paused: return names_of_node_paused;
    case ProblemCode::node_ended: return names_of_node_ended;
    case ProblemCode::node_pictures_unusable: return names_of_node_pictures_unusable;
    case ProblemCode::bus_unreachable: return names_of_bus_unreachable;
    case ProblemCode::bus_gone: return names_of_bus_gone;
    case ProblemCode::portal_silent: return names_of_portal_silent;
    case ProblemCode::portal_without_cast: return names_of_portal_without_cast;
    case ProblemCode::portal_refused: return names_of_portal_refused;
    case ProblemCode::portal_unanswered: return names_of_portal_unanswered;
    case ProblemCode::portal_failed: return names_of_portal_failed;
    case ProblemCode::portal_unreadable: return names_of_portal_unreadable;
    case ProblemCode::portal_without_pipewire: return names_of_portal_without_pipewire;
    case ProblemCode::port_taken: return names_of_port_taken;
    case ProblemCode::port_forbidden: return names_of_port_forbidden;
    case ProblemCode::address_unusable: return names_of_address_unusable;
    case ProblemCode::socket_unusable: return names_of_socket_unusable;
    case ProblemCode::packets_impossible: return names_of_packets_impossible;
    case ProblemCode::no_video_ping: return names_of_no_video_ping;
    case ProblemCode::foreign_pings: return names_of_foreign_pings;
    case ProblemCode::control_failed: return names_of_control_failed;
    case ProblemCode::virtual_devices_refused: return names_of_virtual_devices_refused;
    case ProblemCode::seat_missing: return names_of_seat_missing;
    case ProblemCode::keyboard_layout_unknown: return names_of_keyboard_layout_unknown;
    case ProblemCode::keyboard_layout_unreadable: return names_of_keyboard_layout_unreadable;
    case ProblemCode::unknown_key_ignored: return names_of_unknown_key_ignored;
    case ProblemCode::text_ignored: return names_of_text_ignored;
    case ProblemCode::unknown_button_ignored: return names_of_unknown_button_ignored;
    case ProblemCode::gamepad_unavailable: return names_of_gamepad_unavailable;
    case ProblemCode::gamepad_plain: return names_of_gamepad_plain;
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
Failure encoder_missing(std::string_view library) { return {ProblemCode::encoder_missing, {cut(library)}}; }
Failure encoder_unusable(std::string_view library, std::string_view reason) { return {ProblemCode::encoder_unusable, {cut(library), cut(reason)}}; }
Failure no_memory(std::uint64_t bytes, std::string_view reason) { return {ProblemCode::no_memory, {std::to_string(bytes), cut(reason)}}; }
Failure picture_size_unusable(std::uint64_t width, std::uint64_t height, std::uint64_t stride) { return {ProblemCode::picture_size_unusable, {std::to_string(width), std::to_string(height), std::to_string(stride)}}; }
Failure picture_format_unusable(std::string_view format) { return {ProblemCode::picture_format_unusable, {cut(format)}}; }
Failure synthetic_impossible(std::uint64_t width, std::uint64_t height, std::uint64_t fps) { return {ProblemCode::synthetic_impossible, {std::to_string(width), std::to_string(height), std::to_string(fps)}}; }
Failure capture_unusable(std::string_view reason) { return {ProblemCode::capture_unusable, {cut(reason)}}; }
Failure picture_impossible(std::uint64_t width, std::uint64_t height, std::uint64_t fps, std::uint64_t bitrate_kbps) { return {ProblemCode::picture_impossible, {std::to_string(width), std::to_string(height), std::to_string(fps), std::to_string(bitrate_kbps)}}; }
Failure no_encoder(std::string_view directory, std::string_view reasons) { return {ProblemCode::no_encoder, {cut(directory), cut(reasons)}}; }
Failure encode_failed(std::string_view encoder, std::string_view reason) { return {ProblemCode::encode_failed, {cut(encoder), cut(reason)}}; }
Failure picture_too_large(std::uint64_t bytes, std::uint64_t most_bytes) { return {ProblemCode::picture_too_large, {std::to_string(bytes), std::to_string(most_bytes)}}; }
Failure bitrate_refused(std::string_view encoder, std::uint64_t bitrate_kbps, std::string_view reason) { return {ProblemCode::bitrate_refused, {cut(encoder), std::to_string(bitrate_kbps), cut(reason)}}; }
Failure preview_failed(std::string_view reason) { return {ProblemCode::preview_failed, {cut(reason)}}; }
Failure wayland_unreachable(std::string_view display, std::string_view reason) { return {ProblemCode::wayland_unreachable, {cut(display), cut(reason)}}; }
Failure compositor_silent(std::uint64_t milliseconds) { return {ProblemCode::compositor_silent, {std::to_string(milliseconds)}}; }
Failure compositor_gone(std::string_view reason) { return {ProblemCode::compositor_gone, {cut(reason)}}; }
Failure compositor_refused(std::string_view interface, std::uint64_t error) { return {ProblemCode::compositor_refused, {cut(interface), std::to_string(error)}}; }
Failure screencopy_missing() { return {ProblemCode::screencopy_missing, {}}; }
Failure output_missing(std::string_view output, std::string_view outputs) { return {ProblemCode::output_missing, {cut(output), cut(outputs)}}; }
Failure output_asleep(std::string_view output) { return {ProblemCode::output_asleep, {cut(output)}}; }
Failure output_silent(std::string_view output, std::uint64_t milliseconds) { return {ProblemCode::output_silent, {cut(output), std::to_string(milliseconds)}}; }
Failure output_removed(std::string_view output) { return {ProblemCode::output_removed, {cut(output)}}; }
Failure pipewire_unloadable(std::string_view reason) { return {ProblemCode::pipewire_unloadable, {cut(reason)}}; }
Failure pipewire_unreachable(std::string_view reason) { return {ProblemCode::pipewire_unreachable, {cut(reason)}}; }
Failure pipewire_gone(std::string_view reason) { return {ProblemCode::pipewire_gone, {cut(reason)}}; }
Failure node_missing(std::uint64_t node) { return {ProblemCode::node_missing, {std::to_string(node)}}; }
Failure node_gone(std::uint64_t node) { return {ProblemCode::node_gone, {std::to_string(node)}}; }
Failure node_refused(std::uint64_t node, std::string_view reason) { return {ProblemCode::node_refused, {std::to_string(node), cut(reason)}}; }
Failure node_without_format(std::uint64_t node, std::uint64_t milliseconds) { return {ProblemCode::node_without_format, {std::to_string(node), std::to_string(milliseconds)}}; }
Failure node_format_unusable(std::uint64_t node) { return {ProblemCode::node_format_unusable, {std::to_string(node)}}; }
Failure node_format_unsteady(std::uint64_t node, std::uint64_t times) { return {ProblemCode::node_format_unsteady, {std::to_string(node), std::to_string(times)}}; }
Failure node_silent(std::uint64_t node, std::uint64_t milliseconds) { return {ProblemCode::node_silent, {std::to_string(node), std::to_string(milliseconds)}}; }
Failure node_paused(std::uint64_t node, std::uint64_t milliseconds) { return {ProblemCode::node_paused, {std::to_string(node), std::to_string(milliseconds)}}; }
Failure node_ended(std::uint64_t node, std::string_view reason) { return {ProblemCode::node_ended, {std::to_string(node), cut(reason)}}; }
Failure node_pictures_unusable(std::uint64_t node, std::uint64_t pictures, std::string_view reason) { return {ProblemCode::node_pictures_unusable, {std::to_string(node), std::to_string(pictures), cut(reason)}}; }
Failure bus_unreachable(std::string_view reason) { return {ProblemCode::bus_unreachable, {cut(reason)}}; }
Failure bus_gone(std::string_view reason) { return {ProblemCode::bus_gone, {cut(reason)}}; }
Failure portal_missing() { return {ProblemCode::portal_missing, {}}; }
Failure portal_silent(std::string_view request) { return {ProblemCode::portal_silent, {cut(request)}}; }
Failure portal_without_cast(std::string_view reason) { return {ProblemCode::portal_without_cast, {cut(reason)}}; }
Failure portal_refused(std::string_view request, std::string_view reason) { return {ProblemCode::portal_refused, {cut(request), cut(reason)}}; }
Failure portal_unanswered(std::string_view request) { return {ProblemCode::portal_unanswered, {cut(request)}}; }
Failure portal_denied() { return {ProblemCode::portal_denied, {}}; }
Failure portal_failed(std::string_view request, std::uint64_t answer) { return {ProblemCode::portal_failed, {cut(request), std::to_string(answer)}}; }
Failure portal_unreadable(std::string_view request) { return {ProblemCode::portal_unreadable, {cut(request)}}; }
Failure portal_without_picture() { return {ProblemCode::portal_without_picture, {}}; }
Failure portal_without_pipewire(std::string_view reason) { return {ProblemCode::portal_without_pipewire, {cut(reason)}}; }
Failure portal_closed() { return {ProblemCode::portal_closed, {}}; }
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
Failure input_unavailable() { return {ProblemCode::input_unavailable, {}}; }
Failure input_blocked() { return {ProblemCode::input_blocked, {}}; }
Failure input_forbidden() { return {ProblemCode::input_forbidden, {}}; }
Failure input_lost() { return {ProblemCode::input_lost, {}}; }
Failure virtual_devices_missing() { return {ProblemCode::virtual_devices_missing, {}}; }
Failure virtual_devices_refused(std::uint64_t milliseconds) { return {ProblemCode::virtual_devices_refused, {std::to_string(milliseconds)}}; }
Failure seat_missing(std::string_view seat, std::string_view seats) { return {ProblemCode::seat_missing, {cut(seat), cut(seats)}}; }
Failure keyboard_layouts_missing() { return {ProblemCode::keyboard_layouts_missing, {}}; }
Failure keyboard_layout_unknown(std::string_view layout) { return {ProblemCode::keyboard_layout_unknown, {cut(layout)}}; }
Failure keyboard_layout_unreadable(std::string_view reason) { return {ProblemCode::keyboard_layout_unreadable, {cut(reason)}}; }
Failure unknown_key_ignored(std::string_view virtual_key) { return {ProblemCode::unknown_key_ignored, {cut(virtual_key)}}; }
Failure text_ignored(std::string_view character) { return {ProblemCode::text_ignored, {cut(character)}}; }
Failure unknown_button_ignored(std::uint64_t button) { return {ProblemCode::unknown_button_ignored, {std::to_string(button)}}; }
Failure touch_ignored() { return {ProblemCode::touch_ignored, {}}; }
Failure pen_ignored() { return {ProblemCode::pen_ignored, {}}; }
Failure gamepad_ignored() { return {ProblemCode::gamepad_ignored, {}}; }
Failure gamepad_unavailable(std::string_view device, std::string_view reason) { return {ProblemCode::gamepad_unavailable, {cut(device), cut(reason)}}; }
Failure gamepad_plain(std::string_view device, std::string_view reason) { return {ProblemCode::gamepad_plain, {cut(device), cut(reason)}}; }
Failure pointer_ignored() { return {ProblemCode::pointer_ignored, {}}; }
Failure unknown_input_ignored(std::string_view kind) { return {ProblemCode::unknown_input_ignored, {cut(kind)}}; }
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
