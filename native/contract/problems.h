// Made by npm run contract from src/contract.
// clang-format off
// What can go wrong in an engine: a code and parameters. Sentences and cures are in src/errors.ts.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace punktfunk {

enum class ProblemCode : std::uint8_t {
  engine_unloadable,
  message_refused,
  started_twice,
  no_descriptors,
  checkpoint_unusable,
  checkpoint_foreign,
  encoder_missing,
  encoder_unusable,
  no_memory,
  picture_size_unusable,
  picture_format_unusable,
  synthetic_impossible,
  capture_unusable,
  picture_impossible,
  no_encoder,
  encode_failed,
  picture_too_large,
  bitrate_refused,
  preview_failed,
  wayland_unreachable,
  compositor_silent,
  compositor_gone,
  compositor_refused,
  screencopy_missing,
  output_missing,
  output_asleep,
  output_silent,
  output_removed,
  pipewire_unloadable,
  pipewire_unreachable,
  pipewire_gone,
  node_missing,
  node_gone,
  node_refused,
  node_without_format,
  node_format_unusable,
  node_format_unsteady,
  node_silent,
  node_paused,
  node_ended,
  node_pictures_unusable,
  bus_unreachable,
  bus_gone,
  portal_missing,
  portal_silent,
  portal_without_cast,
  portal_refused,
  portal_unanswered,
  portal_denied,
  portal_failed,
  portal_unreadable,
  portal_without_picture,
  portal_without_pipewire,
  portal_closed,
  port_taken,
  port_forbidden,
  address_unusable,
  socket_unusable,
  packets_impossible,
  gso_unavailable,
  no_video_ping,
  foreign_pings,
  control_failed,
  forged_goodbye,
  input_unavailable,
  input_blocked,
  input_forbidden,
  input_lost,
  virtual_devices_missing,
  virtual_devices_refused,
  seat_missing,
  keyboard_layouts_missing,
  keyboard_layout_unknown,
  keyboard_layout_unreadable,
  unknown_key_ignored,
  text_ignored,
  unknown_button_ignored,
  touch_ignored,
  pen_ignored,
  gamepad_ignored,
  gamepad_unavailable,
  gamepad_plain,
  pointer_ignored,
  unknown_input_ignored,
  sound_format_unknown,
  sound_encoder_refuses,
  sound_library_unusable,
  sound_server_missing,
  sound_server_ended,
  sound_server_silent,
  sound_server_refuses,
  sound_manager_missing,
  sound_manager_ended,
  sound_sink_removed,
  sound_capture_failed,
  sound_capture_silent,
  sound_back,
  sound_not_on_host,
  sound_loopback_missing,
  sound_without_priority,
};
inline constexpr std::size_t problem_codes = 100;

[[nodiscard]] std::string_view text(ProblemCode code);
[[nodiscard]] std::span<const std::string_view> parameter_names(ProblemCode code);

struct Failure {
  ProblemCode code{};
  std::vector<std::string> parameters{};  // as parameter_names() has them

  bool operator==(const Failure&) const = default;
};

// One maker a code. Parameters are cut to what a message carries.
namespace problem {
Failure engine_unloadable(std::string_view reason);
Failure message_refused(std::string_view reason);
Failure started_twice();
Failure no_descriptors();
Failure checkpoint_unusable(std::string_view path, std::string_view reason);
Failure checkpoint_foreign(std::string_view path);
Failure encoder_missing(std::string_view library);
Failure encoder_unusable(std::string_view library, std::string_view reason);
Failure no_memory(std::uint64_t bytes, std::string_view reason);
Failure picture_size_unusable(std::uint64_t width, std::uint64_t height, std::uint64_t stride);
Failure picture_format_unusable(std::string_view format);
Failure synthetic_impossible(std::uint64_t width, std::uint64_t height, std::uint64_t fps);
Failure capture_unusable(std::string_view reason);
Failure picture_impossible(std::uint64_t width, std::uint64_t height, std::uint64_t fps, std::uint64_t bitrate_kbps);
Failure no_encoder(std::string_view directory, std::string_view reasons);
Failure encode_failed(std::string_view encoder, std::string_view reason);
Failure picture_too_large(std::uint64_t bytes, std::uint64_t most_bytes);
Failure bitrate_refused(std::string_view encoder, std::uint64_t bitrate_kbps, std::string_view reason);
Failure preview_failed(std::string_view reason);
Failure wayland_unreachable(std::string_view display, std::string_view reason);
Failure compositor_silent(std::uint64_t milliseconds);
Failure compositor_gone(std::string_view reason);
Failure compositor_refused(std::string_view interface, std::uint64_t error);
Failure screencopy_missing();
Failure output_missing(std::string_view output, std::string_view outputs);
Failure output_asleep(std::string_view output);
Failure output_silent(std::string_view output, std::uint64_t milliseconds);
Failure output_removed(std::string_view output);
Failure pipewire_unloadable(std::string_view reason);
Failure pipewire_unreachable(std::string_view reason);
Failure pipewire_gone(std::string_view reason);
Failure node_missing(std::uint64_t node);
Failure node_gone(std::uint64_t node);
Failure node_refused(std::uint64_t node, std::string_view reason);
Failure node_without_format(std::uint64_t node, std::uint64_t milliseconds);
Failure node_format_unusable(std::uint64_t node);
Failure node_format_unsteady(std::uint64_t node, std::uint64_t times);
Failure node_silent(std::uint64_t node, std::uint64_t milliseconds);
Failure node_paused(std::uint64_t node, std::uint64_t milliseconds);
Failure node_ended(std::uint64_t node, std::string_view reason);
Failure node_pictures_unusable(std::uint64_t node, std::uint64_t pictures, std::string_view reason);
Failure bus_unreachable(std::string_view reason);
Failure bus_gone(std::string_view reason);
Failure portal_missing();
Failure portal_silent(std::string_view request);
Failure portal_without_cast(std::string_view reason);
Failure portal_refused(std::string_view request, std::string_view reason);
Failure portal_unanswered(std::string_view request);
Failure portal_denied();
Failure portal_failed(std::string_view request, std::uint64_t answer);
Failure portal_unreadable(std::string_view request);
Failure portal_without_picture();
Failure portal_without_pipewire(std::string_view reason);
Failure portal_closed();
Failure port_taken(std::uint64_t port, std::string_view address);
Failure port_forbidden(std::uint64_t port);
Failure address_unusable(std::string_view address, std::string_view reason);
Failure socket_unusable(std::string_view reason);
Failure packets_impossible(std::uint64_t bytes, std::uint64_t percent);
Failure gso_unavailable();
Failure no_video_ping(std::uint64_t port);
Failure foreign_pings(std::string_view address);
Failure control_failed(std::string_view reason);
Failure forged_goodbye();
Failure input_unavailable();
Failure input_blocked();
Failure input_forbidden();
Failure input_lost();
Failure virtual_devices_missing();
Failure virtual_devices_refused(std::uint64_t milliseconds);
Failure seat_missing(std::string_view seat, std::string_view seats);
Failure keyboard_layouts_missing();
Failure keyboard_layout_unknown(std::string_view layout);
Failure keyboard_layout_unreadable(std::string_view reason);
Failure unknown_key_ignored(std::string_view virtual_key);
Failure text_ignored(std::string_view character);
Failure unknown_button_ignored(std::uint64_t button);
Failure touch_ignored();
Failure pen_ignored();
Failure gamepad_ignored();
Failure gamepad_unavailable(std::string_view device, std::string_view reason);
Failure gamepad_plain(std::string_view device, std::string_view reason);
Failure pointer_ignored();
Failure unknown_input_ignored(std::string_view kind);
Failure sound_format_unknown(std::uint64_t channels, std::uint64_t packet_ms);
Failure sound_encoder_refuses(std::string_view reason);
Failure sound_library_unusable();
Failure sound_server_missing();
Failure sound_server_ended();
Failure sound_server_silent();
Failure sound_server_refuses(std::string_view reason);
Failure sound_manager_missing();
Failure sound_manager_ended();
Failure sound_sink_removed();
Failure sound_capture_failed(std::string_view reason);
Failure sound_capture_silent();
Failure sound_back();
Failure sound_not_on_host();
Failure sound_loopback_missing();
Failure sound_without_priority();
}  // namespace problem

}  // namespace punktfunk
