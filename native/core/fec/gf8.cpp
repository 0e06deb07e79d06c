#include "core/fec/gf8.h"

#include <algorithm>
#include <array>

#include "base/assert.h"
#include "core/fec/cpu.h"
#include "core/fec/gf8_kernel.h"
#include "core/fec/gf8_tables.h"

namespace punktfunk::gf8 {

namespace {

constexpr std::size_t audio_data_shards = 4;
constexpr std::size_t audio_parity_shards = 2;
constexpr std::array<std::uint8_t, 8> audio_matrix = {0x77, 0x40, 0x38, 0x0e, 0xc7, 0xa7, 0x0d, 0x6c};
constexpr std::array<std::uint8_t, max_block_shards> no_keys = {};

// A block that has fewer parity than data shards can lose no more than this, and one that has fewer data shards no more
// either.
constexpr std::size_t max_lost = max_block_shards / 2;

// Decoding keeps the syndromes of one strip of bytes on the stack: this many bytes.
constexpr std::size_t scratch_bytes = 16384;
constexpr std::size_t max_strip_bytes = 256;

using Points = std::array<std::uint8_t, max_block_shards>;

// Point of shard i in the Cauchy matrix: parity row j stands at j, data column i at parity + i
// (docs/gamestream.md, 6.5).
Points points_from(std::size_t first) noexcept {
  Points points{};
  for (std::size_t i = 0; i + first < points.size(); ++i) { points[i] = static_cast<std::uint8_t>(first + i); }
  return points;
}

void run(const Job& job) noexcept {
  switch (fec::current_isa()) {
#if defined(PUNKTFUNK_X86)
    case fec::Isa::gfni_avx512:
      return run_gfni_avx512(job);
    case fec::Isa::gfni_avx2:
      return run_gfni_avx2(job);
    case fec::Isa::avx2:
      return run_avx2(job);
    case fec::Isa::ssse3:
      return run_ssse3(job);
#elif defined(PUNKTFUNK_ARM)
    case fec::Isa::neon:
      return run_neon(job);
#endif
    default:
      return run_scalar(job);
  }
}

bool valid_shape(Matrix matrix, std::size_t data, std::size_t parity, std::size_t shard_bytes) noexcept {
  if (data == 0 || shard_bytes == 0 || data > max_block_shards || parity > max_block_shards - data) { return false; }
  return matrix == Matrix::video || (data == audio_data_shards && parity == audio_parity_shards);
}

// The shards of a block sorted for decoding: which data came, which was lost, which parity rows stand in.
struct Loss {
  std::array<const std::uint8_t*, max_block_shards> present;
  std::array<const std::uint8_t*, max_lost> parity;
  std::array<std::uint8_t*, max_lost> lost;
  std::array<std::uint8_t, max_block_shards> present_column;
  std::array<std::uint8_t, max_lost> parity_row;
  std::array<std::uint8_t, max_lost> lost_column;
  std::size_t present_count = 0;
  std::size_t lost_count = 0;
};

// Two linear steps, both run strip by strip: syndromes = parity + matrix * present data, lost = inverse * syndromes.
// The caller gives keys and factors of both; the shards come from the loss.
void repair(const Loss& loss, Job syndromes, Job inverse, std::size_t shard_bytes) noexcept {
  PF_ASSERT(loss.lost_count > 0 && loss.lost_count <= max_lost);
  alignas(64) std::array<std::uint8_t, scratch_bytes> scratch;
  const std::size_t strip_bytes = std::min(max_strip_bytes, scratch_bytes / loss.lost_count / 64 * 64);
  PF_ASSERT(strip_bytes > 0 && strip_bytes * loss.lost_count <= scratch_bytes);
  std::array<std::uint8_t*, max_lost> rows;
  for (std::size_t i = 0; i < loss.lost_count; ++i) { rows[i] = scratch.data() + i * strip_bytes; }

  syndromes.in = loss.present.data();
  syndromes.start = loss.parity.data();
  syndromes.out = rows.data();
  syndromes.columns = loss.present_count;
  syndromes.rows = loss.lost_count;
  inverse.in = rows.data();
  inverse.out = loss.lost.data();
  inverse.columns = inverse.rows = loss.lost_count;
  for (std::size_t at = 0; at < shard_bytes; at += strip_bytes) {
    syndromes.bytes = inverse.bytes = std::min(strip_bytes, shard_bytes - at);
    syndromes.in_offset = inverse.out_offset = at;
    run(syndromes);
    run(inverse);
  }
}

// The e x e part of the matrix at the lost columns b and the parity rows a is itself a Cauchy matrix, so its inverse is
// one too, up to a factor for each row and each column:
//   inverse[x][r] = f[x] * g[r] / (a[r] + b[x]),
//   f[x] = prod over k of (a[k] + b[x]) / prod over k != x of (b[k] + b[x]),
//   g[r] = prod over k of (a[r] + b[k]) / prod over k != r of (a[r] + a[k]).
// Adds the logarithms: the product over `over` divided by the product over `under`, each factor a difference from
// `point`.
std::uint8_t difference_ratio(std::uint8_t point, const std::uint8_t* over, const std::uint8_t* under,
                              std::size_t count) noexcept {
  unsigned log = 0;
  for (std::size_t k = 0; k < count; ++k) {
    log += field.log[over[k] ^ point];
    if (under[k] != point) { log += 255u - field.log[under[k] ^ point]; }
  }
  return field.exp[log % 255];
}

void decode_video(const Loss& loss, std::size_t parity_count, std::size_t shard_bytes) noexcept {
  const std::size_t lost_count = loss.lost_count;
  std::array<std::uint8_t, max_block_shards> present_point;
  std::array<std::uint8_t, max_lost> lost_point;
  std::array<std::uint8_t, max_lost> row_factor;
  std::array<std::uint8_t, max_lost> lost_factor;
  for (std::size_t i = 0; i < loss.present_count; ++i) {
    present_point[i] = static_cast<std::uint8_t>(parity_count + loss.present_column[i]);
  }
  for (std::size_t i = 0; i < lost_count; ++i) {
    lost_point[i] = static_cast<std::uint8_t>(parity_count + loss.lost_column[i]);
  }
  for (std::size_t i = 0; i < lost_count; ++i) {
    row_factor[i] = difference_ratio(loss.parity_row[i], lost_point.data(), loss.parity_row.data(), lost_count);
    lost_factor[i] = difference_ratio(lost_point[i], loss.parity_row.data(), lost_point.data(), lost_count);
  }
  Job syndromes{};
  syndromes.tables = &field.times_inverse_of;
  syndromes.row_key = loss.parity_row.data();
  syndromes.column_key = present_point.data();
  syndromes.post = row_factor.data();
  Job inverse{};
  inverse.tables = &field.times_inverse_of;
  inverse.row_key = lost_point.data();
  inverse.column_key = loss.parity_row.data();
  inverse.post = lost_factor.data();
  repair(loss, syndromes, inverse, shard_bytes);
}

void decode_audio(const Loss& loss, std::size_t shard_bytes) noexcept {
  const auto coefficient = [&](std::size_t row, std::size_t column) {
    return audio_matrix[loss.parity_row[row] * audio_data_shards + column];
  };
  std::array<std::uint8_t, 8> present;
  for (std::size_t r = 0; r < loss.lost_count; ++r) {
    for (std::size_t c = 0; c < loss.present_count; ++c) {
      present[r * loss.present_count + c] = coefficient(r, loss.present_column[c]);
    }
  }
  std::array<std::uint8_t, 4> inverted;
  if (loss.lost_count == 1) {
    inverted[0] = inverse(coefficient(0, loss.lost_column[0]));
  } else {
    const std::uint8_t a = coefficient(0, loss.lost_column[0]), b = coefficient(0, loss.lost_column[1]);
    const std::uint8_t c = coefficient(1, loss.lost_column[0]), d = coefficient(1, loss.lost_column[1]);
    const std::uint8_t scale = inverse(multiply(a, d) ^ multiply(b, c));
    inverted = {multiply(d, scale), multiply(b, scale), multiply(c, scale), multiply(a, scale)};
  }
  Job syndromes{};
  syndromes.tables = &field.times;
  syndromes.row_key = no_keys.data();
  syndromes.column_key = present.data();
  syndromes.column_key_stride = loss.present_count;
  Job back{};
  back.tables = &field.times;
  back.row_key = no_keys.data();
  back.column_key = inverted.data();
  back.column_key_stride = loss.lost_count;
  repair(loss, syndromes, back, shard_bytes);
}

}  // namespace

Status encode(Matrix matrix, std::span<const std::uint8_t* const> data, std::span<std::uint8_t* const> parity,
              std::size_t shard_bytes) noexcept {
  if (!valid_shape(matrix, data.size(), parity.size(), shard_bytes)) { return Status::invalid_argument; }
  Job job{};
  job.in = data.data();
  job.out = parity.data();
  job.columns = data.size();
  job.rows = parity.size();
  job.bytes = shard_bytes;
  if (matrix == Matrix::audio) {
    job.tables = &field.times;
    job.row_key = no_keys.data();
    job.column_key = audio_matrix.data();
    job.column_key_stride = audio_data_shards;
    run(job);
    return Status::ok;
  }
  const Points rows = points_from(0);
  const Points columns = points_from(parity.size());
  job.tables = &field.times_inverse_of;
  job.row_key = rows.data();
  job.column_key = columns.data();
  run(job);
  return Status::ok;
}

Status decode(Matrix matrix, std::span<std::uint8_t* const> shards, std::span<const bool> present,
              std::size_t data_count, std::size_t shard_bytes) noexcept {
  if (data_count > shards.size() || present.size() != shards.size()) { return Status::invalid_argument; }
  const std::size_t parity_count = shards.size() - data_count;
  if (!valid_shape(matrix, data_count, parity_count, shard_bytes)) { return Status::invalid_argument; }
  if (static_cast<std::size_t>(std::count(present.begin(), present.end(), true)) < data_count) {
    return Status::unrecoverable;
  }

  Loss loss;
  for (std::size_t i = 0; i < data_count; ++i) {
    if (present[i]) {
      loss.present[loss.present_count] = shards[i];
      loss.present_column[loss.present_count++] = static_cast<std::uint8_t>(i);
    } else {
      loss.lost[loss.lost_count] = shards[i];
      loss.lost_column[loss.lost_count++] = static_cast<std::uint8_t>(i);
    }
  }
  if (loss.lost_count == 0) { return Status::ok; }
  PF_ASSERT(loss.present_count + loss.lost_count == data_count && loss.lost_count <= parity_count);
  for (std::size_t j = 0, taken = 0; taken < loss.lost_count; ++j) {
    if (present[data_count + j]) {
      loss.parity[taken] = shards[data_count + j];
      loss.parity_row[taken++] = static_cast<std::uint8_t>(j);
    }
  }
  if (matrix == Matrix::audio) {
    decode_audio(loss, shard_bytes);
  } else {
    decode_video(loss, parity_count, shard_bytes);
  }
  return Status::ok;
}

}  // namespace punktfunk::gf8
