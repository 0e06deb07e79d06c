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
// The name of our symbols, by which our own keymap is known again when the compositor shows it to everybody.
constexpr std::string_view our_symbols = "xkb_symbols \"punktfunk\" {";

bool sent_for_a_virtual_key(std::uint16_t evdev) {
  for (unsigned virtual_key = 0; virtual_key < 256; ++virtual_key) {
    if (evdev_from_virtual_key(static_cast<std::uint8_t>(virtual_key)) == evdev) { return true; }
  }
  return false;
}

std::string symbol_name(xkb_keysym_t symbol) {
  std::array<char, 64> name{};
  const int length = xkb_keysym_get_name(symbol, name.data(), name.size());
  return length > 0 ? std::string(name.data(), static_cast<std::size_t>(length)) : std::string();
}

std::string text_of(const xkb_keymap* keymap) {
  char* text = xkb_keymap_get_as_string(const_cast<xkb_keymap*>(keymap), XKB_KEYMAP_FORMAT_TEXT_V1);
  if (text == nullptr) { return ""; }
  std::string copy = text;
  std::free(text);
  return copy;
}

// "de(neo),us" in xkb's two lists: "de,us" and "neo,".
struct Layouts {
  std::string names, variants;
};
Layouts split(const std::string& layout) {
  Layouts lists;
  bool variant = false;
  for (const char c : layout) {
    if (c == '(' || c == ')') {
      variant = c == '(';
    } else if (c == ',') {
      lists.names += c;
      lists.variants += c;
    } else {
      (variant ? lists.variants : lists.names) += c;
    }
  }
  return lists;
}

}  // namespace

std::unique_ptr<Keymap> Keymap::of_text(const std::string& text) {
  auto keymap = std::make_unique<Keymap>(Private{});
  // It is complete in itself: neither this machine's layouts nor the environment have a say.
  keymap->context_.reset(xkb_context_new(
      static_cast<xkb_context_flags>(XKB_CONTEXT_NO_DEFAULT_INCLUDES | XKB_CONTEXT_NO_ENVIRONMENT_NAMES)));
  if (!keymap->context_) { return nullptr; }
  xkb_context_set_log_level(keymap->context_.get(), XKB_LOG_LEVEL_CRITICAL);
  keymap->base_.reset(xkb_keymap_new_from_string(keymap->context_.get(), text.c_str(), XKB_KEYMAP_FORMAT_TEXT_V1,
                                                 XKB_KEYMAP_COMPILE_NO_FLAGS));
  return keymap->complete() ? std::move(keymap) : nullptr;
}

Result<std::unique_ptr<Keymap>, Failure> Keymap::of_layout(const std::string& layout) {
  auto keymap = std::make_unique<Keymap>(Private{});
  keymap->context_.reset(xkb_context_new(XKB_CONTEXT_NO_FLAGS));
  if (keymap->context_) {
    xkb_context_set_log_level(keymap->context_.get(), XKB_LOG_LEVEL_CRITICAL);
    const Layouts lists = split(layout);
    xkb_rule_names names{};
    if (!layout.empty()) {
      names.layout = lists.names.c_str();
      names.variant = lists.variants.c_str();
    }
    keymap->base_.reset(xkb_keymap_new_from_names(keymap->context_.get(), &names, XKB_KEYMAP_COMPILE_NO_FLAGS));
    if (keymap->complete()) { return keymap; }
  }
  if (layout.empty()) { return problem::keyboard_layouts_missing(); }
  return problem::keyboard_layout_unknown(layout);
}

bool Keymap::made_here(std::string_view text) {
  return text.find(our_symbols) != std::string_view::npos;
}

bool Keymap::complete() {
  if (!base_) { return false; }
  // libxkbcommon writes the symbols last: the text ends with what closes them and what closes the keymap.
  constexpr std::string_view close = "};";
  std::string text = text_of(base_.get());
  const std::size_t symbols = text.find("\nxkb_symbols ");
  const std::size_t keymap_end = text.rfind(close);
  if (symbols == std::string::npos || keymap_end == std::string::npos || keymap_end == 0) { return false; }
  const std::size_t symbols_end = text.rfind(close, keymap_end - 1);
  const std::size_t line_end = text.find('\n', symbols + 1);
  if (symbols_end == std::string::npos || symbols_end < line_end) { return false; }
  text.resize(symbols_end);
  before_keys_.append(text, 0, symbols + 1).append(our_symbols).append(text, line_end);
  read_layouts();
  find_spare_keys();
  const auto first = extended();
  return first && adopt(first.get()) &&
         std::any_of(layouts_.begin(), layouts_.end(), [](const Layout& l) { return !l.empty(); });
}

std::string Keymap::key_name(std::uint16_t evdev) const {
  const char* name = xkb_keymap_key_get_name(base_.get(), evdev + xkb_offset);
  return name != nullptr ? name : "";
}

std::unique_ptr<xkb_keymap, Keymap::Free> Keymap::extended() const {
  std::string extra;
  const auto put = [&](const std::string& name, const std::string& symbols) {
    if (!name.empty()) {
      extra.append("\treplace key <").append(name).append("> { [ ").append(symbols).append(" ] };\n");
    }
  };
  // What layouts leave out or give to media symbols: F13 to F24 as themselves, and the key between slash and right
  // shift.
  for (std::uint16_t f = 13; f <= 24; ++f) {
    put(key_name(static_cast<std::uint16_t>(KEY_F13 + f - 13)), std::string("F").append(std::to_string(f)));
  }
  if (xkb_keymap_num_layouts_for_key(base_.get(), KEY_RO + xkb_offset) == 0) {
    put(key_name(KEY_RO), "slash, question");
  }
  for (const SpareKey& key : spare_) {
    if (key.code_point != 0) { put(key.name, symbol_name(xkb_utf32_to_keysym(key.code_point))); }
  }
  const std::string source = before_keys_ + extra + "};\n\n};\n";
  return std::unique_ptr<xkb_keymap, Free>(xkb_keymap_new_from_string(
      context_.get(), source.c_str(), XKB_KEYMAP_FORMAT_TEXT_V1, XKB_KEYMAP_COMPILE_NO_FLAGS));
}

bool Keymap::adopt(const xkb_keymap* keymap) {
  std::string text = text_of(keymap);
  if (text.empty()) { return false; }
  text_ = std::move(text);
  return true;
}

// The keys of the main block only: those of the keypad change with Num Lock. Only what needs no modifier but shift.
void Keymap::read_layouts() {
  const xkb_mod_mask_t shift = 1u << xkb_keymap_mod_get_index(base_.get(), XKB_MOD_NAME_SHIFT);
  layouts_.assign(xkb_keymap_num_layouts(base_.get()), {});
  for (std::uint16_t evdev = KEY_1; evdev <= KEY_YEN; ++evdev) {
    const bool main_block = evdev <= KEY_SPACE || evdev == KEY_102ND || evdev == KEY_RO || evdev == KEY_YEN;
    if (!main_block || evdev == KEY_KPASTERISK) { continue; }
    const xkb_keycode_t key = evdev + xkb_offset;
    for (xkb_layout_index_t group = 0; group < xkb_keymap_num_layouts_for_key(base_.get(), key); ++group) {
      const xkb_level_index_t levels = std::min(xkb_keymap_num_levels_for_key(base_.get(), key, group), 2u);
      for (xkb_level_index_t level = 0; level < levels; ++level) {
        std::array<xkb_mod_mask_t, 16> masks{};
        const std::size_t ways =
            xkb_keymap_key_get_mods_for_level(base_.get(), key, group, level, masks.data(), masks.size());
        const auto end = masks.begin() + static_cast<std::ptrdiff_t>(ways);
        const xkb_keysym_t* symbols = nullptr;
        if (std::find(masks.begin(), end, level == 0 ? 0 : shift) == end ||
            xkb_keymap_key_get_syms_by_level(base_.get(), key, group, level, &symbols) != 1) {
          continue;
        }
        const char32_t code_point = xkb_keysym_to_utf32(symbols[0]);
        if (!is_control(code_point)) { layouts_[group].try_emplace(code_point, Stroke{evdev, level == 1, false}); }
      }
    }
  }
}

void Keymap::find_spare_keys() {
  for (std::uint16_t evdev = first_spare_evdev; evdev <= last_spare_evdev; ++evdev) {
    std::string name = key_name(evdev);
    if (!name.empty() && !sent_for_a_virtual_key(evdev)) { spare_.push_back({evdev, std::move(name), 0, 0}); }
  }
}

const Keymap::Layout* Keymap::layout(xkb_layout_index_t group) const {
  return group < layouts_.size() ? &layouts_[group] : nullptr;
}

std::uint16_t Keymap::key_of(char32_t code_point, xkb_layout_index_t group, std::uint16_t preferred) const {
  const xkb_keysym_t* symbols = nullptr;
  if (preferred != 0 &&
      xkb_keymap_key_get_syms_by_level(base_.get(), preferred + xkb_offset, group, 0, &symbols) == 1 &&
      xkb_keysym_to_utf32(symbols[0]) == code_point) {
    return preferred;
  }
  const Layout* keys = layout(group);
  if (keys == nullptr) { return 0; }
  const auto found = keys->find(code_point);
  return found != keys->end() && !found->second.shift ? found->second.evdev : std::uint16_t{0};
}

std::optional<Keymap::Stroke> Keymap::stroke(char32_t code_point, xkb_layout_index_t group, bool skip_layout) {
  if (is_control(code_point)) { return std::nullopt; }
  const Layout* keys = skip_layout ? nullptr : layout(group);
  if (keys != nullptr) {
    if (const auto found = keys->find(code_point); found != keys->end()) { return found->second; }
  }

  const auto known =
      std::find_if(spare_.begin(), spare_.end(), [&](const SpareKey& k) { return k.code_point == code_point; });
  if (known != spare_.end()) {
    known->used = ++uses_;
    return Stroke{known->evdev, false, false};
  }
  if (spare_.empty() || symbol_name(xkb_utf32_to_keysym(code_point)).empty() ||
      xkb_utf32_to_keysym(code_point) == XKB_KEY_NoSymbol) {
    return std::nullopt;
  }
  const auto oldest = std::min_element(spare_.begin(), spare_.end(),
                                       [](const SpareKey& a, const SpareKey& b) { return a.used < b.used; });
  const char32_t before = oldest->code_point;
  oldest->code_point = code_point;
  const auto with_it = extended();
  if (!with_it || !adopt(with_it.get())) {
    oldest->code_point = before;
    return std::nullopt;
  }
  oldest->used = ++uses_;
  return Stroke{oldest->evdev, false, true};
}

}  // namespace punktfunk
