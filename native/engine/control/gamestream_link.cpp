#include <poll.h>

#include <algorithm>
#include <array>
#include <set>
#include <stop_token>
#include <utility>

#include "base/clock.h"
#include "base/worker.h"
#include "core/packet/bytes.h"
#include "engine/control/client_message.h"
#include "engine/control/enet_server.h"
#include "engine/control/gamestream_link.h"
#include "engine/control/outbox.h"
#include "engine/control/replay_window.h"
#include "engine/input/ignored_input.h"
#include "engine/threads/threads.h"

namespace punktfunk {
namespace {

constexpr int retry_ms = 20;  // while the network refuses to send
// Clients ping every 500 ms (docs/gamestream.md, 5.7); one that leaves ends that before it says goodbye. A ping later
// than what can still be on its way is the proof that it stays.
constexpr std::int64_t goodbye_doubt_ms = 1000, ping_on_its_way_ms = 250;
constexpr int doubting_wait_ms = 50;
constexpr std::size_t hdr_mode_bytes = 27;
constexpr std::size_t max_unacknowledged = 64;

class GamestreamLink final : public ControlLink, EnetServer::Handler {
 public:
  GamestreamLink(const GamestreamLinkConfig& config, InputRouter input, Checkpoint* checkpoint, ControlEvents events)
      : config_(config),
        input_(std::move(input)),
        checkpoint_(checkpoint != nullptr ? *checkpoint : own_checkpoint_),
        events_(std::move(events)),
        open_aes_(config.key),
        seal_aes_(config.key),
        replay_(checkpoint_.control_replay) {}

  Result<void, Failure> open();
  [[nodiscard]] std::uint16_t port() const override { return port_; }
  void terminate(contract::Farewell farewell, unsigned linger_ms) override;
  void stop() override { worker_.stop(); }
  [[nodiscard]] contract::ControlStatistics stats() const override;
  bool tell_client(const ToClient& message) override;

 private:
  void run(const std::stop_token& stop);
  void wait();
  bool serve();
  void check_timeouts();
  void check_goodbye();
  void check_withheld_goodbye();
  void say_goodbye(const std::stop_token& stop);
  void end();
  void end(contract::Ending reason);

  void on_connect() override;
  void on_disconnect() override;
  void on_message(std::span<const std::uint8_t> message) override;
  void on_settled() override { server_->store(checkpoint_); }
  bool is_authentic(std::span<const std::uint8_t> message) override;
  void on_client_message(std::uint16_t type, std::span<const std::uint8_t> payload);
  void on_input(std::span<const std::uint8_t> packet);
  void tell(const Failure& failure);
  void start_b();
  void say_what_was_told();
  void send(gamestream::ControlMessage type, std::span<const std::uint8_t> payload);
  void say(const HdrMode& mode);
  void say(const Rumble& rumble);
  void say(const TriggerRumble& rumble);
  void say(const MotionRate& rate);
  void say(const PadLight& light);
  void say(const TriggerEffects& effects);
  void resume();
  bool take_up();

  GamestreamLinkConfig config_;
  InputRouter input_;
  Checkpoint own_checkpoint_{};  // for a stream that nobody wants resumed
  Checkpoint& checkpoint_;
  ControlEvents events_;
  Aes128Gcm open_aes_, seal_aes_;
  ControlReplayWindow replay_;
  Outbox outbox_;
  std::unique_ptr<EnetServer> server_;
  std::uint16_t port_ = 0;
  std::int64_t started_ms_ = 0;
  std::int64_t goodbye_ms_ = 0;  // when a goodbye came that is not believed yet; 0 = none
  bool ended_ = false, network_down_ = false;
  std::set<ProblemCode> told_;

  std::atomic<bool> terminating_ = false;
  std::atomic<contract::Farewell> farewell_{};
  std::atomic<std::uint32_t> linger_ms_ = 0;
  std::atomic<std::uint64_t> messages_ = 0, refused_ = 0, replayed_ = 0, input_events_ = 0, input_ignored_ = 0,
                             idr_requests_ = 0, round_trip_ms_ = 0, frames_repaired_ = 0, frames_lost_ = 0,
                             packets_missing_ = 0;

  Worker worker_;
};

Result<void, Failure> GamestreamLink::open() {
  const EnetServerConfig server = {config_.bind_address.empty() ? "0.0.0.0" : config_.bind_address,
                                   config_.port,
                                   config_.connect_data,
                                   config_.require_connect_data,
                                   config_.client_address,
                                   config_.client_timeout_ms};
  auto opened = EnetServer::open(server);
  if (!opened) { return std::move(opened).error(); }
  server_ = *std::move(opened);
  port_ = server_->port();
  if (!worker_.ok()) { return problem::no_descriptors(); }
  worker_.start(control_thread_name, [this](const std::stop_token& stop) { run(stop); });
  return {};
}

void GamestreamLink::run(const std::stop_token& stop) {
  started_ms_ = monotonic_ms();
  resume();
  while (!stop.stop_requested() && !terminating_ && !ended_) {
    wait();
    const bool network = serve();
    say_what_was_told();
    if (network) { check_timeouts(); }
  }
  outbox_.close();
  server_->believe_goodbye();
  if (terminating_ && !ended_) { say_goodbye(stop); }
  server_->drop_client();
  server_->store(checkpoint_);
  input_ = {};  // lifts what is held
}

void GamestreamLink::wait() {
  pollfd fds[2 + InputRouter::max_backends] = {{worker_.wake().fd(), POLLIN, 0}, {server_->fd(), POLLIN, 0}};
  const std::span<pollfd> inputs(fds + 2, input_.poll_fds(std::span(fds).subspan(2)));
  if (network_down_) {
    fds[1].fd = -1;  // what lies there unread must not make this a busy loop
  }
  const int due_ms = network_down_ ? retry_ms : server_->due_in_ms();
  poll(fds, 2 + inputs.size(), goodbye_ms_ != 0 ? std::min(due_ms, doubting_wait_ms) : due_ms);
  if (fds[0].revents != 0) { worker_.wake().clear(); }
  if (!input_.dispatch(inputs)) { tell(problem::input_lost()); }
}

// Reads and answers what has come; false when the network refuses.
bool GamestreamLink::serve() {
  network_down_ = !server_->service(*this);
  server_->store(checkpoint_);
  round_trip_ms_ = server_->round_trip_ms();
  if (server_->flooded() && !ended_) {
    end();
    if (events_.failed) { events_.failed(problem::control_failed("thousands of messages out of order")); }
  }
  if (network_down_) { check_timeouts(); }
  return !network_down_;
}

void GamestreamLink::check_timeouts() {
  if (ended_) { return; }
  if (goodbye_ms_ != 0) {
    check_goodbye();
  } else if (server_->connected()) {
    check_withheld_goodbye();
    if (monotonic_ms() - server_->last_heard_ms() >= config_.client_timeout_ms) {
      end(contract::Ending::client_timeout);
    }
  } else if (monotonic_ms() - started_ms_ >= config_.connect_timeout_ms) {
    end(contract::Ending::connect_timeout);
  }
}

void GamestreamLink::resume() {
  if (!take_up()) {
    checkpoint_.control_started = 0;
    return;
  }
  input_.lift_buttons(checkpoint_.held_buttons.exchange(0));
  outbox_.open();
  if (events_.connected) { events_.connected(); }
  if (checkpoint_.control_started != 0 && events_.started) { events_.started(); }
}

// The client that the checkpoint describes; false when it describes none.
bool GamestreamLink::take_up() {
  unsigned missing = 0;
  if (!server_->resume(checkpoint_, &missing)) { return false; }
  // Whatever the lost messages said, HDR is off.
  for (; missing > 0; --missing) { say(HdrMode{}); }
  server_->flush();
  return true;
}

void GamestreamLink::on_connect() {
  outbox_.open();
  goodbye_ms_ = 0;
  if (events_.connected) { events_.connected(); }
}

void GamestreamLink::on_disconnect() {
  // libenet reports a silent client the same way as one that took its leave.
  const bool silent = monotonic_ms() - server_->last_heard_ms() >= config_.client_timeout_ms / 2;
  if (!silent && config_.last_ping_ms && config_.last_ping_ms() != 0) {
    goodbye_ms_ = monotonic_ms();
    if (events_.goodbye) { events_.goodbye(); }
    input_.release_all();
    return;
  }
  server_->believe_goodbye();
  end(silent ? contract::Ending::client_timeout : contract::Ending::client_quit);
}

void GamestreamLink::check_goodbye() {
  if (config_.last_ping_ms() >= goodbye_ms_ + ping_on_its_way_ms) {
    goodbye_ms_ = 0;
    server_->withhold_goodbyes();  // who forged one may send them without end
    if (events_.forged_goodbye) { events_.forged_goodbye(); }
    if (take_up()) { return; }
  } else if (monotonic_ms() - goodbye_ms_ < goodbye_doubt_ms) {
    return;
  }
  server_->believe_goodbye();
  end(contract::Ending::client_quit);
}

// One that came after the last ping, and no ping since.
void GamestreamLink::check_withheld_goodbye() {
  const std::int64_t goodbye_ms = server_->withheld_goodbye_ms(),
                     ping_ms = config_.last_ping_ms ? config_.last_ping_ms() : 0;
  if (goodbye_ms > ping_ms && monotonic_ms() - ping_ms >= goodbye_doubt_ms) { end(contract::Ending::client_quit); }
}

void GamestreamLink::end() {
  ended_ = true;
  input_.release_all();
}

void GamestreamLink::end(contract::Ending reason) {
  if (ended_) { return; }
  end();
  if (events_.ended) { events_.ended(reason); }
}

bool GamestreamLink::is_authentic(std::span<const std::uint8_t> message) {
  std::array<std::uint8_t, gamestream::max_control_plain_bytes> plain;
  std::uint32_t sequence = 0;
  std::uint16_t type = 0;
  std::span<const std::uint8_t> payload;
  const bool opens = gamestream::open_control(open_aes_, config_.nonce_scheme, gamestream::Side::client, message, plain,
                                              sequence, type, payload) == Status::ok;
  if (!opens) { ++refused_; }
  return opens;
}

void GamestreamLink::on_message(std::span<const std::uint8_t> message) {
  ++messages_;
  std::uint16_t type = 0;
  std::span<const std::uint8_t> payload;
  std::array<std::uint8_t, gamestream::max_control_plain_bytes> plain;
  std::uint32_t sequence = 0;
  const Status opened = gamestream::open_control(open_aes_, config_.nonce_scheme, gamestream::Side::client, message,
                                                 plain, sequence, type, payload);
  if (opened != Status::ok) {
    ++refused_;
    return;
  }
  if (!replay_.fresh(sequence)) {
    ++replayed_;
    return;
  }
  on_client_message(type, payload);
  replay_.take(sequence);
}

void GamestreamLink::on_client_message(std::uint16_t type, std::span<const std::uint8_t> payload) {
  ClientMessage message;
  if (parse_client_message(type, payload, message) != Status::ok) {
    ++refused_;
    return;
  }
  switch (message.kind) {
    case ClientMessage::Kind::request_idr:
      ++idr_requests_;
      if (events_.request_idr) { events_.request_idr(); }
      break;
    case ClientMessage::Kind::start_b:
      start_b();
      break;
    case ClientMessage::Kind::invalidate:
      if (events_.invalidate) { events_.invalidate(message.first_frame, message.last_frame); }
      break;
    case ClientMessage::Kind::fec_status:
      ++(message.repaired ? frames_repaired_ : frames_lost_);
      packets_missing_ += message.missing_packets;
      break;
    case ClientMessage::Kind::input:
      on_input(message.input);
      break;
    case ClientMessage::Kind::ignored:
      break;
  }
}

void GamestreamLink::on_input(std::span<const std::uint8_t> packet) {
  InputEvent event;
  const Status parsed = parse_gamestream_input(packet, event);
  if (parsed != Status::ok && parsed != Status::unsupported) {
    ++refused_;
    return;
  }
  ++input_events_;
  if (parsed == Status::ok && event.kind == InputKind::mouse_button) {
    const std::uint32_t held = checkpoint_.held_buttons, bit = 1u << event.code;
    checkpoint_.held_buttons = event.down ? held | bit : held & ~bit;
  }
  const Injected injected = parsed == Status::ok ? input_.inject(event) : Injected::unknown;
  if (injected == Injected::done) { return; }
  ++input_ignored_;
  if (injected == Injected::no_device) { return; }
  tell(ignored_input(event, injected));
}

void GamestreamLink::tell(const Failure& failure) {
  if (told_.insert(failure.code).second && events_.problem) { events_.problem(failure); }
}

void GamestreamLink::start_b() {
  if (checkpoint_.control_started != 0) { return; }
  checkpoint_.control_started = 1;
  if (events_.started) { events_.started(); }
  say(HdrMode{});
}

bool GamestreamLink::tell_client(const ToClient& message) {
  if (!outbox_.put(message)) { return false; }
  worker_.wake().signal();
  return true;
}

// The client's first word from us is about HDR (start_b). One that acknowledges nothing is told no more.
void GamestreamLink::say_what_was_told() {
  if (!server_->connected() || checkpoint_.control_started == 0) { return; }
  bool said = false;
  const auto say_one = [this](const auto& one) { say(one); };
  for (std::size_t waiting = server_->unacknowledged(); waiting < max_unacknowledged; ++waiting) {
    if (const auto message = outbox_.take()) {
      std::visit(say_one, *message);
    } else if (const auto feedback = input_.take_feedback()) {
      std::visit(say_one, *feedback);
    } else {
      break;
    }
    said = true;
  }
  if (said) { server_->flush(); }
}

// docs/gamestream.md, 8.4 and 8.6.
void GamestreamLink::say(const HdrMode& mode) {
  std::array<std::uint8_t, hdr_mode_bytes> payload{};
  payload[0] = mode.on;
  send(gamestream::ControlMessage::hdr_mode, payload);
}

void GamestreamLink::say(const Rumble& rumble) {
  std::array<std::uint8_t, 10> payload{};
  store_u16_le(&payload[4], rumble.pad);
  store_u16_le(&payload[6], rumble.low);
  store_u16_le(&payload[8], rumble.high);
  send(gamestream::ControlMessage::rumble, payload);
}

void GamestreamLink::say(const TriggerRumble& rumble) {
  std::array<std::uint8_t, 6> payload{};
  store_u16_le(&payload[0], rumble.pad);
  store_u16_le(&payload[2], rumble.left);
  store_u16_le(&payload[4], rumble.right);
  send(gamestream::ControlMessage::trigger_rumble, payload);
}

void GamestreamLink::say(const MotionRate& rate) {
  std::array<std::uint8_t, 5> payload{};
  store_u16_le(&payload[0], rate.pad);
  store_u16_le(&payload[2], rate.rate_hz);
  payload[4] = static_cast<std::uint8_t>(rate.sensor);
  send(gamestream::ControlMessage::motion_request, payload);
}

void GamestreamLink::say(const PadLight& light) {
  std::array<std::uint8_t, 5> payload{};
  store_u16_le(&payload[0], light.pad);
  payload[2] = light.red;
  payload[3] = light.green;
  payload[4] = light.blue;
  send(gamestream::ControlMessage::fec_status_or_led, payload);
}

void GamestreamLink::say(const TriggerEffects& effects) {
  constexpr std::uint8_t right_and_left = 0x04 | 0x08;
  std::array<std::uint8_t, 25> payload{};
  store_u16_le(&payload[0], effects.pad);
  payload[2] = right_and_left;
  payload[3] = effects.left.mode;
  payload[4] = effects.right.mode;
  std::ranges::copy(effects.left.parameters, &payload[5]);
  std::ranges::copy(effects.right.parameters, &payload[15]);
  send(gamestream::ControlMessage::adaptive_triggers, payload);
}

// Queued here, sent by the next service or flush. The number is stored as used before the message can leave.
void GamestreamLink::send(gamestream::ControlMessage type, std::span<const std::uint8_t> payload) {
  if (!server_->connected()) { return; }
  std::array<std::uint8_t, 128> message;
  std::size_t bytes = 0;
  const std::uint32_t sequence = checkpoint_.control_sequence.fetch_add(1);
  if (gamestream::seal_control(seal_aes_, config_.nonce_scheme, gamestream::Side::host, sequence,
                               static_cast<std::uint16_t>(type), payload, message, bytes) != Status::ok) {
    return;
  }
  server_->send({message.data(), bytes});
  server_->store(checkpoint_);
}

// In a termination message (docs/gamestream.md, 8.7). What failed is shown as "Connection terminated" with the number:
// E_FAIL, as Windows hosts would say.
std::uint32_t termination_reason(contract::Farewell farewell) {
  return farewell == contract::Farewell::failed ? 0x80004005 : 0x80030023;
}

// The termination message, then as long as asked for the client to acknowledge it.
void GamestreamLink::say_goodbye(const std::stop_token& stop) {
  input_.release_all();
  std::array<std::uint8_t, 4> reason;
  store_u32_be(reason.data(), termination_reason(farewell_));
  send(gamestream::ControlMessage::termination, reason);
  server_->flush();
  ended_ = true;  // the client's own goodbye is no news now
  const std::int64_t deadline = monotonic_ms() + linger_ms_;
  while (!stop.stop_requested() && server_->connected() && server_->unacknowledged() > 0) {
    const std::int64_t left = deadline - monotonic_ms();
    if (left <= 0) { break; }
    pollfd fds[2] = {{worker_.wake().fd(), POLLIN, 0}, {server_->fd(), POLLIN, 0}};
    poll(fds, std::size(fds), static_cast<int>(std::min<std::int64_t>(left, server_->due_in_ms())));
    if (!server_->service(*this)) { break; }
  }
}

void GamestreamLink::terminate(contract::Farewell farewell, unsigned linger_ms) {
  farewell_ = farewell;
  linger_ms_ = linger_ms;
  terminating_ = true;
  worker_.wake().signal();
  worker_.join();
}

contract::ControlStatistics GamestreamLink::stats() const {
  return {.messages = messages_,
          .refused = refused_,
          .replayed = replayed_,
          .input_events = input_events_,
          .input_ignored = input_ignored_,
          .idr_requests = idr_requests_,
          .round_trip_ms = round_trip_ms_,
          .frames_repaired = frames_repaired_,
          .frames_lost = frames_lost_,
          .packets_missing = packets_missing_};
}

}  // namespace

Result<std::unique_ptr<ControlLink>, Failure> start_gamestream_link(const GamestreamLinkConfig& config,
                                                                    InputRouter input, Checkpoint* checkpoint,
                                                                    ControlEvents events) {
  auto link = std::make_unique<GamestreamLink>(config, std::move(input), checkpoint, std::move(events));
  if (auto opened = link->open(); !opened) { return std::move(opened).error(); }
  return link;
}

}  // namespace punktfunk
