#include <fcntl.h>
#include <linux/input.h>
#include <linux/uhid.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "engine/pads/devices.h"

namespace punktfunk {
namespace {

constexpr char path[] = "/dev/uhid";
constexpr std::uint64_t ns_per_ms = 1'000'000;
// At a time: as many as the kernel keeps (UHID_BUFSIZE in drivers/hid/uhid.c). A program that writes without a pause
// holds up no other pad, and no input.
constexpr int max_events = 32;

NoDevice why() {
  return {path, std::strerror(errno)};
}

template <std::size_t Bytes>
void store_text(std::uint8_t (&to)[Bytes], const char* text) {
  std::strncpy(reinterpret_cast<char*>(to), text, Bytes - 1);
}

class UhidPad final : public PadDevice {
 public:
  UhidPad(UniqueFd fd, std::unique_ptr<HidPad> pad) : fd_(std::move(fd)), pad_(std::move(pad)) {}

  bool create(const PadPlace& place) {
    const HidIdentity identity = pad_->identity();
    event_ = {};
    event_.type = UHID_CREATE2;
    auto& create = event_.u.create2;
    char unique[18];
    const auto address = pad_address(place);
    std::snprintf(unique, sizeof unique, "%02x:%02x:%02x:%02x:%02x:%02x", address[0], address[1], address[2],
                  address[3], address[4], address[5]);
    store_text(create.name, identity.name);
    store_text(create.phys, pad_path(place).c_str());
    store_text(create.uniq, unique);
    create.bus = BUS_USB;
    create.vendor = identity.vendor;
    create.product = identity.product;
    create.version = identity.version;
    create.rd_size = static_cast<std::uint16_t>(identity.descriptor.size());
    std::copy(identity.descriptor.begin(), identity.descriptor.end(), create.rd_data);
    return send(offsetof(uhid_create2_req, rd_data) + create.rd_size);
  }

  void update(const PadState& state) override {
    state_ = state;
    report(monotonic_ns());
  }
  [[nodiscard]] std::uint16_t abilities() const override { return pad_->abilities(); }
  [[nodiscard]] int fd() const override { return fd_.get(); }
  void serve(PadDemand& demand) override;
  [[nodiscard]] std::uint64_t due_ns() const override { return due_ns_; }
  void tick(std::uint64_t now_ns, PadDemand&) override { report(now_ns); }

 private:
  static constexpr std::size_t event_head_bytes = offsetof(uhid_event, u);

  bool send(std::size_t body_bytes) {
    const std::size_t bytes = event_head_bytes + body_bytes;
    return write(fd_.get(), &event_, bytes) == static_cast<ssize_t>(bytes);
  }

  // What nobody takes is no matter: the next report, which comes in any case, has all of it.
  void report(std::uint64_t now_ns) {
    pad_->report(state_, now_ns, report_);
    send_input(report_);
    if (opened_) { due_ns_ = now_ns + pad_->interval_ms() * ns_per_ms; }
  }

  void send_input(std::span<const std::uint8_t> bytes) {
    event_.type = UHID_INPUT2;
    event_.u.input2.size = static_cast<std::uint16_t>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), event_.u.input2.data);
    send(offsetof(uhid_input2_req, data) + bytes.size());
  }

  // Whoever asks waits for the answer, so that there is one to everything.
  void answer_get(const uhid_get_report_req& asked) {
    const std::uint32_t id = asked.id;
    const std::size_t bytes = asked.rtype == UHID_FEATURE_REPORT ? pad_->feature(asked.rnum, report_) : 0;
    event_.type = UHID_GET_REPORT_REPLY;
    auto& reply = event_.u.get_report_reply;
    reply.id = id;
    reply.err = bytes == 0 ? EIO : 0;
    reply.size = static_cast<std::uint16_t>(bytes);
    std::copy_n(report_.begin(), bytes, reply.data);
    send(offsetof(uhid_get_report_reply_req, data) + bytes);
  }
  void refuse_set(std::uint32_t id) {
    event_.type = UHID_SET_REPORT_REPLY;
    event_.u.set_report_reply.id = id;
    event_.u.set_report_reply.err = EIO;
    send(sizeof event_.u.set_report_reply);
  }

  UniqueFd fd_;
  std::unique_ptr<HidPad> pad_;
  PadState state_;
  bool opened_ = false;  // somebody listens; the kernel's own driver does all the time
  std::uint64_t due_ns_ = 0;
  std::array<std::uint8_t, hid::report_bytes> report_{};
  uhid_event event_{};
  uhid_event heard_{};
};

void UhidPad::serve(PadDemand& demand) {
  for (int served = 0; served < max_events; ++served) {
    const ssize_t bytes = read(fd_.get(), &heard_, sizeof heard_);
    if (bytes < static_cast<ssize_t>(event_head_bytes)) { return; }
    switch (heard_.type) {
      case UHID_OPEN:
        opened_ = true;
        report(monotonic_ns());
        break;
      case UHID_CLOSE:
      case UHID_STOP:
        opened_ = false;
        due_ns_ = 0;
        break;
      case UHID_OUTPUT: {
        const std::size_t size = std::min<std::size_t>(heard_.u.output.size, sizeof heard_.u.output.data);
        std::size_t answer_bytes = 0;
        pad_->take({heard_.u.output.data, size}, state_, demand, report_, answer_bytes);
        if (answer_bytes != 0) { send_input(std::span(report_).first(answer_bytes)); }
        break;
      }
      case UHID_GET_REPORT:
        answer_get(heard_.u.get_report);
        break;
      case UHID_SET_REPORT:
        refuse_set(heard_.u.set_report.id);
        break;
      default:
        break;
    }
  }
}

}  // namespace

Result<std::unique_ptr<PadDevice>, NoDevice> open_hid_pad(const PadPlace& place, std::unique_ptr<HidPad> pad) {
  UniqueFd fd(open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!fd) { return why(); }
  auto device = std::make_unique<UhidPad>(std::move(fd), std::move(pad));
  if (!device->create(place)) { return why(); }
  return std::unique_ptr<PadDevice>(std::move(device));
}

}  // namespace punktfunk
