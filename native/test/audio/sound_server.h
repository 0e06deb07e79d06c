// A sound server of the test's own: bus, PipeWire and WirePlumber in a runtime directory of an ordinary user.
#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "test/input/headless_sway.h"

namespace punktfunk::test {

class SoundServer {
 public:
  explicit SoundServer(bool with_session_manager = true) {
    const std::string bus = "unix:path=" + runtime_.path() + "/bus";
    environment_ = {"XDG_RUNTIME_DIR=" + runtime_.path(), "HOME=" + runtime_.path(),
                    "PATH=/usr/local/bin:/usr/bin:/bin",  "LC_ALL=C.UTF-8",
                    "DBUS_SESSION_BUS_ADDRESS=" + bus,    "PIPEWIRE_RUNTIME_DIR=" + runtime_.path()};
    bus_ = start({"dbus-daemon", "--session", "--address=" + bus, "--nofork", "--nopidfile", "--nosyslog"});
    if (!answers(runtime_.path() + "/bus", 60'000)) throw std::runtime_error("no bus: " + log());
    pipewire_ = start({"pipewire"});
    if (!answers(runtime_.path() + "/pipewire-0", 60'000)) throw std::runtime_error("no PipeWire: " + log());
    if (with_session_manager) {
      // Its Bluetooth monitor wants logind, without which WirePlumber 0.4 ends: containers have none.
      const std::string settings = runtime_.path() + "/.config/wireplumber/bluetooth.lua.d";
      std::filesystem::create_directories(settings);
      std::ofstream(settings + "/80-test.lua") << "bluez_monitor.enabled = false\n";
      wireplumber_ = start({"wireplumber"});
    }
  }
  [[nodiscard]] std::string remote() const { return runtime_.path() + "/pipewire-0"; }
  [[nodiscard]] std::unique_ptr<UserProcess> start(const std::vector<std::string>& command) const {
    return std::make_unique<UserProcess>(command, environment_, runtime_.path() + "/log");
  }
  // Standard output of a command that ends by itself.
  [[nodiscard]] std::string output_of(const std::string& command) const {
    const std::string file = runtime_.path() + "/output";
    start({"sh", "-c", command + " > " + file + " 2>&1"})->wait();
    std::ifstream text(file);
    return {std::istreambuf_iterator<char>(text), {}};
  }
  // What the session manager has as configured default sink, as pw-metadata prints it; empty when nothing is
  // configured.
  [[nodiscard]] std::string configured_default() const {
    const std::string listed = output_of("pw-metadata 0 default.configured.audio.sink");
    const auto at = listed.find("value:'");
    return at == std::string::npos ? "" : listed.substr(at + 7, listed.find('\'', at + 7) - at - 7);
  }
  // A WAV file of seconds of a tone, left and right.
  [[nodiscard]] std::string tone(double left_hz, double right_hz, int seconds) const {
    const std::string path = runtime_.path() + "/tone.wav";
    const std::uint32_t frames = 48'000u * static_cast<std::uint32_t>(seconds), bytes = frames * 4;
    std::ofstream file(path, std::ios::binary);
    const auto put = [&](std::uint32_t value, int size) {
      for (int i = 0; i < size; ++i) file.put(static_cast<char>(value >> (8 * i)));
    };
    file << "RIFF";
    put(36 + bytes, 4);
    file << "WAVEfmt ";
    put(16, 4), put(1, 2), put(2, 2), put(48'000, 4), put(48'000 * 4, 4), put(4, 2), put(16, 2);
    file << "data";
    put(bytes, 4);
    for (std::uint32_t i = 0; i < frames; ++i)
      for (double hz : {left_hz, right_hz})
        put(static_cast<std::uint16_t>(static_cast<std::int16_t>(8000 * std::sin(2 * M_PI * hz * i / 48'000))), 2);
    return path;
  }
  [[nodiscard]] std::string log() const {
    std::ifstream file(runtime_.path() + "/log");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  [[nodiscard]] const RuntimeDir& runtime() const { return runtime_; }
  void kill_pipewire() { pipewire_->end(SIGKILL); }

 private:
  RuntimeDir runtime_;
  std::vector<std::string> environment_;
  std::unique_ptr<UserProcess> bus_, pipewire_, wireplumber_;
};

}  // namespace punktfunk::test
