#include "engine/capture/pipewire_format.h"

#include <drm_fourcc.h>
#include <spa/buffer/buffer.h>
#include <spa/buffer/meta.h>
#include <spa/param/buffers.h>
#include <spa/param/format-utils.h>
#include <spa/param/param.h>
#include <spa/param/video/format-utils.h>

#include <algorithm>
#include <cstring>

namespace punktfunk {

namespace {

constexpr std::uint32_t max_side_px = 16384;
constexpr std::uint32_t max_fps = 1000;
constexpr int preferred_buffers = 4, min_buffers = 2, max_buffers = 16;
constexpr int max_damage_boxes = 16;

enum class Offer { exact, any_size, linear_dmabuf };

const spa_pod* format_param(spa_pod_builder& builder, const SourceConfig& wanted, Offer offer) {
  spa_pod_frame object;
  spa_pod_builder_push_object(&builder, &object, SPA_TYPE_OBJECT_Format, SPA_PARAM_EnumFormat);
  spa_pod_builder_add(&builder, SPA_FORMAT_mediaType, SPA_POD_Id(SPA_MEDIA_TYPE_video), SPA_FORMAT_mediaSubtype,
                      SPA_POD_Id(SPA_MEDIA_SUBTYPE_raw), SPA_FORMAT_VIDEO_format,
                      SPA_POD_CHOICE_ENUM_Id(5, SPA_VIDEO_FORMAT_BGRx, SPA_VIDEO_FORMAT_BGRx, SPA_VIDEO_FORMAT_BGRA,
                                             SPA_VIDEO_FORMAT_RGBx, SPA_VIDEO_FORMAT_RGBA),
                      0);
  if (offer == Offer::linear_dmabuf) {
    spa_pod_builder_prop(&builder, SPA_FORMAT_VIDEO_modifier, SPA_POD_PROP_FLAG_MANDATORY);
    spa_pod_builder_long(&builder, DRM_FORMAT_MOD_LINEAR);
  }
  const spa_rectangle size{std::clamp(wanted.width, 1u, max_side_px), std::clamp(wanted.height, 1u, max_side_px)};
  const spa_rectangle smallest{1, 1}, largest{max_side_px, max_side_px};
  const spa_fraction rate{std::clamp(wanted.fps, 1u, max_fps), 1}, variable{0, 1}, slowest{1, 1}, fastest{max_fps, 1};
  if (offer == Offer::exact) {
    spa_pod_builder_add(&builder, SPA_FORMAT_VIDEO_size, SPA_POD_Rectangle(&size), SPA_FORMAT_VIDEO_framerate,
                        SPA_POD_Fraction(&variable), SPA_FORMAT_VIDEO_maxFramerate, SPA_POD_Fraction(&rate), 0);
  } else {
    spa_pod_builder_add(&builder, SPA_FORMAT_VIDEO_size, SPA_POD_CHOICE_RANGE_Rectangle(&size, &smallest, &largest),
                        SPA_FORMAT_VIDEO_framerate, SPA_POD_CHOICE_RANGE_Fraction(&variable, &variable, &fastest),
                        SPA_FORMAT_VIDEO_maxFramerate, SPA_POD_CHOICE_RANGE_Fraction(&rate, &slowest, &fastest), 0);
  }
  return static_cast<const spa_pod*>(spa_pod_builder_pop(&builder, &object));
}

const spa_pod* meta_param(spa_pod_builder& builder, std::uint32_t type, int least_bytes, int most_bytes) {
  return static_cast<const spa_pod*>(spa_pod_builder_add_object(
      &builder, SPA_TYPE_OBJECT_ParamMeta, SPA_PARAM_Meta, SPA_PARAM_META_type, SPA_POD_Id(type), SPA_PARAM_META_size,
      SPA_POD_CHOICE_RANGE_Int(most_bytes, least_bytes, most_bytes)));
}

}  // namespace

std::vector<const spa_pod*> FormatParams::enumerate(const SourceConfig& wanted) {
  spa_pod_builder builder;
  spa_pod_builder_init(&builder, storage_, sizeof storage_);
  return {format_param(builder, wanted, Offer::exact), format_param(builder, wanted, Offer::any_size),
          format_param(builder, wanted, Offer::linear_dmabuf)};
}

std::vector<const spa_pod*> FormatParams::accept(const PictureFormat& format) {
  spa_pod_builder builder;
  spa_pod_builder_init(&builder, storage_, sizeof storage_);
  const int data_types = format.dmabuf ? 1 << SPA_DATA_DmaBuf : 1 << SPA_DATA_MemFd | 1 << SPA_DATA_MemPtr;
  constexpr int region = sizeof(spa_meta_region), header = sizeof(spa_meta_header),
                transform = sizeof(spa_meta_videotransform);
  return {static_cast<const spa_pod*>(spa_pod_builder_add_object(
              &builder, SPA_TYPE_OBJECT_ParamBuffers, SPA_PARAM_Buffers, SPA_PARAM_BUFFERS_buffers,
              SPA_POD_CHOICE_RANGE_Int(preferred_buffers, min_buffers, max_buffers), SPA_PARAM_BUFFERS_dataType,
              SPA_POD_CHOICE_FLAGS_Int(data_types))),
          meta_param(builder, SPA_META_Header, header, header), meta_param(builder, SPA_META_VideoCrop, region, region),
          meta_param(builder, SPA_META_VideoTransform, transform, transform),
          meta_param(builder, SPA_META_VideoDamage, region, region * max_damage_boxes)};
}

bool parse_format(const spa_pod* param, PictureFormat& format) {
  std::uint32_t media_type = 0, media_subtype = 0;
  if (spa_format_parse(param, &media_type, &media_subtype) < 0 || media_type != SPA_MEDIA_TYPE_video ||
      media_subtype != SPA_MEDIA_SUBTYPE_raw) {
    return false;
  }
  spa_video_info_raw info{};
  if (spa_format_video_raw_parse(param, &info) < 0) { return false; }
  format = {.width = info.size.width, .height = info.size.height};
  std::uint32_t order = 0;  // a number: the producer's may be none of the enumeration's
  std::memcpy(&order, &info.format, sizeof order);
  switch (order) {  // SPA names the order of bytes in memory, DRM that of bits in a little-endian word
    case SPA_VIDEO_FORMAT_BGRx:
      format.fourcc = DRM_FORMAT_XRGB8888;
      break;
    case SPA_VIDEO_FORMAT_BGRA:
      format.fourcc = DRM_FORMAT_ARGB8888;
      break;
    case SPA_VIDEO_FORMAT_RGBx:
      format.fourcc = DRM_FORMAT_XBGR8888;
      break;
    case SPA_VIDEO_FORMAT_RGBA:
      format.fourcc = DRM_FORMAT_ABGR8888;
      break;
    default:
      return false;
  }
  format.dmabuf = spa_pod_find_prop(param, nullptr, SPA_FORMAT_VIDEO_modifier) != nullptr;
  return format.width > 0 && format.height > 0 && format.width <= max_side_px && format.height <= max_side_px;
}

}  // namespace punktfunk
