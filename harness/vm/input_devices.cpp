// Makes a virtual game pad through /dev/uinput and a mouse through /dev/uhid, presses a button on each and looks
// whether evdev tells of it. Built statically and copied to the machine under test, which has no compiler. One line a
// device; exit code 0 when both were seen.

#include <fcntl.h>
#include <linux/input.h>
#include <linux/uhid.h>
#include <linux/uinput.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto appears_within = std::chrono::seconds(30);
constexpr int poll_step_ms = 50;
constexpr char pad_name[] = "punktfunk test pad";
constexpr char mouse_name[] = "punktfunk test mouse";

class Descriptor {
 public:
  Descriptor(const char* path, int flags) : fd_(open(path, flags | O_CLOEXEC)) {}
  ~Descriptor() {
    if (fd_ >= 0) { close(fd_); }
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

bool fail(const char* device, const std::string& what) {
  std::printf("%s: %s: %s\n", device, what.c_str(), std::strerror(errno));
  return false;
}

// Path of the event device that has this name; empty when none has it yet.
std::string event_path(const std::string& name) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/sys/class/input", ignored)) {
    const std::string node = entry.path().filename();
    if (node.rfind("event", 0) != 0) { continue; }
    std::ifstream file(entry.path() / "device/name");
    std::string found;
    if (std::getline(file, found) && found == name) { return "/dev/input/" + node; }
  }
  return {};
}

bool write_event(int fd, uint16_t type, uint16_t code, int32_t value) {
  input_event event{};
  event.type = type;
  event.code = code;
  event.value = value;
  return write(fd, &event, sizeof event) == sizeof event;
}

// Opens the event device of this name as soon as it may be read, presses, and waits for `button` to go down.
bool see_press(const char* device, const char* name, uint16_t button, const std::function<bool()>& press) {
  const auto deadline = Clock::now() + appears_within;
  std::string path;
  for (;;) {
    path = event_path(name);
    if (!path.empty() && access(path.c_str(), R_OK) == 0) { break; }
    if (Clock::now() > deadline) {
      return fail(device, path.empty() ? "no event device appeared" : path + " cannot be read");
    }
    poll(nullptr, 0, poll_step_ms);
  }
  Descriptor events(path.c_str(), O_RDONLY);
  if (!events.ok()) { return fail(device, path); }
  if (!press()) { return fail(device, "the press cannot be written"); }
  while (Clock::now() < deadline) {
    pollfd ready{events.get(), POLLIN, 0};
    if (poll(&ready, 1, poll_step_ms) <= 0) { continue; }
    input_event event{};
    if (read(events.get(), &event, sizeof event) != sizeof event) { return fail(device, "reading " + path); }
    if (event.type == EV_KEY && event.code == button && event.value == 1) {
      std::printf("%s: seen at %s\n", device, path.c_str());
      return true;
    }
  }
  return fail(device, "the press did not arrive at " + path);
}

bool through_uinput() {
  Descriptor uinput("/dev/uinput", O_RDWR);
  if (!uinput.ok()) { return fail("uinput", "/dev/uinput"); }
  uinput_setup setup{};
  setup.id.bustype = BUS_USB;
  setup.id.vendor = 0x1209;  // pid.codes, a test number
  setup.id.product = 0x0001;
  std::strncpy(setup.name, pad_name, sizeof setup.name - 1);
  const bool made = ioctl(uinput.get(), UI_SET_EVBIT, EV_KEY) == 0 &&
                    ioctl(uinput.get(), UI_SET_KEYBIT, BTN_SOUTH) == 0 &&
                    ioctl(uinput.get(), UI_DEV_SETUP, &setup) == 0 && ioctl(uinput.get(), UI_DEV_CREATE) == 0;
  if (!made) { return fail("uinput", "the device cannot be made"); }
  return see_press("uinput", pad_name, BTN_SOUTH, [&] {
    return write_event(uinput.get(), EV_KEY, BTN_SOUTH, 1) && write_event(uinput.get(), EV_SYN, SYN_REPORT, 0);
  });
}

// A mouse with three buttons and two axes (Device Class Definition for HID 1.11, appendix E.10).
constexpr uint8_t mouse_report[] = {0x05, 0x01, 0x09, 0x02, 0xa1, 0x01, 0x09, 0x01, 0xa1, 0x00, 0x05, 0x09, 0x19,
                                    0x01, 0x29, 0x03, 0x15, 0x00, 0x25, 0x01, 0x95, 0x03, 0x75, 0x01, 0x81, 0x02,
                                    0x95, 0x01, 0x75, 0x05, 0x81, 0x01, 0x05, 0x01, 0x09, 0x30, 0x09, 0x31, 0x15,
                                    0x81, 0x25, 0x7f, 0x75, 0x08, 0x95, 0x02, 0x81, 0x06, 0xc0, 0xc0};

bool through_uhid() {
  Descriptor uhid("/dev/uhid", O_RDWR);
  if (!uhid.ok()) { return fail("uhid", "/dev/uhid"); }
  uhid_event create{};
  create.type = UHID_CREATE2;
  std::strncpy(reinterpret_cast<char*>(create.u.create2.name), mouse_name, sizeof create.u.create2.name - 1);
  create.u.create2.bus = BUS_USB;
  create.u.create2.vendor = 0x1209;
  create.u.create2.product = 0x0002;
  create.u.create2.rd_size = sizeof mouse_report;
  std::memcpy(create.u.create2.rd_data, mouse_report, sizeof mouse_report);
  if (write(uhid.get(), &create, sizeof create) != sizeof create) { return fail("uhid", "the device cannot be made"); }
  return see_press("uhid", mouse_name, BTN_LEFT, [&] {
    uhid_event report{};
    report.type = UHID_INPUT2;
    report.u.input2.size = 3;
    report.u.input2.data[0] = 1;  // the left button
    return write(uhid.get(), &report, sizeof report) == sizeof report;
  });
}

}  // namespace

int main() {
  const bool pad = through_uinput();
  const bool mouse = through_uhid();
  return pad && mouse ? 0 : 1;
}
