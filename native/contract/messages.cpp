// Made by npm run contract from src/contract.
// clang-format off
#include "contract/json.h"
#include "contract/messages.h"

namespace punktfunk::contract {
namespace {

constexpr std::string_view words_of_codec[] = {"h264"};
constexpr std::string_view words_of_chroma[] = {"yuv420"};
constexpr std::string_view words_of_colorspace[] = {"rec601", "rec709", "rec2020"};
constexpr std::string_view words_of_preset[] = {"ultrafast", "superfast", "veryfast"};
constexpr std::string_view words_of_gamepad[] = {"automatic", "xbox", "dualsense", "dualshock4", "switch_pro"};
constexpr std::string_view words_of_nonce_scheme[] = {"v2", "legacy16"};
constexpr std::string_view words_of_farewell[] = {"none", "graceful", "failed"};
constexpr std::string_view words_of_ending[] = {"client_quit", "client_timeout", "connect_timeout", "stopped", "failed"};

}  // namespace

std::string_view text(Codec value) {
  return words_of_codec[static_cast<std::size_t>(value)];
}

std::string_view text(Chroma value) {
  return words_of_chroma[static_cast<std::size_t>(value)];
}

std::string_view text(Colorspace value) {
  return words_of_colorspace[static_cast<std::size_t>(value)];
}

std::string_view text(Preset value) {
  return words_of_preset[static_cast<std::size_t>(value)];
}

std::string_view text(Gamepad value) {
  return words_of_gamepad[static_cast<std::size_t>(value)];
}

std::string_view text(NonceScheme value) {
  return words_of_nonce_scheme[static_cast<std::size_t>(value)];
}

std::string_view text(Farewell value) {
  return words_of_farewell[static_cast<std::size_t>(value)];
}

std::string_view text(Ending value) {
  return words_of_ending[static_cast<std::size_t>(value)];
}

static Json json(Codec value) {
  return text(value);
}

static Json json(Chroma value) {
  return text(value);
}

static Json json(Colorspace value) {
  return text(value);
}

static Json json(Preset value) {
  return text(value);
}

static Json json(Gamepad value) {
  return text(value);
}

static Json json(NonceScheme value) {
  return text(value);
}

static Json json(Farewell value) {
  return text(value);
}

static Json json(Ending value) {
  return text(value);
}

static Json json(const WlrootsTarget& value) {
  return Json::object({
      {"kind", "wlroots"},
      {"wayland_display", json(value.wayland_display)},
      {"output", json(value.output)},
  });
}

static Json json(const PortalTarget& value) {
  return Json::object({
      {"kind", "portal"},
      {"restore_token", json(value.restore_token)},
  });
}

static Json json(const PipeWireNodeTarget& value) {
  return Json::object({
      {"kind", "pipewire"},
      {"node_id", json(value.node_id)},
  });
}

static Json json(const SyntheticTarget& value) {
  return Json::object({
      {"kind", "synthetic"},
      {"moving", json(value.moving)},
  });
}

static Json json(const VideoTarget& value) {
  return std::visit([](const auto& one) { return json(one); }, value);
}

static Json json(const Video& value) {
  return Json::object({
      {"target", json(value.target)},
      {"width", json(value.width)},
      {"height", json(value.height)},
      {"fps", json(value.fps)},
      {"codec", json(value.codec)},
      {"bit_depth", json(value.bit_depth)},
      {"chroma", json(value.chroma)},
      {"colorspace", json(value.colorspace)},
      {"full_range", json(value.full_range)},
      {"bitrate_kbps", json(value.bitrate_kbps)},
      {"slices", json(value.slices)},
      {"max_reference_frames", json(value.max_reference_frames)},
      {"crf", json(value.crf)},
      {"preset", json(value.preset)},
  });
}

static Json json(const SoundTarget& value) {
  return Json::object({
      {"sink_name", json(value.sink_name)},
      {"sink_description", json(value.sink_description)},
      {"make_default", json(value.make_default)},
  });
}

static Json json(const Audio& value) {
  return Json::object({
      {"target", json(value.target)},
      {"channels", json(value.channels)},
      {"packet_duration_ms", json(value.packet_duration_ms)},
      {"bitrate_bps", json(value.bitrate_bps)},
      {"also_on_host", json(value.also_on_host)},
  });
}

static Json json(const WlrootsInputTarget& value) {
  return Json::object({
      {"kind", "wlroots"},
      {"wayland_display", json(value.wayland_display)},
      {"output", json(value.output)},
      {"seat", json(value.seat)},
      {"keyboard_layout", json(value.keyboard_layout)},
      {"sway_socket", json(value.sway_socket)},
  });
}

static Json json(const ForbiddenInput& /*value*/) {
  return Json::object({
      {"kind", "forbidden"},
  });
}

static Json json(const InputTarget& value) {
  return std::visit([](const auto& one) { return json(one); }, value);
}

static Json json(const Pads& value) {
  return Json::object({
      {"model", json(value.model)},
      {"seat", json(value.seat)},
  });
}

static Json json(const GameStreamTransport& value) {
  return Json::object({
      {"kind", "gamestream"},
      {"bind_address", json(value.bind_address)},
      {"client_address", json(value.client_address)},
      {"video_port", json(value.video_port)},
      {"audio_port", json(value.audio_port)},
      {"control_port", json(value.control_port)},
      {"ping_payload", json(value.ping_payload)},
      {"packet_size", json(value.packet_size)},
      {"fec_percent", json(value.fec_percent)},
      {"min_parity_shards", json(value.min_parity_shards)},
      {"encrypt_video", json(value.encrypt_video)},
      {"encrypt_audio", json(value.encrypt_audio)},
      {"nonce_scheme", json(value.nonce_scheme)},
      {"connect_data", json(value.connect_data)},
      {"require_connect_data", json(value.require_connect_data)},
      {"client_timeout_ms", json(value.client_timeout_ms)},
      {"connect_timeout_ms", json(value.connect_timeout_ms)},
      {"key_hex", json(value.key_hex)},
      {"rikey_id", json(value.rikey_id)},
  });
}

static Json json(const Transport& value) {
  return std::visit([](const auto& one) { return json(one); }, value);
}

static Json json(const Start& value) {
  return Json::object({
      {"type", "start"},
      {"module_dir", json(value.module_dir)},
      {"checkpoint_path", json(value.checkpoint_path)},
      {"video", json(value.video)},
      {"audio", json(value.audio)},
      {"input", json(value.input)},
      {"pads", json(value.pads)},
      {"transport", json(value.transport)},
  });
}

static Json json(const Stop& value) {
  return Json::object({
      {"type", "stop"},
      {"farewell", json(value.farewell)},
  });
}

static Json json(const Probe& value) {
  return Json::object({
      {"type", "probe"},
      {"module_dir", json(value.module_dir)},
  });
}

static Json json(const Ping& /*value*/) {
  return Json::object({
      {"type", "ping"},
  });
}

static Json json(const RequestIdr& /*value*/) {
  return Json::object({
      {"type", "request_idr"},
  });
}

static Json json(const SetBitrate& value) {
  return Json::object({
      {"type", "set_bitrate"},
      {"bitrate_kbps", json(value.bitrate_kbps)},
  });
}

static Json json(const WatchFrames& value) {
  return Json::object({
      {"type", "watch_frames"},
      {"on", json(value.on)},
  });
}

static Json json(const PreviewTarget& value) {
  return std::visit([](const auto& one) { return json(one); }, value);
}

static Json json(const TakePreview& value) {
  return Json::object({
      {"type", "take_preview"},
      {"target", json(value.target)},
      {"max_width_px", json(value.max_width_px)},
  });
}

static Json json(const HostMessage& value) {
  return std::visit([](const auto& one) { return json(one); }, value);
}

static Json json(const Loaded& value) {
  return Json::object({
      {"type", "loaded"},
      {"pid", json(value.pid)},
  });
}

static Json json(const Pong& /*value*/) {
  return Json::object({
      {"type", "pong"},
  });
}

static Json json(const EncoderCapability& value) {
  return Json::object({
      {"name", json(value.name)},
      {"codec", json(value.codec)},
      {"bit_depths", json(value.bit_depths)},
      {"chromas", json(value.chromas)},
      {"max_side_px", json(value.max_side_px)},
      {"failure", json(value.failure)},
  });
}

static Json json(const Capabilities& value) {
  return Json::object({
      {"type", "capabilities"},
      {"instruction_set", json(value.instruction_set)},
      {"encoders", json(value.encoders)},
      {"libraries", json(value.libraries)},
  });
}

static Json json(const GameStreamPorts& value) {
  return Json::object({
      {"kind", "gamestream"},
      {"video_port", json(value.video_port)},
      {"audio_port", json(value.audio_port)},
      {"control_port", json(value.control_port)},
  });
}

static Json json(const OpenTransport& value) {
  return std::visit([](const auto& one) { return json(one); }, value);
}

static Json json(const Listening& value) {
  return Json::object({
      {"type", "listening"},
      {"transport", json(value.transport)},
  });
}

static Json json(const ClientConnected& /*value*/) {
  return Json::object({
      {"type", "client_connected"},
  });
}

static Json json(const ClientLeaving& /*value*/) {
  return Json::object({
      {"type", "client_leaving"},
  });
}

static Json json(const FirstFrame& value) {
  return Json::object({
      {"type", "first_frame"},
      {"width", json(value.width)},
      {"height", json(value.height)},
      {"encoder", json(value.encoder)},
      {"capture", json(value.capture)},
  });
}

static Json json(const StageLatency& value) {
  return Json::object({
      {"p50_us", json(value.p50_us)},
      {"p95_us", json(value.p95_us)},
      {"p99_us", json(value.p99_us)},
      {"max_us", json(value.max_us)},
      {"sum_us", json(value.sum_us)},
      {"counts", json(value.counts)},
  });
}

static Json json(const Latency& value) {
  return Json::object({
      {"capture", json(value.capture)},
      {"convert", json(value.convert)},
      {"wait", json(value.wait)},
      {"encode", json(value.encode)},
      {"protect", json(value.protect)},
      {"send", json(value.send)},
      {"total", json(value.total)},
  });
}

static Json json(const CpuTime& value) {
  return Json::object({
      {"video", json(value.video)},
      {"send", json(value.send)},
      {"control", json(value.control)},
      {"audio", json(value.audio)},
      {"process", json(value.process)},
      {"capture", json(value.capture)},
      {"convert", json(value.convert)},
      {"protect", json(value.protect)},
  });
}

static Json json(const AudioStatistics& value) {
  return Json::object({
      {"packets", json(value.packets)},
      {"bytes", json(value.bytes)},
      {"underruns", json(value.underruns)},
      {"overruns", json(value.overruns)},
  });
}

static Json json(const ControlStatistics& value) {
  return Json::object({
      {"messages", json(value.messages)},
      {"refused", json(value.refused)},
      {"replayed", json(value.replayed)},
      {"input_events", json(value.input_events)},
      {"input_ignored", json(value.input_ignored)},
      {"idr_requests", json(value.idr_requests)},
      {"round_trip_ms", json(value.round_trip_ms)},
      {"frames_repaired", json(value.frames_repaired)},
      {"frames_lost", json(value.frames_lost)},
      {"packets_missing", json(value.packets_missing)},
  });
}

static Json json(const FrameTimes& value) {
  return Json::object({
      {"frame", json(value.frame)},
      {"sent_at_us", json(value.sent_at_us)},
      {"capture_us", json(value.capture_us)},
      {"convert_us", json(value.convert_us)},
      {"wait_us", json(value.wait_us)},
      {"encode_us", json(value.encode_us)},
      {"protect_us", json(value.protect_us)},
      {"send_us", json(value.send_us)},
      {"bytes", json(value.bytes)},
      {"idr", json(value.idr)},
  });
}

static Json json(const Statistics& value) {
  return Json::object({
      {"type", "stats"},
      {"interval_s", json(value.interval_s)},
      {"bitrate_kbps", json(value.bitrate_kbps)},
      {"frames_shown", json(value.frames_shown)},
      {"frames_captured", json(value.frames_captured)},
      {"frames_dropped", json(value.frames_dropped)},
      {"frames_encoded", json(value.frames_encoded)},
      {"frames_sent", json(value.frames_sent)},
      {"frames_repeated", json(value.frames_repeated)},
      {"frames_cut_short", json(value.frames_cut_short)},
      {"idr_frames", json(value.idr_frames)},
      {"bytes_sent", json(value.bytes_sent)},
      {"datagrams_sent", json(value.datagrams_sent)},
      {"parity_datagrams", json(value.parity_datagrams)},
      {"send_would_block", json(value.send_would_block)},
      {"latency", json(value.latency)},
      {"cpu_ms", json(value.cpu_ms)},
      {"audio", json(value.audio)},
      {"control", json(value.control)},
      {"frames", json(value.frames)},
  });
}

static Json json(const BitrateSet& value) {
  return Json::object({
      {"type", "bitrate_set"},
      {"bitrate_kbps", json(value.bitrate_kbps)},
      {"failure", json(value.failure)},
  });
}

static Json json(const PreviewPicture& value) {
  return Json::object({
      {"type", "preview"},
      {"width", json(value.width)},
      {"height", json(value.height)},
      {"jpeg_base64", json(value.jpeg_base64)},
  });
}

static Json json(const PreviewFailed& value) {
  return Json::object({
      {"type", "preview_failed"},
      {"failure", json(value.failure)},
  });
}

static Json json(const Problem& value) {
  return Json::object({
      {"type", "problem"},
      {"failure", json(value.failure)},
      {"fatal", json(value.fatal)},
  });
}

static Json json(const RestoreToken& value) {
  return Json::object({
      {"type", "restore_token"},
      {"token", json(value.token)},
  });
}

static Json json(const Ended& value) {
  return Json::object({
      {"type", "ended"},
      {"reason", json(value.reason)},
  });
}

static Json json(const EngineMessage& value) {
  return std::visit([](const auto& one) { return json(one); }, value);
}

static bool read(const Value& v, WlrootsTarget& out) {
  return v.object({"kind", "wayland_display", "output"}) &&
      read(v["wayland_display"], out.wayland_display, 256) &&
      read(v["output"], out.output, 128);
}

static bool read(const Value& v, PortalTarget& out) {
  return v.object({"kind", "restore_token"}) &&
      read(v["restore_token"], out.restore_token, 1024);
}

static bool read(const Value& v, PipeWireNodeTarget& out) {
  return v.object({"kind", "node_id"}) &&
      read(v["node_id"], out.node_id, 0u, 4294967294u, 1);
}

static bool read(const Value& v, SyntheticTarget& out) {
  return v.object({"kind", "moving"}) &&
      read(v["moving"], out.moving);
}

static bool read(const Value& v, VideoTarget& out) {
  const std::string_view tag = v.tag("kind");
  if (tag == "wlroots") { return read(v, out.emplace<WlrootsTarget>()); }
  if (tag == "portal") { return read(v, out.emplace<PortalTarget>()); }
  if (tag == "pipewire") { return read(v, out.emplace<PipeWireNodeTarget>()); }
  if (tag == "synthetic") { return read(v, out.emplace<SyntheticTarget>()); }
  return v.unknown_tag("kind");
}

static bool read(const Value& v, Codec& out) {
  return v.word(words_of_codec, out);
}

static bool read(const Value& v, Chroma& out) {
  return v.word(words_of_chroma, out);
}

static bool read(const Value& v, Colorspace& out) {
  return v.word(words_of_colorspace, out);
}

static bool read(const Value& v, Preset& out) {
  return v.word(words_of_preset, out);
}

static bool read(const Value& v, Video& out) {
  return v.object({"target", "width", "height", "fps", "codec", "bit_depth", "chroma", "colorspace", "full_range", "bitrate_kbps", "slices", "max_reference_frames", "crf", "preset"}) &&
      read(v["target"], out.target) &&
      read(v["width"], out.width, 64u, 8192u, 2) &&
      read(v["height"], out.height, 64u, 8192u, 2) &&
      read(v["fps"], out.fps, 1u, 1000u, 1) &&
      read(v["codec"], out.codec) &&
      read(v["bit_depth"], out.bit_depth, Numbers<8>{}) &&
      read(v["chroma"], out.chroma) &&
      read(v["colorspace"], out.colorspace) &&
      read(v["full_range"], out.full_range) &&
      read(v["bitrate_kbps"], out.bitrate_kbps, 100u, 2000000u, 1) &&
      read(v["slices"], out.slices, 1u, 32u, 1) &&
      read(v["max_reference_frames"], out.max_reference_frames, 0u, 16u, 1) &&
      read(v["crf"], out.crf, 10u, 40u, 1) &&
      read(v["preset"], out.preset);
}

static bool read(const Value& v, SoundTarget& out) {
  return v.object({"sink_name", "sink_description", "make_default"}) &&
      read(v["sink_name"], out.sink_name, 128) &&
      read(v["sink_description"], out.sink_description, 256) &&
      read(v["make_default"], out.make_default);
}

static bool read(const Value& v, Audio& out) {
  return v.object({"target", "channels", "packet_duration_ms", "bitrate_bps", "also_on_host"}) &&
      read(v["target"], out.target) &&
      read(v["channels"], out.channels, 2u, 8u, 1) &&
      read(v["packet_duration_ms"], out.packet_duration_ms, Numbers<5, 10>{}) &&
      read(v["bitrate_bps"], out.bitrate_bps, 32000u, 2048000u, 1) &&
      read(v["also_on_host"], out.also_on_host);
}

static bool read(const Value& v, WlrootsInputTarget& out) {
  return v.object({"kind", "wayland_display", "output", "seat", "keyboard_layout", "sway_socket"}) &&
      read(v["wayland_display"], out.wayland_display, 256) &&
      read(v["output"], out.output, 128) &&
      read(v["seat"], out.seat, 128) &&
      read(v["keyboard_layout"], out.keyboard_layout, 256) &&
      read(v["sway_socket"], out.sway_socket, 4096);
}

static bool read(const Value& v, ForbiddenInput& /*out*/) {
  return v.object({"kind"});
}

static bool read(const Value& v, InputTarget& out) {
  const std::string_view tag = v.tag("kind");
  if (tag == "wlroots") { return read(v, out.emplace<WlrootsInputTarget>()); }
  if (tag == "forbidden") { return read(v, out.emplace<ForbiddenInput>()); }
  return v.unknown_tag("kind");
}

static bool read(const Value& v, Gamepad& out) {
  return v.word(words_of_gamepad, out);
}

static bool read(const Value& v, Pads& out) {
  return v.object({"model", "seat"}) &&
      read(v["model"], out.model) &&
      read(v["seat"], out.seat, 8);
}

static bool read(const Value& v, NonceScheme& out) {
  return v.word(words_of_nonce_scheme, out);
}

static bool read(const Value& v, GameStreamTransport& out) {
  return v.object({"kind", "bind_address", "client_address", "video_port", "audio_port", "control_port", "ping_payload", "packet_size", "fec_percent", "min_parity_shards", "encrypt_video", "encrypt_audio", "nonce_scheme", "connect_data", "require_connect_data", "client_timeout_ms", "connect_timeout_ms", "key_hex", "rikey_id"}) &&
      read(v["bind_address"], out.bind_address, 64) &&
      read(v["client_address"], out.client_address, 64) &&
      read(v["video_port"], out.video_port, 0u, 65535u, 1) &&
      read(v["audio_port"], out.audio_port, 0u, 65535u, 1) &&
      read(v["control_port"], out.control_port, 0u, 65535u, 1) &&
      read(v["ping_payload"], out.ping_payload, 16) &&
      read(v["packet_size"], out.packet_size, 256u, 8192u, 16) &&
      read(v["fec_percent"], out.fec_percent, 0u, 255u, 1) &&
      read(v["min_parity_shards"], out.min_parity_shards, 0u, 255u, 1) &&
      read(v["encrypt_video"], out.encrypt_video) &&
      read(v["encrypt_audio"], out.encrypt_audio) &&
      read(v["nonce_scheme"], out.nonce_scheme) &&
      read(v["connect_data"], out.connect_data, 0u, 4294967295u, 1) &&
      read(v["require_connect_data"], out.require_connect_data) &&
      read(v["client_timeout_ms"], out.client_timeout_ms, 1000u, 120000u, 1) &&
      read(v["connect_timeout_ms"], out.connect_timeout_ms, 1000u, 120000u, 1) &&
      read(v["key_hex"], out.key_hex, Hex{32}) &&
      read(v["rikey_id"], out.rikey_id, 0u, 4294967295u, 1);
}

static bool read(const Value& v, Transport& out) {
  const std::string_view tag = v.tag("kind");
  if (tag == "gamestream") { return read(v, out.emplace<GameStreamTransport>()); }
  return v.unknown_tag("kind");
}

static bool read(const Value& v, Start& out) {
  return v.object({"type", "module_dir", "checkpoint_path", "video", "audio", "input", "pads", "transport"}) &&
      read(v["module_dir"], out.module_dir, 4096) &&
      read(v["checkpoint_path"], out.checkpoint_path, 4096) &&
      read(v["video"], out.video) &&
      read(v["audio"], out.audio) &&
      read(v["input"], out.input) &&
      read(v["pads"], out.pads) &&
      read(v["transport"], out.transport);
}

static bool read(const Value& v, Farewell& out) {
  return v.word(words_of_farewell, out);
}

static bool read(const Value& v, Stop& out) {
  return v.object({"type", "farewell"}) &&
      read(v["farewell"], out.farewell);
}

static bool read(const Value& v, Probe& out) {
  return v.object({"type", "module_dir"}) &&
      read(v["module_dir"], out.module_dir, 4096);
}

static bool read(const Value& v, Ping& /*out*/) {
  return v.object({"type"});
}

static bool read(const Value& v, RequestIdr& /*out*/) {
  return v.object({"type"});
}

static bool read(const Value& v, SetBitrate& out) {
  return v.object({"type", "bitrate_kbps"}) &&
      read(v["bitrate_kbps"], out.bitrate_kbps, 100u, 2000000u, 1);
}

static bool read(const Value& v, WatchFrames& out) {
  return v.object({"type", "on"}) &&
      read(v["on"], out.on);
}

static bool read(const Value& v, PreviewTarget& out) {
  const std::string_view tag = v.tag("kind");
  if (tag == "wlroots") { return read(v, out.emplace<WlrootsTarget>()); }
  if (tag == "pipewire") { return read(v, out.emplace<PipeWireNodeTarget>()); }
  if (tag == "synthetic") { return read(v, out.emplace<SyntheticTarget>()); }
  return v.unknown_tag("kind");
}

static bool read(const Value& v, TakePreview& out) {
  return v.object({"type", "target", "max_width_px"}) &&
      read(v["target"], out.target) &&
      read(v["max_width_px"], out.max_width_px, 64u, 1920u, 2);
}

static bool read(const Value& v, HostMessage& out) {
  const std::string_view tag = v.tag("type");
  if (tag == "start") { return read(v, out.emplace<Start>()); }
  if (tag == "stop") { return read(v, out.emplace<Stop>()); }
  if (tag == "probe") { return read(v, out.emplace<Probe>()); }
  if (tag == "ping") { return read(v, out.emplace<Ping>()); }
  if (tag == "request_idr") { return read(v, out.emplace<RequestIdr>()); }
  if (tag == "set_bitrate") { return read(v, out.emplace<SetBitrate>()); }
  if (tag == "watch_frames") { return read(v, out.emplace<WatchFrames>()); }
  if (tag == "take_preview") { return read(v, out.emplace<TakePreview>()); }
  return v.unknown_tag("type");
}

static bool read(const Value& v, Loaded& out) {
  return v.object({"type", "pid"}) &&
      read(v["pid"], out.pid, 0u, 4294967295u, 1);
}

static bool read(const Value& v, Pong& /*out*/) {
  return v.object({"type"});
}

static bool read(const Value& v, EncoderCapability& out) {
  return v.object({"name", "codec", "bit_depths", "chromas", "max_side_px", "failure"}) &&
      read(v["name"], out.name, 64) &&
      read(v["codec"], out.codec) &&
      read(v["bit_depths"], out.bit_depths, 8, Numbers<8>{}) &&
      read(v["chromas"], out.chromas, 8) &&
      read(v["max_side_px"], out.max_side_px, 0u, 8192u, 1) &&
      read(v["failure"], out.failure);
}

static bool read(const Value& v, Capabilities& out) {
  return v.object({"type", "instruction_set", "encoders", "libraries"}) &&
      read(v["instruction_set"], out.instruction_set, 64) &&
      read(v["encoders"], out.encoders, 32) &&
      read(v["libraries"], out.libraries, 192, 256);
}

static bool read(const Value& v, GameStreamPorts& out) {
  return v.object({"kind", "video_port", "audio_port", "control_port"}) &&
      read(v["video_port"], out.video_port, 0u, 65535u, 1) &&
      read(v["audio_port"], out.audio_port, 0u, 65535u, 1) &&
      read(v["control_port"], out.control_port, 0u, 65535u, 1);
}

static bool read(const Value& v, OpenTransport& out) {
  const std::string_view tag = v.tag("kind");
  if (tag == "gamestream") { return read(v, out.emplace<GameStreamPorts>()); }
  return v.unknown_tag("kind");
}

static bool read(const Value& v, Listening& out) {
  return v.object({"type", "transport"}) &&
      read(v["transport"], out.transport);
}

static bool read(const Value& v, ClientConnected& /*out*/) {
  return v.object({"type"});
}

static bool read(const Value& v, ClientLeaving& /*out*/) {
  return v.object({"type"});
}

static bool read(const Value& v, FirstFrame& out) {
  return v.object({"type", "width", "height", "encoder", "capture"}) &&
      read(v["width"], out.width, 1u, 65536u, 1) &&
      read(v["height"], out.height, 1u, 65536u, 1) &&
      read(v["encoder"], out.encoder, 128) &&
      read(v["capture"], out.capture, 256);
}

static bool read(const Value& v, StageLatency& out) {
  return v.object({"p50_us", "p95_us", "p99_us", "max_us", "sum_us", "counts"}) &&
      read(v["p50_us"], out.p50_us) &&
      read(v["p95_us"], out.p95_us) &&
      read(v["p99_us"], out.p99_us) &&
      read(v["max_us"], out.max_us) &&
      read(v["sum_us"], out.sum_us) &&
      read(v["counts"], out.counts, 15, 0u, 9007199254740991u, 1);
}

static bool read(const Value& v, Latency& out) {
  return v.object({"capture", "convert", "wait", "encode", "protect", "send", "total"}) &&
      read(v["capture"], out.capture) &&
      read(v["convert"], out.convert) &&
      read(v["wait"], out.wait) &&
      read(v["encode"], out.encode) &&
      read(v["protect"], out.protect) &&
      read(v["send"], out.send) &&
      read(v["total"], out.total);
}

static bool read(const Value& v, CpuTime& out) {
  return v.object({"video", "send", "control", "audio", "process", "capture", "convert", "protect"}) &&
      read(v["video"], out.video) &&
      read(v["send"], out.send) &&
      read(v["control"], out.control) &&
      read(v["audio"], out.audio) &&
      read(v["process"], out.process) &&
      read(v["capture"], out.capture) &&
      read(v["convert"], out.convert) &&
      read(v["protect"], out.protect);
}

static bool read(const Value& v, AudioStatistics& out) {
  return v.object({"packets", "bytes", "underruns", "overruns"}) &&
      read(v["packets"], out.packets, 0u, 9007199254740991u, 1) &&
      read(v["bytes"], out.bytes, 0u, 9007199254740991u, 1) &&
      read(v["underruns"], out.underruns, 0u, 9007199254740991u, 1) &&
      read(v["overruns"], out.overruns, 0u, 9007199254740991u, 1);
}

static bool read(const Value& v, ControlStatistics& out) {
  return v.object({"messages", "refused", "replayed", "input_events", "input_ignored", "idr_requests", "round_trip_ms", "frames_repaired", "frames_lost", "packets_missing"}) &&
      read(v["messages"], out.messages, 0u, 9007199254740991u, 1) &&
      read(v["refused"], out.refused, 0u, 9007199254740991u, 1) &&
      read(v["replayed"], out.replayed, 0u, 9007199254740991u, 1) &&
      read(v["input_events"], out.input_events, 0u, 9007199254740991u, 1) &&
      read(v["input_ignored"], out.input_ignored, 0u, 9007199254740991u, 1) &&
      read(v["idr_requests"], out.idr_requests, 0u, 9007199254740991u, 1) &&
      read(v["round_trip_ms"], out.round_trip_ms, 0u, 9007199254740991u, 1) &&
      read(v["frames_repaired"], out.frames_repaired, 0u, 9007199254740991u, 1) &&
      read(v["frames_lost"], out.frames_lost, 0u, 9007199254740991u, 1) &&
      read(v["packets_missing"], out.packets_missing, 0u, 9007199254740991u, 1);
}

static bool read(const Value& v, FrameTimes& out) {
  return v.object({"frame", "sent_at_us", "capture_us", "convert_us", "wait_us", "encode_us", "protect_us", "send_us", "bytes", "idr"}) &&
      read(v["frame"], out.frame, 0u, 4294967295u, 1) &&
      read(v["sent_at_us"], out.sent_at_us, 0u, 9007199254740991u, 1) &&
      read(v["capture_us"], out.capture_us, 0u, 4294967295u, 1) &&
      read(v["convert_us"], out.convert_us, 0u, 4294967295u, 1) &&
      read(v["wait_us"], out.wait_us, 0u, 4294967295u, 1) &&
      read(v["encode_us"], out.encode_us, 0u, 4294967295u, 1) &&
      read(v["protect_us"], out.protect_us, 0u, 4294967295u, 1) &&
      read(v["send_us"], out.send_us, 0u, 4294967295u, 1) &&
      read(v["bytes"], out.bytes, 0u, 4294967295u, 1) &&
      read(v["idr"], out.idr);
}

static bool read(const Value& v, Statistics& out) {
  return v.object({"type", "interval_s", "bitrate_kbps", "frames_shown", "frames_captured", "frames_dropped", "frames_encoded", "frames_sent", "frames_repeated", "frames_cut_short", "idr_frames", "bytes_sent", "datagrams_sent", "parity_datagrams", "send_would_block", "latency", "cpu_ms", "audio", "control", "frames"}) &&
      read(v["interval_s"], out.interval_s) &&
      read(v["bitrate_kbps"], out.bitrate_kbps, 0u, 4294967295u, 1) &&
      read(v["frames_shown"], out.frames_shown, 0u, 9007199254740991u, 1) &&
      read(v["frames_captured"], out.frames_captured, 0u, 9007199254740991u, 1) &&
      read(v["frames_dropped"], out.frames_dropped, 0u, 9007199254740991u, 1) &&
      read(v["frames_encoded"], out.frames_encoded, 0u, 9007199254740991u, 1) &&
      read(v["frames_sent"], out.frames_sent, 0u, 9007199254740991u, 1) &&
      read(v["frames_repeated"], out.frames_repeated, 0u, 9007199254740991u, 1) &&
      read(v["frames_cut_short"], out.frames_cut_short, 0u, 9007199254740991u, 1) &&
      read(v["idr_frames"], out.idr_frames, 0u, 9007199254740991u, 1) &&
      read(v["bytes_sent"], out.bytes_sent, 0u, 9007199254740991u, 1) &&
      read(v["datagrams_sent"], out.datagrams_sent, 0u, 9007199254740991u, 1) &&
      read(v["parity_datagrams"], out.parity_datagrams, 0u, 9007199254740991u, 1) &&
      read(v["send_would_block"], out.send_would_block, 0u, 9007199254740991u, 1) &&
      read(v["latency"], out.latency) &&
      read(v["cpu_ms"], out.cpu_ms) &&
      read(v["audio"], out.audio) &&
      read(v["control"], out.control) &&
      read(v["frames"], out.frames, 512);
}

static bool read(const Value& v, BitrateSet& out) {
  return v.object({"type", "bitrate_kbps", "failure"}) &&
      read(v["bitrate_kbps"], out.bitrate_kbps, 100u, 2000000u, 1) &&
      read(v["failure"], out.failure);
}

static bool read(const Value& v, PreviewPicture& out) {
  return v.object({"type", "width", "height", "jpeg_base64"}) &&
      read(v["width"], out.width, 0u, 8192u, 1) &&
      read(v["height"], out.height, 0u, 8192u, 1) &&
      read(v["jpeg_base64"], out.jpeg_base64, 1000000);
}

static bool read(const Value& v, PreviewFailed& out) {
  return v.object({"type", "failure"}) &&
      read(v["failure"], out.failure);
}

static bool read(const Value& v, Problem& out) {
  return v.object({"type", "failure", "fatal"}) &&
      read(v["failure"], out.failure) &&
      read(v["fatal"], out.fatal);
}

static bool read(const Value& v, RestoreToken& out) {
  return v.object({"type", "token"}) &&
      read(v["token"], out.token, 1024);
}

static bool read(const Value& v, Ending& out) {
  return v.word(words_of_ending, out);
}

static bool read(const Value& v, Ended& out) {
  return v.object({"type", "reason"}) &&
      read(v["reason"], out.reason);
}

static bool read(const Value& v, EngineMessage& out) {
  const std::string_view tag = v.tag("type");
  if (tag == "loaded") { return read(v, out.emplace<Loaded>()); }
  if (tag == "pong") { return read(v, out.emplace<Pong>()); }
  if (tag == "capabilities") { return read(v, out.emplace<Capabilities>()); }
  if (tag == "listening") { return read(v, out.emplace<Listening>()); }
  if (tag == "client_connected") { return read(v, out.emplace<ClientConnected>()); }
  if (tag == "client_leaving") { return read(v, out.emplace<ClientLeaving>()); }
  if (tag == "first_frame") { return read(v, out.emplace<FirstFrame>()); }
  if (tag == "stats") { return read(v, out.emplace<Statistics>()); }
  if (tag == "bitrate_set") { return read(v, out.emplace<BitrateSet>()); }
  if (tag == "preview") { return read(v, out.emplace<PreviewPicture>()); }
  if (tag == "preview_failed") { return read(v, out.emplace<PreviewFailed>()); }
  if (tag == "problem") { return read(v, out.emplace<Problem>()); }
  if (tag == "restore_token") { return read(v, out.emplace<RestoreToken>()); }
  if (tag == "ended") { return read(v, out.emplace<Ended>()); }
  return v.unknown_tag("type");
}

Result<HostMessage, std::string> read_host_message(std::string_view json) {
  return read_message<HostMessage>(json, max_message_bytes);
}
std::string write(const HostMessage& message) {
  return as_text(json(message));
}

Result<EngineMessage, std::string> read_engine_message(std::string_view json) {
  return read_message<EngineMessage>(json, max_message_bytes);
}
std::string write(const EngineMessage& message) {
  return as_text(json(message));
}

}  // namespace punktfunk::contract
