// What the C ABI's functions share: statuses, structs of any version, one thread at a time.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

#include "core/status.h"
#include "punktfunk_core.h"

namespace punktfunk::abi {

inline punktfunk_status code(Status status) {
  return static_cast<punktfunk_status>(status);
}

// Reads a struct of the caller's version over defaults: shorter than its first version is refused, and so is a longer
// one whose new fields ask for something. first_bytes: size of its first version.
template <typename T>
punktfunk_status read_struct(const T* from, std::size_t first_bytes, T& to) {
  if (!from || from->struct_size < first_bytes) { return PUNKTFUNK_INVALID_ARGUMENT; }
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(from);
  for (std::size_t i = sizeof(T); i < from->struct_size; ++i) {
    if (bytes[i] != 0) { return PUNKTFUNK_UNSUPPORTED; }
  }
  const std::uint32_t size = from->struct_size;
  std::memcpy(&to, from, std::min<std::size_t>(size, sizeof(T)));
  return PUNKTFUNK_OK;
}

// Whether the caller's struct can be written at all; asked before anything is taken from an object.
template <typename T>
bool writable(const T* to, std::size_t first_bytes) {
  return to && to->struct_size >= first_bytes;
}

// Writes as much as the caller's struct holds; its struct_size stays, fields of a newer caller become 0.
template <typename T>
void write_struct(const T& from, T* to) {
  const std::uint32_t size = to->struct_size;
  std::memset(to, 0, size);
  std::memcpy(to, &from, std::min<std::size_t>(size, sizeof(T)));
  to->struct_size = size;
}

// Objects are for one thread at a time: a second one is told, not let in.
class Entrance {
 public:
  bool enter() { return !busy_.test_and_set(std::memory_order_acquire); }
  void leave() { busy_.clear(std::memory_order_release); }

 private:
  std::atomic_flag busy_ = ATOMIC_FLAG_INIT;
};

// What a C handle points at. The handle's own type is never defined, so that nothing of the inside shows in the ABI.
template <typename Handle>
struct Inside;
template <typename Handle>
using Object = typename Inside<Handle>::type;
template <typename Handle>
Object<Handle>* object_of(Handle* handle) {
  return reinterpret_cast<Object<Handle>*>(handle);
}

// Runs `what` with the object to itself. Nothing may unwind into C.
template <typename Handle, typename What>
punktfunk_status inside(Handle* handle, What what) noexcept {
  Object<Handle>* const object = object_of(handle);
  if (!object) { return PUNKTFUNK_INVALID_ARGUMENT; }
  if (!object->entrance.enter()) { return PUNKTFUNK_WRONG_STATE; }
  punktfunk_status status = PUNKTFUNK_INTERNAL;
  try {
    status = what(*object);
  } catch (const std::bad_alloc&) { status = PUNKTFUNK_NO_MEMORY; } catch (...) {
    status = PUNKTFUNK_INTERNAL;
  }
  object->entrance.leave();
  return status;
}

// Makes an object that has a status() of its own.
template <typename Handle, typename... Arguments>
punktfunk_status create(Handle** out, const Arguments&... arguments) noexcept {
  *out = nullptr;
  try {
    auto object = std::make_unique<Object<Handle>>(arguments...);
    const punktfunk_status status = code(object->status());
    if (status == PUNKTFUNK_OK) { *out = reinterpret_cast<Handle*>(object.release()); }
    return status;
  } catch (const std::bad_alloc&) { return PUNKTFUNK_NO_MEMORY; } catch (...) {
    return PUNKTFUNK_INTERNAL;
  }
}

}  // namespace punktfunk::abi
