// Made by npm run contract from src/contract.
// clang-format off
// What host and engine say to each other; what fields mean is said in src/contract.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "contract/problems.h"

namespace punktfunk::contract {

inline constexpr std::size_t max_message_bytes = 1048576;
inline constexpr std::uint32_t latency_edges_us[] = {250, 500, 1000, 2000, 4000, 6000, 8000, 12000, 16000, 24000, 32000, 64000, 128000, 256000};

struct WlrootsTarget {
  std::string wayland_display{};
  std::string output{};

  bool operator==(const WlrootsTarget&) const = default;
};

struct PortalTarget {
  std::string restore_token{};

  bool operator==(const PortalTarget&) const = default;
};

struct PipeWireNodeTarget {
  std::uint32_t node_id{};

  bool operator==(const PipeWireNodeTarget&) const = default;
};

struct SyntheticTarget {
  bool moving{};

  bool operator==(const SyntheticTarget&) const = default;
};

using VideoTarget = std::variant<WlrootsTarget, PortalTarget, PipeWireNodeTarget, SyntheticTarget>;

enum class Codec : std::uint8_t { h264 };
[[nodiscard]] std::string_view text(Codec value);

enum class Chroma : std::uint8_t { yuv420 };
[[nodiscard]] std::string_view text(Chroma value);

enum class Colorspace : std::uint8_t { rec601, rec709, rec2020 };
[[nodiscard]] std::string_view text(Colorspace value);

enum class Preset : std::uint8_t { ultrafast, superfast, veryfast };
[[nodiscard]] std::string_view text(Preset value);

struct Video {
  VideoTarget target{};
  std::uint16_t width{};
  std::uint16_t height{};
  std::uint16_t fps{};
  Codec codec{};
  std::uint32_t bit_depth{};
  Chroma chroma{};
  Colorspace colorspace{};
  bool full_range{};
  std::uint32_t bitrate_kbps{};
  std::uint16_t slices{};
  std::uint16_t max_reference_frames{};
  std::uint16_t crf{};
  Preset preset{};

  bool operator==(const Video&) const = default;
};

struct SoundTarget {
  std::string sink_name{};
  std::string sink_description{};
  bool make_default{};

  bool operator==(const SoundTarget&) const = default;
};

struct Audio {
  SoundTarget target{};
  std::uint16_t channels{};
  std::uint32_t packet_duration_ms{};
  std::uint32_t bitrate_bps{};
  bool also_on_host{};

  bool operator==(const Audio&) const = default;
};

struct WlrootsInputTarget {
  std::string wayland_display{};
  std::string output{};
  std::string seat{};
  std::string keyboard_layout{};
  std::string sway_socket{};

  bool operator==(const WlrootsInputTarget&) const = default;
};

struct ForbiddenInput {

  bool operator==(const ForbiddenInput&) const = default;
};

using InputTarget = std::variant<WlrootsInputTarget, ForbiddenInput>;

enum class Gamepad : std::uint8_t { automatic, xbox, dualsense, dualshock4, switch_pro };
[[nodiscard]] std::string_view text(Gamepad value);

struct Pads {
  Gamepad model{};
  std::string seat{};

  bool operator==(const Pads&) const = default;
};

enum class NonceScheme : std::uint8_t { v2, legacy16 };
[[nodiscard]] std::string_view text(NonceScheme value);

struct GameStreamTransport {
  std::string bind_address{};
  std::string client_address{};
  std::uint16_t video_port{};
  std::uint16_t audio_port{};
  std::uint16_t control_port{};
  std::string ping_payload{};
  std::uint16_t packet_size{};
  std::uint16_t fec_percent{};
  std::uint16_t min_parity_shards{};
  bool encrypt_video{};
  bool encrypt_audio{};
  NonceScheme nonce_scheme{};
  std::uint32_t connect_data{};
  bool require_connect_data{};
  std::uint32_t client_timeout_ms{};
  std::uint32_t connect_timeout_ms{};
  std::string key_hex{};
  std::uint32_t rikey_id{};

  bool operator==(const GameStreamTransport&) const = default;
};

using Transport = std::variant<GameStreamTransport>;

struct Start {
  std::string module_dir{};
  std::string checkpoint_path{};
  Video video{};
  std::optional<Audio> audio{};
  std::optional<InputTarget> input{};
  std::optional<Pads> pads{};
  Transport transport{};

  bool operator==(const Start&) const = default;
};

enum class Farewell : std::uint8_t { none, graceful, failed };
[[nodiscard]] std::string_view text(Farewell value);

struct Stop {
  Farewell farewell{};

  bool operator==(const Stop&) const = default;
};

struct Probe {
  std::string module_dir{};

  bool operator==(const Probe&) const = default;
};

struct Ping {

  bool operator==(const Ping&) const = default;
};

struct RequestIdr {

  bool operator==(const RequestIdr&) const = default;
};

struct SetBitrate {
  std::uint32_t bitrate_kbps{};

  bool operator==(const SetBitrate&) const = default;
};

struct WatchFrames {
  bool on{};

  bool operator==(const WatchFrames&) const = default;
};

using PreviewTarget = std::variant<WlrootsTarget, PipeWireNodeTarget, SyntheticTarget>;

struct TakePreview {
  PreviewTarget target{};
  std::uint16_t max_width_px{};

  bool operator==(const TakePreview&) const = default;
};

using HostMessage = std::variant<Start, Stop, Probe, Ping, RequestIdr, SetBitrate, WatchFrames, TakePreview>;

struct Loaded {
  std::uint32_t pid{};

  bool operator==(const Loaded&) const = default;
};

struct Pong {

  bool operator==(const Pong&) const = default;
};

struct EncoderCapability {
  std::string name{};
  Codec codec{};
  std::vector<std::uint32_t> bit_depths{};
  std::vector<Chroma> chromas{};
  std::uint16_t max_side_px{};
  std::optional<Failure> failure{};

  bool operator==(const EncoderCapability&) const = default;
};

struct Capabilities {
  std::string instruction_set{};
  std::vector<EncoderCapability> encoders{};
  std::vector<std::string> libraries{};

  bool operator==(const Capabilities&) const = default;
};

struct GameStreamPorts {
  std::uint16_t video_port{};
  std::uint16_t audio_port{};
  std::uint16_t control_port{};

  bool operator==(const GameStreamPorts&) const = default;
};

using OpenTransport = std::variant<GameStreamPorts>;

struct Listening {
  OpenTransport transport{};

  bool operator==(const Listening&) const = default;
};

struct ClientConnected {

  bool operator==(const ClientConnected&) const = default;
};

struct ClientLeaving {

  bool operator==(const ClientLeaving&) const = default;
};

struct FirstFrame {
  std::uint32_t width{};
  std::uint32_t height{};
  std::string encoder{};
  std::string capture{};

  bool operator==(const FirstFrame&) const = default;
};

struct StageLatency {
  double p50_us{};
  double p95_us{};
  double p99_us{};
  double max_us{};
  double sum_us{};
  std::vector<std::uint64_t> counts{};

  bool operator==(const StageLatency&) const = default;
};

struct Latency {
  StageLatency capture{};
  StageLatency convert{};
  StageLatency wait{};
  StageLatency encode{};
  StageLatency protect{};
  StageLatency send{};
  StageLatency total{};

  bool operator==(const Latency&) const = default;
};

struct CpuTime {
  double video{};
  double send{};
  double control{};
  double audio{};
  double process{};
  double capture{};
  double convert{};
  double protect{};

  bool operator==(const CpuTime&) const = default;
};

struct AudioStatistics {
  std::uint64_t packets{};
  std::uint64_t bytes{};
  std::uint64_t underruns{};
  std::uint64_t overruns{};

  bool operator==(const AudioStatistics&) const = default;
};

struct ControlStatistics {
  std::uint64_t messages{};
  std::uint64_t refused{};
  std::uint64_t replayed{};
  std::uint64_t input_events{};
  std::uint64_t input_ignored{};
  std::uint64_t idr_requests{};
  std::uint64_t round_trip_ms{};
  std::uint64_t frames_repaired{};
  std::uint64_t frames_lost{};
  std::uint64_t packets_missing{};

  bool operator==(const ControlStatistics&) const = default;
};

struct FrameTimes {
  std::uint32_t frame{};
  std::uint64_t sent_at_us{};
  std::uint32_t capture_us{};
  std::uint32_t convert_us{};
  std::uint32_t wait_us{};
  std::uint32_t encode_us{};
  std::uint32_t protect_us{};
  std::uint32_t send_us{};
  std::uint32_t bytes{};
  bool idr{};

  bool operator==(const FrameTimes&) const = default;
};

struct Statistics {
  double interval_s{};
  std::uint32_t bitrate_kbps{};
  std::optional<std::uint64_t> frames_shown{};
  std::uint64_t frames_captured{};
  std::uint64_t frames_dropped{};
  std::uint64_t frames_encoded{};
  std::uint64_t frames_sent{};
  std::uint64_t frames_repeated{};
  std::uint64_t frames_cut_short{};
  std::uint64_t idr_frames{};
  std::uint64_t bytes_sent{};
  std::uint64_t datagrams_sent{};
  std::uint64_t parity_datagrams{};
  std::uint64_t send_would_block{};
  Latency latency{};
  CpuTime cpu_ms{};
  AudioStatistics audio{};
  ControlStatistics control{};
  std::optional<std::vector<FrameTimes>> frames{};

  bool operator==(const Statistics&) const = default;
};

struct BitrateSet {
  std::uint32_t bitrate_kbps{};
  std::optional<Failure> failure{};

  bool operator==(const BitrateSet&) const = default;
};

struct PreviewPicture {
  std::uint16_t width{};
  std::uint16_t height{};
  std::string jpeg_base64{};

  bool operator==(const PreviewPicture&) const = default;
};

struct PreviewFailed {
  Failure failure{};

  bool operator==(const PreviewFailed&) const = default;
};

struct Problem {
  Failure failure{};
  bool fatal{};

  bool operator==(const Problem&) const = default;
};

struct RestoreToken {
  std::string token{};

  bool operator==(const RestoreToken&) const = default;
};

enum class Ending : std::uint8_t { client_quit, client_timeout, connect_timeout, stopped, failed };
[[nodiscard]] std::string_view text(Ending value);

struct Ended {
  Ending reason{};

  bool operator==(const Ended&) const = default;
};

using EngineMessage = std::variant<Loaded, Pong, Capabilities, Listening, ClientConnected, ClientLeaving, FirstFrame, Statistics, BitrateSet, PreviewPicture, PreviewFailed, Problem, RestoreToken, Ended>;

// A message as JSON, or the place of what is missing, unknown or out of range in it: "video.fps: must be at most 1000".
[[nodiscard]] Result<HostMessage, std::string> read_host_message(std::string_view json);
[[nodiscard]] Result<EngineMessage, std::string> read_engine_message(std::string_view json);
[[nodiscard]] std::string write(const HostMessage& message);
[[nodiscard]] std::string write(const EngineMessage& message);

}  // namespace punktfunk::contract
