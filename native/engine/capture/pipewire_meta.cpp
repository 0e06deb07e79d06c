#include "engine/capture/pipewire_meta.h"

#include <spa/buffer/meta.h>

#include "engine/capture/damage.h"

namespace punktfunk {

namespace {

template <class Meta>
const volatile Meta* find(const spa_buffer& buffer, std::uint32_t type) {
  return static_cast<const volatile Meta*>(spa_buffer_find_meta_data(&buffer, type, sizeof(Meta)));
}

}  // namespace

PictureMeta read_meta(const spa_buffer& buffer, const PictureFormat& format) {
  PictureMeta meta;
  if (const auto* const header = find<spa_meta_header>(buffer, SPA_META_Header)) {
    meta.pts_ns = header->pts;
    meta.sequence = header->seq;
    meta.corrupted = (header->flags & SPA_META_HEADER_FLAG_CORRUPTED) != 0;
  }
  if (buffer.n_datas > 0 && buffer.datas[0].chunk != nullptr) {
    const volatile spa_chunk& chunk = *buffer.datas[0].chunk;
    meta.corrupted = meta.corrupted || (chunk.flags & SPA_CHUNK_FLAG_CORRUPTED) != 0;
  }
  if (const auto* const crop = find<spa_meta_region>(buffer, SPA_META_VideoCrop)) {
    meta.crop = clipped(crop->region.position.x, crop->region.position.y, crop->region.size.width,
                        crop->region.size.height, format.width, format.height);
  }
  if (const auto* const turned = find<spa_meta_videotransform>(buffer, SPA_META_VideoTransform)) {
    meta.transform = output_transform(turned->transform);
  }
  if (meta.crop.empty()) {
    meta.crop = {0, 0, static_cast<std::int32_t>(format.width), static_cast<std::int32_t>(format.height)};
  }
  if (const spa_meta* const boxes = spa_buffer_find_meta(&buffer, SPA_META_VideoDamage)) {
    const auto* const box = static_cast<const volatile spa_meta_region*>(boxes->data);
    for (std::uint32_t i = 0; i < boxes->size / sizeof(spa_meta_region); ++i) {
      const std::uint32_t width = box[i].region.size.width, height = box[i].region.size.height;
      if (width == 0 || height == 0) {
        break;  // ends the list
      }
      const std::int64_t x = std::int64_t{box[i].region.position.x} - meta.crop.x;
      const std::int64_t y = std::int64_t{box[i].region.position.y} - meta.crop.y;
      meta.damage = united(meta.damage, clipped(x, y, width, height, static_cast<std::uint32_t>(meta.crop.width),
                                                static_cast<std::uint32_t>(meta.crop.height)));
    }
  }
  return meta;
}

}  // namespace punktfunk
