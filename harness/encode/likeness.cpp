#include "likeness.h"

extern "C" {
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/frame.h>
#include <libavutil/imgutils.h>
}

#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/unique_fd.h"

namespace punktfunk::encode_meter {

std::string filter_version() {
  const unsigned version = avfilter_version();
  return std::to_string(version >> 16) + "." + std::to_string(version >> 8 & 0xff) + "." +
         std::to_string(version & 0xff);
}
bool filters_have_vmaf() {
  return avfilter_get_by_name("libvmaf") != nullptr;
}

struct Likeness::State {
  AVFilterGraph* graph = avfilter_graph_alloc();
  AVFilterContext *was = nullptr, *is = nullptr, *out = nullptr;
  int width = 0, height = 0;
  std::int64_t number = 0;
  std::string vmaf_log;  // what libvmaf writes when its filter ends

  ~State() {
    avfilter_graph_free(&graph);
    if (!vmaf_log.empty()) { unlink(vmaf_log.c_str()); }
  }
  bool open();
  bool give(AVFilterContext* to, const judge::Plane& luma);
};

namespace {

struct FrameEnd {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
using Frame = std::unique_ptr<AVFrame, FrameEnd>;

// A file of our own that libvmaf may write; empty when there can be none.
std::string temporary_file() {
  std::error_code none;
  std::string path = std::filesystem::temp_directory_path(none) / "punktfunk-vmaf-XXXXXX";
  return UniqueFd(mkstemp(path.data())) ? path : "";
}

std::optional<double> told(const AVFrame& frame, const char* key) {
  const AVDictionaryEntry* const entry = av_dict_get(frame.metadata, key, nullptr, 0);
  if (entry == nullptr) { return std::nullopt; }
  return std::strtod(entry->value, nullptr);
}

}  // namespace

bool Likeness::State::open() {
  if (graph == nullptr) { return false; }
  graph->nb_threads = 1;  // what is measured beside it has the cores
  const std::string format =
      "=pix_fmt=yuv420p:time_base=1/1:video_size=" + std::to_string(width) + "x" + std::to_string(height);
  std::string text = "buffer@is" + format + "[is];buffer@was" + format + ",split=outputs=3[a][b][c];" +
                     "[is][a]psnr[one];[one][b]ssim[two];[c]nullsink;[two]";
  if (filters_have_vmaf()) {
    vmaf_log = temporary_file();
    text.replace(text.find("[c]nullsink;[two]"), std::string::npos,
                 "[two][c]libvmaf=log_fmt=json:log_path=" + vmaf_log + "[three];[three]");
  }
  AVFilterInOut *inputs = nullptr, *outputs = nullptr;
  const bool parsed = avfilter_graph_parse2(graph, (text + "buffersink@out").c_str(), &inputs, &outputs) >= 0;
  avfilter_inout_free(&inputs);
  avfilter_inout_free(&outputs);
  if (!parsed || avfilter_graph_config(graph, nullptr) < 0) { return false; }
  is = avfilter_graph_get_filter(graph, "buffer@is");
  was = avfilter_graph_get_filter(graph, "buffer@was");
  out = avfilter_graph_get_filter(graph, "buffersink@out");
  return is != nullptr && was != nullptr && out != nullptr;
}

// Grey: chroma is not judged.
bool Likeness::State::give(AVFilterContext* to, const judge::Plane& luma) {
  const Frame frame(av_frame_alloc());
  if (!frame) { return false; }
  frame->format = AV_PIX_FMT_YUV420P;
  frame->width = width;
  frame->height = height;
  frame->pts = number;
  if (av_frame_get_buffer(frame.get(), 0) < 0) { return false; }
  av_image_copy_plane(frame->data[0], frame->linesize[0], luma.samples, static_cast<int>(luma.stride), width, height);
  for (const int plane : {1, 2}) {
    std::memset(frame->data[plane], 128, static_cast<std::size_t>(frame->linesize[plane]) * ((height + 1) / 2));
  }
  return av_buffersrc_add_frame(to, frame.get()) >= 0;
}

Likeness::Likeness(std::unique_ptr<State> state) : state_(std::move(state)) {}
Likeness::~Likeness() = default;

std::unique_ptr<Likeness> Likeness::open(std::uint32_t width, std::uint32_t height) {
  auto state = std::make_unique<State>();
  state->width = static_cast<int>(width);
  state->height = static_cast<int>(height);
  return state->open() ? std::unique_ptr<Likeness>(new Likeness(std::move(state))) : nullptr;
}

std::optional<Likeness::Scores> Likeness::compare(const judge::Plane& was, const judge::Plane& is) {
  const bool given = state_->give(state_->was, was) && state_->give(state_->is, is);
  ++state_->number;
  const Frame judged(av_frame_alloc());
  if (!given || !judged || av_buffersink_get_frame(state_->out, judged.get()) < 0) { return std::nullopt; }
  const auto square_error = told(*judged, "lavfi.psnr.mse.y"), ssim = told(*judged, "lavfi.ssim.Y");
  if (!square_error || !ssim) { return std::nullopt; }
  return Scores{.square_error = *square_error, .ssim = *ssim};
}

std::vector<double> Likeness::vmaf() {
  if (state_->vmaf_log.empty()) { return {}; }
  const bool ended =
      av_buffersrc_add_frame(state_->was, nullptr) >= 0 && av_buffersrc_add_frame(state_->is, nullptr) >= 0;
  if (!ended) { return {}; }
  const Frame rest(av_frame_alloc());
  while (rest && av_buffersink_get_frame(state_->out, rest.get()) >= 0) { av_frame_unref(rest.get()); }
  avfilter_graph_free(&state_->graph);  // it writes its log now
  std::ifstream file(state_->vmaf_log);
  const auto log = nlohmann::json::parse(file, nullptr, false);
  std::vector<double> scores;
  if (!log.is_object()) { return scores; }
  for (const auto& frame : log.value("frames", nlohmann::json::array())) {
    const auto metrics = frame.find("metrics");
    if (metrics == frame.end() || !metrics->contains("vmaf") || !(*metrics)["vmaf"].is_number()) { continue; }
    scores.push_back((*metrics)["vmaf"].get<double>());
  }
  return scores;
}

}  // namespace punktfunk::encode_meter
