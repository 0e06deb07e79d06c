// What a PipeWire producer says: a format as a pod, metadata of a picture, and where its bytes lie. PipeWire vouches
// for the outer sizes alone (a pod lies in its message, a meta in its memory), so exactly so much is readable here.
#include <fuzzer/FuzzedDataProvider.h>
#include <spa/buffer/meta.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "engine/capture/pipewire_format.h"
#include "engine/capture/pipewire_meta.h"
#include "engine/capture/plane_check.h"

using namespace punktfunk;

namespace {

constexpr std::uint32_t max_side_px = 16384;
constexpr std::array<std::uint32_t, 5> meta_types = {SPA_META_Header, SPA_META_VideoCrop, SPA_META_VideoDamage,
                                                     SPA_META_VideoTransform, SPA_META_Cursor};

void require(bool condition) {
  if (!condition) { std::abort(); }
}

// The bytes alone in memory of their own, so that reading past them is seen.
std::unique_ptr<std::uint8_t[]> exactly(std::span<const std::uint8_t> bytes) {
  auto memory = std::make_unique_for_overwrite<std::uint8_t[]>(bytes.size());
  if (!bytes.empty()) { std::memcpy(memory.get(), bytes.data(), bytes.size()); }
  return memory;
}

bool lies_in(const Rect& box, std::int64_t width, std::int64_t height) {
  return box.x >= 0 && box.y >= 0 && box.width > 0 && box.height > 0 && std::int64_t{box.x} + box.width <= width &&
         std::int64_t{box.y} + box.height <= height;
}

bool parse(std::vector<std::uint8_t> bytes, PictureFormat& format) {
  if (bytes.size() < sizeof(spa_pod)) { return false; }
  spa_pod head;
  std::memcpy(&head, bytes.data(), sizeof head);
  const std::size_t room = bytes.size() - sizeof head;
  if (head.size > room) { head.size = static_cast<std::uint32_t>(room); }
  std::memcpy(bytes.data(), &head, sizeof head);
  const auto memory = exactly(std::span(bytes).first(sizeof head + head.size));
  return parse_format(reinterpret_cast<const spa_pod*>(memory.get()), format);
}

void check_meta(FuzzedDataProvider& input, const PictureFormat& format) {
  std::vector<std::unique_ptr<std::uint8_t[]>> memory;
  std::vector<spa_meta> metas;
  for (std::size_t left = input.ConsumeIntegralInRange<std::size_t>(0, 6); left > 0; --left) {
    const std::uint32_t type = meta_types[input.ConsumeIntegralInRange<std::size_t>(0, meta_types.size() - 1)];
    const auto bytes = input.ConsumeBytes<std::uint8_t>(input.ConsumeIntegralInRange<std::size_t>(0, 200));
    memory.push_back(exactly(bytes));
    metas.push_back({type, static_cast<std::uint32_t>(bytes.size()), memory.back().get()});
  }
  spa_chunk chunk{.offset = input.ConsumeIntegral<std::uint32_t>(),
                  .size = input.ConsumeIntegral<std::uint32_t>(),
                  .stride = input.ConsumeIntegral<std::int32_t>(),
                  .flags = input.ConsumeIntegral<std::int32_t>()};
  spa_data data{};
  data.chunk = input.ConsumeBool() ? &chunk : nullptr;
  data.mapoffset = input.ConsumeIntegral<std::uint32_t>();
  spa_buffer buffer{};
  buffer.n_metas = static_cast<std::uint32_t>(metas.size());
  buffer.metas = metas.data();
  buffer.n_datas = input.ConsumeIntegralInRange<std::uint32_t>(0, 1);
  buffer.datas = &data;

  const PictureMeta meta = read_meta(buffer, format);
  require(lies_in(meta.crop, format.width, format.height));
  require(meta.damage == Rect{} || lies_in(meta.damage, meta.crop.width, meta.crop.height));
  require(static_cast<unsigned>(meta.transform) < 8);

  const PlaneClaim claim{.file_bytes = input.ConsumeIntegral<std::uint64_t>(),
                         .map_offset = data.mapoffset,
                         .chunk_offset = chunk.offset,
                         .chunk_bytes = chunk.size,
                         .chunk_stride = chunk.stride,
                         .width = format.width,
                         .height = format.height,
                         .bytes_per_pixel = bytes_per_pixel};
  const PlaneSpan span = check_plane(claim);
  require(!text(span.verdict).empty());
  if (span.verdict != PlaneVerdict::usable) {
    require(span.file_offset == 0 && span.length == 0 && span.stride == 0);
    return;
  }
  require(span.file_offset <= claim.file_bytes && span.length <= claim.file_bytes - span.file_offset);
  require(span.stride >= std::uint64_t{format.width} * bytes_per_pixel);
  require(span.length ==
          std::uint64_t{span.stride} * (format.height - 1) + std::uint64_t{format.width} * bytes_per_pixel);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  FuzzedDataProvider input(bytes, size);
  PictureFormat format;
  const auto pod = input.ConsumeBytes<std::uint8_t>(input.ConsumeIntegralInRange<std::size_t>(0, 1000));
  if (parse(pod, format)) {
    require(format.width >= 1 && format.width <= max_side_px && format.height >= 1 && format.height <= max_side_px);
    require(format.fourcc != 0);
  } else {  // the metadata's turn all the same
    format = {.fourcc = 1,
              .width = input.ConsumeIntegralInRange<std::uint32_t>(1, max_side_px),
              .height = input.ConsumeIntegralInRange<std::uint32_t>(1, max_side_px)};
  }
  FormatParams params;
  for (const spa_pod* param : params.accept(format)) { require(param != nullptr); }
  check_meta(input, format);
  return 0;
}
