#include "contract/json.h"

#include <algorithm>

namespace punktfunk::contract {

bool Value::refuse(std::string_view reason) const {
  if (refusal_.empty()) { refusal_ = place() + ": " + std::string(reason); }
  return false;
}

std::string Value::place() const {
  if (parent_ == nullptr) { return "the message"; }
  std::string own = index_ ? "[" + std::to_string(*index_) + "]" : std::string(name_);
  if (parent_->parent_ == nullptr) { return own; }
  return parent_->place() + (index_ ? "" : ".") + own;
}

bool Value::present() const {
  return json_ != nullptr || refuse("is missing");
}

bool Value::object(std::initializer_list<std::string_view> names) const {
  return object(std::span(names.begin(), names.size()));
}

bool Value::object(std::span<const std::string_view> names) const {
  if (!present()) { return false; }
  if (!json_->is_object()) { return refuse("must be an object"); }
  for (const auto& [name, value] : json_->items()) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      Value stranger(&value, refusal_);
      stranger.parent_ = this;
      stranger.name_ = name;
      return stranger.refuse("is not known");
    }
  }
  return true;
}

Value Value::operator[](std::string_view name) const {
  const Json* found = nullptr;
  if (json_ != nullptr && json_->is_object()) {
    const auto at = json_->find(name);
    if (at != json_->end()) { found = &*at; }
  }
  Value field(found, refusal_);
  field.parent_ = this;
  field.name_ = name;
  return field;
}

Value Value::operator[](std::size_t index) const {
  Value item(&(*json_)[index], refusal_);
  item.parent_ = this;
  item.index_ = index;
  return item;
}

std::optional<std::size_t> Value::list(std::size_t max_items) const {
  if (!present()) { return std::nullopt; }
  if (json_->is_array() && json_->size() <= max_items) { return json_->size(); }
  (void)refuse("must be a list of at most " + std::to_string(max_items));
  return std::nullopt;
}

std::string_view Value::tag(std::string_view name) const {
  const Value field = (*this)[name];
  const auto* text = field.json_ == nullptr ? nullptr : field.json_->get_ptr<const std::string*>();
  return text == nullptr ? std::string_view() : *text;
}

bool Value::unknown_tag(std::string_view name) const {
  if (!present()) { return false; }
  if (!json_->is_object()) { return refuse("must be an object"); }
  const Value field = (*this)[name];
  return field.present() && field.refuse("is none that is known");
}

// Lengths are counted in characters, as JavaScript does with what is in Unicode's first plane.
bool Value::text(std::string& out, std::size_t max_length) const {
  if (!present()) { return false; }
  const auto* text = json_->get_ptr<const std::string*>();
  if (text == nullptr) { return refuse("must be a text"); }
  const auto length = std::count_if(text->begin(), text->end(),
                                    [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; });
  if (static_cast<std::size_t>(length) > max_length) {
    return refuse("must have at most " + std::to_string(max_length) + " characters");
  }
  out = *text;
  return true;
}

bool Value::flag(bool& out) const {
  if (!present()) { return false; }
  if (!json_->is_boolean()) { return refuse("must be true or false"); }
  out = *json_->get_ptr<const bool*>();
  return true;
}

bool Value::amount(double& out) const {
  if (!present()) { return false; }
  if (!json_->is_number()) { return refuse("must be a number"); }
  out = json_->get<double>();
  return out >= 0 || refuse("must be at least 0");
}

bool Value::whole(std::uint64_t& out, std::uint64_t least, std::uint64_t most, std::uint64_t multiple) const {
  if (!present()) { return false; }
  if (!json_->is_number_integer()) { return refuse("must be a whole number"); }
  if (!json_->is_number_unsigned() || json_->get<std::uint64_t>() < least) {
    return refuse("must be at least " + std::to_string(least));
  }
  out = json_->get<std::uint64_t>();
  if (out > most) { return refuse("must be at most " + std::to_string(most)); }
  return out % multiple == 0 || refuse("must be a multiple of " + std::to_string(multiple));
}

std::optional<std::size_t> Value::one_of(std::span<const std::string_view> words) const {
  if (!present()) { return std::nullopt; }
  const auto* text = json_->get_ptr<const std::string*>();
  const auto found = text == nullptr ? words.end() : std::find(words.begin(), words.end(), *text);
  if (found != words.end()) { return static_cast<std::size_t>(found - words.begin()); }
  (void)refuse("is none that is known");
  return std::nullopt;
}

bool read(const Value& v, bool& out) {
  return v.flag(out);
}

bool read(const Value& v, double& out) {
  return v.amount(out);
}

bool read(const Value& v, std::string& out, std::size_t max_length) {
  return v.text(out, max_length);
}

bool read(const Value& v, std::string& out, Hex hex) {
  if (!v.text(out, hex.digits)) { return false; }
  const bool all = out.find_first_not_of("0123456789abcdef") == std::string::npos;
  return (all && out.size() == hex.digits) || v.refuse("must be " + std::to_string(hex.digits) + " hex digits");
}

bool read(const Value& v, Failure& out) {
  std::size_t code = 0;
  const std::string_view name = v.tag("code");
  while (code < problem_codes && text(static_cast<ProblemCode>(code)) != name) { ++code; }
  if (code == problem_codes) { return v.unknown_tag("code"); }
  if (!v.object({"code", "parameters"})) { return false; }
  out.code = static_cast<ProblemCode>(code);
  const auto names = parameter_names(out.code);
  const Value parameters = v["parameters"];
  if (!parameters.object(names)) { return false; }
  out.parameters.resize(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!parameters[names[i]].text(out.parameters[i], max_parameter_length)) { return false; }
  }
  return true;
}

Json json(const Failure& failure) {
  const auto names = parameter_names(failure.code);
  Json parameters = Json::object();
  for (std::size_t i = 0; i < names.size(); ++i) { parameters[std::string(names[i])] = failure.parameters[i]; }
  return Json::object({{"code", text(failure.code)}, {"parameters", parameters}});
}

bool parse(std::string_view text, std::size_t max_bytes, Json& document, std::string& refusal) {
  if (text.size() > max_bytes) {
    refusal = "the message: has more than " + std::to_string(max_bytes) + " bytes";
    return false;
  }
  document = Json::parse(text, nullptr, false);
  if (document.is_discarded()) { refusal = "the message: is not JSON"; }
  return refusal.empty();
}

std::string as_text(const Json& document) {
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace punktfunk::contract
