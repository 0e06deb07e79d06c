// A headless Sway for tests, run by an ordinary user (Sway refuses root) in a runtime directory of its own; it ends
// with the object.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <grp.h>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace punktfunk::test {

inline constexpr unsigned nobody = 65534;

// A 0700 directory of the ordinary user, removed with the object.
class RuntimeDir {
 public:
  RuntimeDir() {
    char name[] = "/tmp/punktfunk-test-XXXXXX";
    if (mkdtemp(name) == nullptr) { throw std::runtime_error("no temporary directory"); }
    path_ = name;
    if (geteuid() == 0 && chown(name, nobody, nobody) != 0) { throw std::runtime_error("chown failed"); }
  }
  ~RuntimeDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  RuntimeDir(const RuntimeDir&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

  // Waits until the file exists; false at the deadline.
  [[nodiscard]] bool wait_for(const std::string& file, int timeout_ms) const {
    const int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    inotify_add_watch(watch, path_.c_str(), IN_CREATE | IN_MOVED_TO);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
    bool there;
    while (!(there = std::filesystem::exists(path_ + "/" + file))) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
      pollfd poller = {watch, POLLIN, 0};
      if (left <= 0 || poll(&poller, 1, static_cast<int>(left)) <= 0) { break; }
      char events[4096];
      while (read(watch, events, sizeof events) > 0) {}
    }
    close(watch);
    return there;
  }

 private:
  std::string path_;
};

// Waits until something accepts connections on the socket: its file is there before that. False at the deadline.
[[nodiscard]] inline bool answers(const std::string& socket_path, int timeout_ms) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  socket_path.copy(address.sun_path, sizeof address.sun_path - 1);
  for (int waited_ms = 0; waited_ms < timeout_ms; waited_ms += 5, poll(nullptr, 0, 5)) {
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool connected = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    close(fd);
    if (connected) { return true; }
  }
  return false;
}

// A program run by the ordinary user (the caller's own when that is not root); its group is ended with the object, and
// with this process.
class UserProcess {
 public:
  UserProcess(const std::vector<std::string>& command, const std::vector<std::string>& environment,
              const std::string& log) {
    std::vector<char*> arguments, variables;
    for (const auto& word : command) { arguments.push_back(const_cast<char*>(word.c_str())); }
    for (const auto& variable : environment) { variables.push_back(const_cast<char*>(variable.c_str())); }
    arguments.push_back(nullptr);
    variables.push_back(nullptr);
    pid_ = fork();
    if (pid_ != 0) { return; }
    setpgid(0, 0);
    if (geteuid() == 0 && (setgroups(0, nullptr) != 0 || setgid(nobody) != 0 || setuid(nobody) != 0)) { _exit(126); }
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    dup2(out, 1);
    dup2(out, 2);
    if (chdir("/") != 0) { _exit(126); }
    execvpe(arguments[0], arguments.data(), variables.data());
    _exit(127);
  }
  ~UserProcess() { end(SIGTERM); }
  UserProcess(const UserProcess&) = delete;
  void end(int signal) {
    if (pid_ <= 0) { return; }
    kill(-pid_, signal);
    kill(pid_, signal);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  [[nodiscard]] pid_t pid() const { return pid_; }
  void send(int signal) const {
    if (pid_ > 0) { kill(pid_, signal); }
  }
  // Exit status once it has ended by itself.
  int wait() {
    int status = 0;
    if (pid_ > 0) { waitpid(pid_, &status, 0); }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
};

class HeadlessSway {
 public:
  // variables: more of Sway's own environment; ahead of what it has anyway.
  explicit HeadlessSway(unsigned width = 1280, unsigned height = 720, const std::string& more_config = "",
                        const std::vector<std::string>& variables = {}) {
    std::ofstream config(runtime_.path() + "/config");
    config << "xwayland disable\nfocus_follows_mouse no\ndefault_border none\noutput HEADLESS-1 mode --custom " << width
           << "x" << height << "@60Hz\noutput HEADLESS-1 bg #204060 solid_color\n"
           << more_config << "\n";
    config.close();
    environment_ = {"XDG_RUNTIME_DIR=" + runtime_.path(), "HOME=" + runtime_.path(),
                    "PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8",
                    "SWAYSOCK=" + runtime_.path() + "/sway.sock"};
    auto sway_environment = environment_;
    sway_environment.insert(sway_environment.end(),
                            {"WLR_BACKENDS=headless", "WLR_RENDERER=pixman", "WLR_LIBINPUT_NO_DEVICES=1"});
    sway_environment.insert(sway_environment.begin(), variables.begin(), variables.end());
    sway_ = std::make_unique<UserProcess>(std::vector<std::string>{"sway", "-c", runtime_.path() + "/config"},
                                          sway_environment, runtime_.path() + "/sway.log");
    environment_.push_back("WAYLAND_DISPLAY=wayland-1");
    if (!answers(display(), 60'000)) { throw std::runtime_error("Sway did not start: " + log()); }
  }
  [[nodiscard]] std::string display() const { return runtime_.path() + "/wayland-1"; }
  [[nodiscard]] const RuntimeDir& runtime() const { return runtime_; }
  [[nodiscard]] const std::string& directory() const { return runtime_.path(); }
  [[nodiscard]] const std::vector<std::string>& environment() const { return environment_; }
  [[nodiscard]] std::string log() const {
    std::ifstream file(runtime_.path() + "/sway.log");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // One command over Sway's own socket, which may be given twice; true when it was done. swaymsg waits three seconds
  // for the answer, which a busy machine takes.
  [[nodiscard]] bool command(const std::vector<std::string>& words) const {
    constexpr int tries = 5;
    std::vector<std::string> line = {"swaymsg"};
    line.insert(line.end(), words.begin(), words.end());
    for (int i = 0; i < tries; ++i) {
      if (UserProcess(line, environment_, runtime_.path() + "/swaymsg.log").wait() == 0) { return true; }
    }
    return false;
  }
  void kill() { sway_->end(SIGKILL); }

 private:
  RuntimeDir runtime_;
  std::vector<std::string> environment_;
  std::unique_ptr<UserProcess> sway_;
};

}  // namespace punktfunk::test
