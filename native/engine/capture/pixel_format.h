// Names and numbers of the packed pixel formats that capture deals in.
#pragma once

#include <drm_fourcc.h>
#include <wayland-client-protocol.h>

#include <cstdint>
#include <string>

namespace punktfunk {

// wl_shm numbers two formats itself and takes DRM's numbers for the rest.
inline std::uint32_t drm_fourcc(std::uint32_t shm_format) {
  switch (shm_format) {
    case WL_SHM_FORMAT_ARGB8888:
      return DRM_FORMAT_ARGB8888;
    case WL_SHM_FORMAT_XRGB8888:
      return DRM_FORMAT_XRGB8888;
    default:
      return shm_format;
  }
}

// Whether the software encoders' conversion takes it (encode/convert.h).
inline bool encodable(std::uint32_t fourcc) {
  return fourcc == DRM_FORMAT_XRGB8888 || fourcc == DRM_FORMAT_ARGB8888 || fourcc == DRM_FORMAT_XBGR8888 ||
         fourcc == DRM_FORMAT_ABGR8888;
}

// "XR24"; what cannot be printed becomes a question mark.
inline std::string fourcc_name(std::uint32_t fourcc) {
  std::string name;
  for (int shift = 0; shift < 32; shift += 8) {
    const char c = static_cast<char>(fourcc >> shift & 0xFF);
    name += c >= ' ' && c <= '~' ? c : '?';
  }
  return name;
}

}  // namespace punktfunk
