// The keyboard that clients type on: a US layout of our own, and spare keys that take on any further code point while
// it is typed.
#pragma once

#include <xkbcommon/xkbcommon.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace punktfunk {

class Keymap {
 public:
  // Null and a sentence when the machine has no layout data.
  static std::unique_ptr<Keymap> make(std::string& error);

  struct Stroke {
    std::uint16_t evdev = 0;
    bool shift = false;
    bool keymap_changed = false;  // upload text() before the key
  };
  // How to type a code point: by the layout's own key, else by a spare key, which is given the code point now (the
  // least recently used one, when none is free). Nothing for code points that no keymap can hold. skip_layout: do not
  // use the layout's key.
  std::optional<Stroke> stroke(char32_t code_point, bool skip_layout = false);

  // The keymap as it stands, in xkb's text form.
  [[nodiscard]] const std::string& text() const { return text_; }
  // Modifiers and their keys are the same in every text(): one state over this keymap stays right.
  [[nodiscard]] xkb_keymap* base() const { return base_.get(); }

 private:
  struct Free {
    void operator()(xkb_context* context) const { xkb_context_unref(context); }
    void operator()(xkb_keymap* keymap) const { xkb_keymap_unref(keymap); }
  };
  struct SpareKey {
    std::uint16_t evdev = 0;
    std::string name;
    char32_t code_point = 0;
    std::uint64_t used = 0;
  };

  Keymap() = default;
  // Compiles the layout with the spare keys' code points; null when xkb refuses.
  [[nodiscard]] std::unique_ptr<xkb_keymap, Free> compile() const;
  bool adopt(const xkb_keymap* keymap);
  void read_layout();
  void find_spare_keys();

  std::unique_ptr<xkb_context, Free> context_;
  std::unique_ptr<xkb_keymap, Free> base_;
  std::map<char32_t, Stroke> layout_;
  std::vector<SpareKey> spare_;
  std::uint64_t uses_ = 0;
  std::string text_;
};

}  // namespace punktfunk
