#include "engine/input/keymap.h"

#include <linux/input-event-codes.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "engine/input/utf8.h"
#include "engine/input/virtual_keys.h"

namespace punktfunk {
namespace {

constexpr std::uint32_t xkb_offset = 8;  // xkb key codes are evdev codes + 8
// Keys without a place on a keyboard, so that a program that looks at codes instead of symbols takes them for nothing
// it knows.
constexpr std::uint16_t first_spare_evdev = 200;
constexpr std::uint16_t last_spare_evdev = 246;

bool sent_for_a_virtual_key(std::uint16_t evdev) {
  for (unsigned virtual_key = 0; virtual_key < 256; ++virtual_key)
    if (evdev_from_virtual_key(static_cast<std::uint8_t>(virtual_key)) == evdev) return true;
  return false;
}

std::string symbol_name(xkb_keysym_t symbol) {
  std::array<char, 64> name{};
  const int length = xkb_keysym_get_name(symbol, name.data(), name.size());
  return length > 0 ? std::string(name.data(), static_cast<std::size_t>(length)) : std::string();
}

}  // namespace

std::unique_ptr<Keymap> Keymap::make(std::string& error) {
  std::unique_ptr<Keymap> keymap(new Keymap);
  keymap->context_.reset(xkb_context_new(XKB_CONTEXT_NO_FLAGS));
  if (!keymap->context_) {
    error = "The keyboard layouts of this machine cannot be read: install xkb-data (xkeyboard-config).";
    return nullptr;
  }
  xkb_context_set_log_level(keymap->context_.get(), XKB_LOG_LEVEL_CRITICAL);
  keymap->base_ = keymap->compile();
  if (!keymap->base_ || !keymap->adopt(keymap->base_.get())) {
    error = "The US keyboard layout cannot be made: install xkb-data (xkeyboard-config).";
    return nullptr;
  }
  keymap->read_layout();
  keymap->find_spare_keys();
  return keymap;
}

std::unique_ptr<xkb_keymap, Keymap::Free> Keymap::compile() const {
  // What "us" leaves out or gives to media symbols: F13 to F24 as themselves, and the key between slash and right
  // shift.
  std::string extra = "  replace key <AB11> { [ slash, question ] };\n";
  for (int f = 13; f <= 24; ++f)
    extra += "  replace key <FK" + std::to_string(f) + "> { [ F" + std::to_string(f) + " ] };\n";
  for (const SpareKey& key : spare_) {
    if (key.code_point == 0) continue;
    extra += "  replace key <" + key.name + "> { type[Group1] = \"ONE_LEVEL\", symbols[Group1] = [ " +
             symbol_name(xkb_utf32_to_keysym(key.code_point)) + " ] };\n";
  }
  const std::string source =
      "xkb_keymap {\n"
      " xkb_keycodes { include \"evdev+aliases(qwerty)\" };\n"
      " xkb_types { include \"complete\" };\n"
      " xkb_compat { include \"complete\" };\n"
      " xkb_symbols { include \"pc+us+inet(evdev)\"\n" +
      extra + " };\n};\n";
  return std::unique_ptr<xkb_keymap, Free>(xkb_keymap_new_from_string(
      context_.get(), source.c_str(), XKB_KEYMAP_FORMAT_TEXT_V1, XKB_KEYMAP_COMPILE_NO_FLAGS));
}

bool Keymap::adopt(const xkb_keymap* keymap) {
  char* text = xkb_keymap_get_as_string(const_cast<xkb_keymap*>(keymap), XKB_KEYMAP_FORMAT_TEXT_V1);
  if (text == nullptr) return false;
  text_ = text;
  std::free(text);
  return true;
}

// The keys of the main block only: those of the keypad change with Num Lock.
void Keymap::read_layout() {
  for (std::uint16_t evdev = KEY_1; evdev <= KEY_SPACE; ++evdev) {
    if (!sent_for_a_virtual_key(evdev) || evdev == KEY_KPASTERISK) continue;
    for (unsigned level = 0; level < 2; ++level) {
      const xkb_keysym_t* symbols = nullptr;
      if (xkb_keymap_key_get_syms_by_level(base_.get(), evdev + xkb_offset, 0, level, &symbols) != 1) continue;
      const char32_t code_point = xkb_keysym_to_utf32(symbols[0]);
      if (!is_control(code_point)) layout_.try_emplace(code_point, Stroke{evdev, level == 1, false});
    }
  }
}

void Keymap::find_spare_keys() {
  for (std::uint16_t evdev = first_spare_evdev; evdev <= last_spare_evdev; ++evdev) {
    const char* name = xkb_keymap_key_get_name(base_.get(), evdev + xkb_offset);
    if (name != nullptr && !sent_for_a_virtual_key(evdev)) spare_.push_back({evdev, name, 0, 0});
  }
}

std::optional<Keymap::Stroke> Keymap::stroke(char32_t code_point, bool skip_layout) {
  if (is_control(code_point)) return std::nullopt;
  if (!skip_layout)
    if (const auto found = layout_.find(code_point); found != layout_.end()) return found->second;

  const auto known =
      std::find_if(spare_.begin(), spare_.end(), [&](const SpareKey& k) { return k.code_point == code_point; });
  if (known != spare_.end()) {
    known->used = ++uses_;
    return Stroke{known->evdev, false, false};
  }
  if (spare_.empty() || symbol_name(xkb_utf32_to_keysym(code_point)).empty() ||
      xkb_utf32_to_keysym(code_point) == XKB_KEY_NoSymbol)
    return std::nullopt;
  const auto oldest = std::min_element(spare_.begin(), spare_.end(),
                                       [](const SpareKey& a, const SpareKey& b) { return a.used < b.used; });
  const char32_t before = oldest->code_point;
  oldest->code_point = code_point;
  const auto extended = compile();
  if (!extended || !adopt(extended.get())) {
    oldest->code_point = before;
    return std::nullopt;
  }
  oldest->used = ++uses_;
  return Stroke{oldest->evdev, false, true};
}

}  // namespace punktfunk
