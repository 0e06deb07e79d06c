// A sound server of the test's own: bus, PipeWire and WirePlumber in a runtime directory of an ordinary user.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
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
  // pipewire_config: more of it.
  explicit SoundServer(bool with_session_manager = true, const std::string& pipewire_config = "") {
    const std::string bus = "unix:path=" + runtime_.path() + "/bus";
    environment_ = {"XDG_RUNTIME_DIR=" + runtime_.path(), "HOME=" + runtime_.path(),
                    "PATH=/usr/local/bin:/usr/bin:/bin",  "LC_ALL=C.UTF-8",
                    "DBUS_SESSION_BUS_ADDRESS=" + bus,    "PIPEWIRE_RUNTIME_DIR=" + runtime_.path()};
    bus_ = start({"dbus-daemon", "--session", "--address=" + bus, "--nofork", "--nopidfile", "--nosyslog"});
    if (!answers(runtime_.path() + "/bus", 60'000)) { throw std::runtime_error("no bus: " + log()); }
    const std::string config = runtime_.path() + "/.config/pipewire/pipewire.conf.d";
    std::filesystem::create_directories(config);
    std::ofstream(config + "/80-test.conf") << pipewire_config << "\n";
    start_pipewire();
    if (with_session_manager) {
      // Its Bluetooth monitor wants logind, without which WirePlumber 0.4 ends: containers have none.
      const std::string settings = runtime_.path() + "/.config/wireplumber/";
      std::filesystem::create_directories(settings + "bluetooth.lua.d");
      std::ofstream(settings + "bluetooth.lua.d/80-test.lua") << "bluez_monitor.enabled = false\n";
      std::filesystem::create_directories(settings + "wireplumber.conf.d");
      std::ofstream(settings + "wireplumber.conf.d/80-test.conf")
          << "wireplumber.profiles = { main = { hardware.audio = disabled, hardware.bluetooth = disabled, "
             "hardware.video-capture = disabled } }\n";
      // It keeps what was chosen in a folder of the user's.
      std::filesystem::create_directories(runtime_.path() + "/.local/state");
      if (geteuid() == 0) {
        for (const char* folder : {"/.local", "/.local/state"}) {
          if (chown((runtime_.path() + folder).c_str(), nobody, nobody) != 0) {
            throw std::runtime_error("chown failed");
          }
        }
      }
      start_wireplumber();
    }
  }
  [[nodiscard]] std::string remote() const { return runtime_.path() + "/pipewire-0"; }
  // variables: more of its environment.
  [[nodiscard]] std::unique_ptr<UserProcess> start(const std::vector<std::string>& command,
                                                   const std::vector<std::string>& variables = {}) const {
    auto environment = environment_;
    environment.insert(environment.end(), variables.begin(), variables.end());
    return std::make_unique<UserProcess>(command, environment, runtime_.path() + "/log");
  }
  // PulseAudio's protocol; null, and said, where its server or player is not installed.
  [[nodiscard]] std::unique_ptr<UserProcess> start_pulse() const {
    if (output_of("command -v pipewire-pulse && command -v paplay").find("paplay") == std::string::npos) {
      std::puts("skipped: programs that play by PulseAudio (pipewire-pulse and pulseaudio-utils are not installed)");
      return nullptr;
    }
    auto server = start({"pipewire-pulse"});
    if (!answers(runtime_.path() + "/pulse/native", 60'000)) {
      throw std::runtime_error("no pipewire-pulse: " + log());
    }
    return server;
  }
  // Standard output of a command that ends by itself.
  [[nodiscard]] std::string output_of(const std::string& command) const {
    const std::string file = runtime_.path() + "/output";
    std::filesystem::remove(file);
    start({"sh", "-c", command + " > " + file + " 2>&1"})->wait();
    std::ifstream text(file);
    return {std::istreambuf_iterator<char>(text), {}};
  }
  // What the session manager has as default sink, as pw-metadata prints it: configured, and what it made of it; empty
  // when there is none.
  [[nodiscard]] std::string configured_default() const { return metadata("default.configured.audio.sink"); }
  [[nodiscard]] std::string effective_default() const { return metadata("default.audio.sink"); }
  [[nodiscard]] std::string metadata(const std::string& key) const {
    const std::string listed = output_of("pw-metadata 0 " + key);
    const auto at = listed.find("value:'");
    if (at == std::string::npos) { return ""; }
    const std::string value = listed.substr(at + 7, listed.find('\'', at + 7) - at - 7);
    return value.substr(0, value.find_last_not_of(' ') + 1);  // a space more is how the same is said again
  }
  // A WAV file of two tones, one for each ear, longer than any test takes.
  [[nodiscard]] std::string tone(int left_hz = 1000, int right_hz = 600) const {
    constexpr std::uint32_t seconds = 300;
    const std::string path = runtime_.path() + "/tone" + std::to_string(left_hz) + ".wav";
    if (std::filesystem::exists(path)) { return path; }
    const std::uint32_t frames = 48'000u * seconds, bytes = frames * 4;
    std::ofstream file(path, std::ios::binary);
    const auto put = [&](std::uint32_t value, int size) {
      for (int i = 0; i < size; ++i) { file.put(static_cast<char>(value >> (8 * i))); }
    };
    file << "RIFF";
    put(36 + bytes, 4);
    file << "WAVEfmt ";
    put(16, 4), put(1, 2), put(2, 2), put(48'000, 4), put(48'000 * 4, 4), put(4, 2), put(16, 2);
    file << "data";
    put(bytes, 4);
    std::vector<std::int16_t> second;  // both tones are whole in it
    for (std::uint32_t i = 0; i < 48'000; ++i) {
      for (int hz : {left_hz, right_hz}) {
        second.push_back(static_cast<std::int16_t>(8000 * std::sin(2 * M_PI * hz * i / 48'000)));
      }
    }
    for (std::uint32_t i = 0; i < seconds; ++i) {
      file.write(reinterpret_cast<const char*>(second.data()), static_cast<std::streamsize>(second.size() * 2));
    }
    return path;
  }
  [[nodiscard]] std::string log() const {
    std::ifstream file(runtime_.path() + "/log");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  [[nodiscard]] const RuntimeDir& runtime() const { return runtime_; }
  void start_pipewire() {
    pipewire_ = start({"pipewire"});
    if (!answers(runtime_.path() + "/pipewire-0", 60'000)) { throw std::runtime_error("no PipeWire: " + log()); }
  }
  void start_wireplumber() { wireplumber_ = start({"wireplumber"}); }
  void kill_pipewire() { pipewire_->end(SIGKILL); }
  void kill_wireplumber() { wireplumber_->end(SIGKILL); }
  void signal_pipewire(int signal) { pipewire_->send(signal); }

 private:
  RuntimeDir runtime_;
  std::vector<std::string> environment_;
  std::unique_ptr<UserProcess> bus_, pipewire_, wireplumber_;
};

}  // namespace punktfunk::test
