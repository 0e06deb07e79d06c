#include "engine/encode/convert.h"

#include <libyuv/rotate_argb.h>
#include <libyuv/scale_argb.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <vector>

#include "engine/capture/damage.h"
#include "engine/encode/nv12_rows.h"

namespace punktfunk {
namespace {

constexpr std::uint32_t fourcc(const char (&s)[5]) {
  return static_cast<std::uint32_t>(s[0]) | static_cast<std::uint32_t>(s[1]) << 8 |
         static_cast<std::uint32_t>(s[2]) << 16 | static_cast<std::uint32_t>(s[3]) << 24;
}
constexpr std::uint32_t bgrx = fourcc("XR24"), bgra = fourcc("AR24"), rgbx = fourcc("XB24"), rgba = fourcc("AB24");
constexpr FrameFormat known_formats[] = {{bgrx, 0}, {bgra, 0}, {rgbx, 0}, {rgba, 0}};
constexpr std::uint32_t max_side_px = 16384;
constexpr std::size_t alignment_bytes = 64;

struct AlignedFree {
  void operator()(std::uint8_t* p) const { ::operator delete[](p, std::align_val_t{alignment_bytes}); }
};
using Buffer = std::unique_ptr<std::uint8_t[], AlignedFree>;

Buffer allocate(std::size_t bytes) {
  return Buffer{new (std::align_val_t{alignment_bytes}, std::nothrow) std::uint8_t[bytes]};
}
std::uint32_t aligned(std::uint32_t v) {
  return (v + alignment_bytes - 1) / alignment_bytes * alignment_bytes;
}

// A rectangle of the picture, all sides even.
struct Area {
  std::uint32_t x = 0, y = 0, width = 0, height = 0;
};

// The 32-bit picture that is converted: the frame itself, or its upright or scaled copy. stride may be negative
// (bottom-up frames).
struct Pixels {
  const std::uint8_t* data;
  std::ptrdiff_t stride;
};

bool same(const std::uint8_t* a, const std::uint8_t* b, std::size_t bytes) {
  return bytes == macroblock_px ? std::memcmp(a, b, macroblock_px) == 0 : std::memcmp(a, b, bytes) == 0;
}

// Where a source of that size goes: as large as possible, in the middle, never distorted beyond rounding to even sides.
Area letterbox(std::uint32_t source_width, std::uint32_t source_height, std::uint32_t width, std::uint32_t height) {
  const std::uint64_t by_width = static_cast<std::uint64_t>(source_height) * width,
                      by_height = static_cast<std::uint64_t>(source_width) * height;
  Area area{0, 0, width, height};
  const auto even = [](std::uint64_t numerator, std::uint64_t denominator, std::uint32_t limit) {
    const std::uint64_t rounded = (numerator + denominator) / (2 * denominator) * 2;
    return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(rounded, 2, limit));
  };
  if (by_width < by_height) {
    area.height = even(by_width, source_width, height);
  } else {
    area.width = even(by_height, source_height, width);
  }
  area.x = (width - area.width) / 4 * 2;
  area.y = (height - area.height) / 4 * 2;
  return area;
}

// A desktop's side that is streamed point by point: a stream's is even.
bool fits(std::uint32_t source, std::uint32_t target) {
  return source == target || source == target + 1;
}

// Where a box of the buffer lies once the buffer is upright.
Rect upright(const Rect& box, const Uprighting& how, std::int32_t width, std::int32_t height) {
  const std::int32_t right = width - box.x - box.width, below = height - box.y - box.height;
  const std::int32_t top = how.mirror ? below : box.y, bottom = how.mirror ? box.y : below;
  switch (how.clockwise_degrees) {
    case 90:
      return {bottom, box.x, box.height, box.width};
    case 180:
      return {right, bottom, box.width, box.height};
    case 270:
      return {top, right, box.height, box.width};
    default:
      return {box.x, top, box.width, box.height};
  }
}

}  // namespace

struct Converter::State {
  std::uint32_t width, height;
  Colorspace colorspace;
  bool full_range;
  Buffer y, uv;
  Buffer rows;  // two of luma, one of chroma, until it is known whether they differ from the picture's
  std::uint32_t columns;
  std::vector<std::uint8_t> still;  // a byte a macroblock
  Picture picture;
  const Nv12Kernel* kernel;
  const Nv12Kernel* scalar;

  // The geometry of the last frame; another one means a whole conversion.
  std::uint32_t source_width = 0, source_height = 0, source_fourcc = 0;
  Uprighting how;
  std::uint32_t used_width = 0, used_height = 0;  // of the upright frame
  FixedMatrix matrix{};
  Area active;
  Buffer turned;  // the upright frame, where reading rows backwards does not make it so
  std::uint32_t turned_stride = 0;
  Buffer scaled;  // active.width x active.height pixels, when the sizes differ
  std::uint32_t scaled_stride = 0;

  State(std::uint32_t w, std::uint32_t h, Colorspace cs, bool full)
      : width(w),
        height(h),
        colorspace(cs),
        full_range(full),
        columns((w + macroblock_px - 1) / macroblock_px),
        still(std::size_t{columns} * ((h + macroblock_px - 1) / macroblock_px)) {
    const std::uint32_t stride = aligned(w);
    y = allocate(std::size_t{stride} * h);
    uv = allocate(std::size_t{stride} * h / 2);
    rows = allocate(std::size_t{stride} * 3);
    if (!y || !uv || !rows) { throw std::bad_alloc(); }
    picture = {y.get(), uv.get(), stride, stride, still.data()};
    unsigned count = 0;
    kernel = nv12_kernels(count);
    scalar = kernel + count - 1;
    blank();
  }

  void blank() {
    std::memset(y.get(), full_range ? 0 : 16, std::size_t{picture.y_stride} * height);
    std::memset(uv.get(), 128, std::size_t{picture.uv_stride} * height / 2);
    std::ranges::fill(still, std::uint8_t{0});
  }

  [[nodiscard]] bool has_geometry(const Frame& frame, const Uprighting& wanted) const {
    return frame.width == source_width && frame.height == source_height && frame.fourcc == source_fourcc &&
           how == wanted;
  }

  Status set_geometry(const Frame& frame, const Uprighting& wanted) {
    how = wanted;
    const bool swapped = how.clockwise_degrees % 180 != 0;
    const std::uint32_t upright_width = swapped ? frame.height : frame.width,
                        upright_height = swapped ? frame.width : frame.height;
    const bool as_it_is = fits(upright_width, width) && fits(upright_height, height);
    used_width = as_it_is ? width : upright_width;
    used_height = as_it_is ? height : upright_height;
    active = letterbox(used_width, used_height, width, height);
    source_fourcc = 0;  // no geometry until all of it is there
    turned.reset();
    scaled.reset();
    if (how.clockwise_degrees != 0) {
      turned_stride = aligned(upright_width * 4);
      turned = allocate(std::size_t{turned_stride} * upright_height);
      if (!turned) { return Status::exhausted; }
    }
    if (!as_it_is) {
      scaled_stride = aligned(active.width * 4);
      scaled = allocate(std::size_t{scaled_stride} * active.height);
      if (!scaled) { return Status::exhausted; }
    }
    matrix = fixed_matrix(colorspace, full_range, frame.fourcc == rgbx || frame.fourcc == rgba);
    blank();
    source_width = frame.width;
    source_height = frame.height;
    source_fourcc = frame.fourcc;
    return Status::ok;
  }

  // The upright frame's damage in coordinates of the active area, grown to even sides and, where it is scaled, by the
  // filter's reach.
  Area damaged(const Rect& damage) const {
    const auto axis = [](std::int64_t from, std::int64_t length, std::uint32_t source, std::uint32_t target,
                         std::uint32_t& at, std::uint32_t& size) {
      const std::int64_t reach = source == target ? 0 : 2 + source / target;
      const std::int64_t first = std::clamp<std::int64_t>(from - reach, 0, source),
                         last = std::clamp<std::int64_t>(from + length + reach, 0, source);
      const std::int64_t to_first = first * target / source / 2 * 2;
      const std::int64_t to_last = std::min<std::int64_t>(((last * target + source - 1) / source + 1) / 2 * 2, target);
      at = static_cast<std::uint32_t>(to_first);
      size = static_cast<std::uint32_t>(std::max<std::int64_t>(to_last - to_first, 0));
    };
    Area area;
    axis(damage.x, damage.width, used_width, active.width, area.x, area.width);
    axis(damage.y, damage.height, used_height, active.height, area.y, area.height);
    return area;
  }

  // The upright frame, of which only the box (in the buffer's coordinates) changed.
  Pixels made_upright(const Frame& frame, const Rect& box) const {
    const Plane& plane = frame.planes[0];
    const auto stride = static_cast<std::ptrdiff_t>(plane.stride);
    if (!turned) {
      return how.mirror ? Pixels{plane.data + stride * static_cast<std::ptrdiff_t>(frame.height - 1), -stride}
                        : Pixels{plane.data, stride};
    }
    const Rect to = upright(box, how, static_cast<std::int32_t>(frame.width), static_cast<std::int32_t>(frame.height));
    libyuv::ARGBRotate(
        plane.data + stride * box.y + std::ptrdiff_t{box.x} * 4, static_cast<int>(plane.stride),
        turned.get() + std::size_t{turned_stride} * static_cast<std::size_t>(to.y) + static_cast<std::size_t>(to.x) * 4,
        static_cast<int>(turned_stride), box.width, how.mirror ? -box.height : box.height,
        static_cast<libyuv::RotationMode>(how.clockwise_degrees));
    return {turned.get(), static_cast<std::ptrdiff_t>(turned_stride)};
  }

  void convert_area(const Pixels& pixels, Area area) {
    const Nv12Kernel* use = kernel;
    while (use != scalar && active.width < use->min_width) { ++use; }
    if (area.width < use->min_width) {  // the columns beside the damage are converted again: cheaper than a narrow path
      area.width = use->min_width;
      area.x = std::min(area.x, active.width - area.width);
    }
    const std::uint32_t stride = picture.y_stride, to_x = active.x + area.x;
    const std::uint32_t first = to_x / macroblock_px, last = (to_x + area.width - 1) / macroblock_px;
    for (std::uint32_t row = area.y; row < area.y + area.height; row += 2) {
      const std::uint8_t* top = pixels.data + static_cast<std::ptrdiff_t>(row) * pixels.stride + area.x * 4;
      const std::size_t to_y = active.y + row;
      std::uint8_t* y0 = y.get() + to_y * stride + to_x;
      std::uint8_t* to_uv = uv.get() + to_y / 2 * stride + to_x;
      std::uint8_t* const marks = still.data() + to_y / macroblock_px * columns;
      // Damage is a box around what changed, or everything where a compositor does not say; only pixels tell.
      if (std::memchr(marks + first, 1, last - first + 1) == nullptr) {
        use->rows(top, top + pixels.stride, y0, y0 + stride, to_uv, area.width, matrix);
      } else {
        std::uint8_t* const made = rows.get();
        use->rows(top, top + pixels.stride, made, made + stride, made + std::size_t{stride} * 2, area.width, matrix);
        keep_changed(made, y0, to_uv, to_x, area.width, marks);
      }
    }
  }

  // Takes over what differs of two rows, which begin at column x of the picture, and notes in which macroblocks.
  void keep_changed(const std::uint8_t* made, std::uint8_t* y0, std::uint8_t* to_uv, std::uint32_t x,
                    std::uint32_t row_width, std::uint8_t* marks) const {
    const std::uint32_t stride = picture.y_stride;
    for (std::uint32_t at = 0; at < row_width;) {
      const std::uint32_t column = (x + at) / macroblock_px,
                          bytes = std::min((column + 1) * macroblock_px - x, row_width) - at;
      const std::uint8_t* const from[] = {made + at, made + stride + at, made + std::size_t{stride} * 2 + at};
      std::uint8_t* const to[] = {y0 + at, y0 + stride + at, to_uv + at};
      if (marks[column] == 0 || !same(from[0], to[0], bytes) || !same(from[1], to[1], bytes) ||
          !same(from[2], to[2], bytes)) {
        marks[column] = 0;
        for (unsigned i = 0; i < 3; ++i) { std::memcpy(to[i], from[i], bytes); }
      }
      at += bytes;
    }
  }
};

Converter::Converter(std::uint32_t width, std::uint32_t height, Colorspace colorspace, bool full_range)
    : state_(std::make_unique<State>(width, height, colorspace, full_range)) {}
Converter::~Converter() = default;

std::span<const FrameFormat> Converter::formats() noexcept {
  return known_formats;
}

const Picture& Converter::picture() const noexcept {
  return state_->picture;
}

void Converter::encoded() noexcept {
  std::ranges::fill(state_->still, std::uint8_t{1});
}

Status Converter::convert(const Frame& frame) noexcept {
  State& s = *state_;
  const bool known =
      std::ranges::find(known_formats, FrameFormat{frame.fourcc, frame.modifier}) != std::end(known_formats);
  if (!known || frame.plane_count != 1) { return Status::unsupported; }
  const Plane& plane = frame.planes[0];
  if (frame.width == 0 || frame.height == 0 || frame.width > max_side_px || frame.height > max_side_px ||
      plane.data == nullptr || plane.stride < frame.width * 4 ||
      plane.length < std::size_t{plane.stride} * (frame.height - 1) + std::size_t{frame.width} * 4) {
    return Status::invalid_argument;
  }

  Uprighting how = uprighting(frame.transform);
  how.mirror ^= frame.y_inverted;
  // Producers do not agree on which way up the damage of a bottom-up frame is counted.
  bool whole = frame.y_inverted;
  if (!s.has_geometry(frame, how)) {
    if (const Status status = s.set_geometry(frame, how); status != Status::ok) { return status; }
    whole = true;
  }
  const Rect asked = whole ? Rect{0, 0, static_cast<std::int32_t>(frame.width), static_cast<std::int32_t>(frame.height)}
                           : frame.damage;
  const Rect damage = clipped(asked.x, asked.y, asked.width, asked.height, frame.width, frame.height);
  if (damage.empty()) { return Status::ok; }
  Pixels pixels = s.made_upright(frame, damage);
  const Area area =
      s.damaged(upright(damage, how, static_cast<std::int32_t>(frame.width), static_cast<std::int32_t>(frame.height)));
  if (area.width == 0 || area.height == 0) { return Status::ok; }
  if (s.scaled) {
    const int failed = libyuv::ARGBScaleClip(
        pixels.data, static_cast<int>(pixels.stride), static_cast<int>(s.used_width), static_cast<int>(s.used_height),
        s.scaled.get(), static_cast<int>(s.scaled_stride), static_cast<int>(s.active.width),
        static_cast<int>(s.active.height), static_cast<int>(area.x), static_cast<int>(area.y),
        static_cast<int>(area.width), static_cast<int>(area.height), libyuv::kFilterBox);
    if (failed != 0) { return Status::internal; }
    pixels = {s.scaled.get(), static_cast<std::ptrdiff_t>(s.scaled_stride)};
  }
  s.convert_area(pixels, area);
  return Status::ok;
}

}  // namespace punktfunk
