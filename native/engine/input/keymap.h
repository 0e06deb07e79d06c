// The keyboard that clients type on: the desktop's own layout, and spare keys that take on any further code point while
// it is typed.
#pragma once

#include <xkbcommon/xkbcommon.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "contract/problems.h"

namespace punktfunk {

class Keymap {
  struct Private {
    explicit Private() = default;
  };

 public:
  explicit Keymap(Private) {}  // of_text() and of_layout() alone make one
  // A keymap in xkb's text form, as compositors hand it out. Null when it is none, or has no keys for a client's.
  static std::unique_ptr<Keymap> of_text(const std::string& text);
  // Layouts by name, one a group: "de", "ch(fr)", "us,ru". Empty: what XKB_DEFAULT_LAYOUT and its kind say, else "us".
  static Result<std::unique_ptr<Keymap>, Failure> of_layout(const std::string& layout);
  // It came from text() of a Keymap, here or in another process: not the desktop's own.
  static bool made_here(std::string_view text);

  struct Stroke {
    std::uint16_t evdev = 0;
    bool shift = false;
    bool keymap_changed = false;  // upload text() before the key
  };
  // How to type a code point while this group is active: by the layout's own key, else by a spare key, which is given
  // the code point now (the least recently used one, when none is free). Nothing for code points that no keymap can
  // hold. skip_layout: do not use the layout's key.
  std::optional<Stroke> stroke(char32_t code_point, xkb_layout_index_t group, bool skip_layout = false);
  // The key that bears this character without any modifier, the preferred one if it does; 0 when none does.
  [[nodiscard]] std::uint16_t key_of(char32_t code_point, xkb_layout_index_t group, std::uint16_t preferred = 0) const;

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
  using Layout = std::map<char32_t, Stroke>;

  // Everything else, once base_ is there; false when this keymap cannot be used.
  bool complete();
  // base_ with the spare keys' code points; null when xkb refuses.
  [[nodiscard]] std::unique_ptr<xkb_keymap, Free> extended() const;
  bool adopt(const xkb_keymap* keymap);
  [[nodiscard]] std::string key_name(std::uint16_t evdev) const;
  [[nodiscard]] const Layout* layout(xkb_layout_index_t group) const;
  void read_layouts();
  void find_spare_keys();

  std::unique_ptr<xkb_context, Free> context_;
  std::unique_ptr<xkb_keymap, Free> base_;
  std::string before_keys_;  // base_'s text up to the end of its symbols; what closes it follows
  std::vector<Layout> layouts_;
  std::vector<SpareKey> spare_;
  std::uint64_t uses_ = 0;
  std::string text_;
};

}  // namespace punktfunk
