#include "config/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace crossfade {
namespace {

class Descriptor {
 public:
  explicit Descriptor(const std::string& path)
      : number_{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)} {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

Error io_error(int number) {
  const ErrorCode code =
      number == ENOENT || number == ENOTDIR ? ErrorCode::kNotFound : ErrorCode::kIo;
  return {code, Side::kSelf, Retry::kNever, std::strerror(number)};
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
  const Descriptor file{path};
  if (file.number() < 0) return io_error(errno);
  struct stat status = {};
  if (::fstat(file.number(), &status) != 0) return io_error(errno);
  if (!S_ISREG(status.st_mode)) {
    return Error{ErrorCode::kIo, Side::kSelf, Retry::kNever, "Not a regular file"};
  }

  std::string text;
  char block[64 * 1024];
  for (;;) {
    const ssize_t size = ::read(file.number(), block, sizeof block);
    if (size < 0) return io_error(errno);
    if (size == 0) return text;
    text.append(block, static_cast<std::size_t>(size));
    if (text.size() > bytes_max) {
      return Error{ErrorCode::kFull, Side::kSelf, Retry::kNever,
                   "Longer than " + std::to_string(bytes_max) + " bytes"};
    }
  }
}

}  // namespace crossfade
