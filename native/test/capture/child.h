// Programs that a test starts and that end with it, however it ends. Their standard output goes nowhere.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace punktfunk {

class Child {
 public:
  enum class Errors { shown, hidden };
  explicit Child(const std::vector<std::string>& command, Errors errors = Errors::shown) {
    std::vector<char*> arguments;
    for (const std::string& word : command) { arguments.push_back(const_cast<char*>(word.c_str())); }
    arguments.push_back(nullptr);
    const pid_t parent = getpid();
    pid_ = fork();
    if (pid_ < 0) { throw std::runtime_error("cannot fork"); }
    if (pid_ > 0) { return; }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) { _exit(127); }
    const int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDOUT_FILENO);
    if (errors == Errors::hidden) { dup2(nowhere, STDERR_FILENO); }
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  ~Child() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      wait();
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // The exit status, or 128 + signal.
  int wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

 private:
  pid_t pid_ = -1;
};

inline int run(const std::vector<std::string>& command) {
  return Child(command).wait();
}

}  // namespace punktfunk
