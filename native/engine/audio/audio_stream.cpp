// The sound of a stream: the thread that sends, and the one that minds PipeWire for it.
#include <utility>

#include "engine/audio/audio_pump.h"
#include "engine/audio/sound_graph.h"

namespace punktfunk {
namespace {

class DesktopAudio final : public AudioStream {
 public:
  DesktopAudio(std::unique_ptr<AudioPump> pump, std::unique_ptr<SoundGraph> graph)
      : pump_(std::move(pump)), graph_(std::move(graph)) {}
  ~DesktopAudio() override { stop(); }
  void stop() override {
    if (graph_) { graph_->stop(); }
    pump_->stop();
  }
  [[nodiscard]] Stats stats() const override { return pump_->stats(); }
  [[nodiscard]] Granted priority() const override { return pump_->priority(); }

 private:
  std::unique_ptr<AudioPump> pump_;
  std::unique_ptr<SoundGraph> graph_;  // feeds the pump; null when PipeWire's library cannot be used
};

}  // namespace

Result<std::unique_ptr<AudioStream>, Failure> AudioStream::start(const AudioConfig& config, SoundSender& wire) {
  auto pump = AudioPump::start(config, wire);
  if (!pump) { return pump.error(); }
  auto graph = SoundGraph::start(config, **pump);
  if (!graph) { config.problem(graph.error()); }
  return std::make_unique<DesktopAudio>(*std::move(pump), graph ? *std::move(graph) : nullptr);
}

}  // namespace punktfunk
