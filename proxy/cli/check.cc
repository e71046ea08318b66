#include "proxy/cli/check.h"

#include "config/parse.h"

namespace crossfade {

CheckOutcome check_config(const std::string& file) {
  const ConfigResult config = load_config(file);
  if (config) {
    return {0, file + ": right; " + std::to_string(config->services.size()) + " services, " +
                   std::to_string(config->routes.size()) + " routes\n"};
  }
  const std::size_t mistakes = config.error().size();
  std::string text = to_string(config.error());
  if (!text.ends_with('\n')) text += '\n';
  return {1, text + file + ": " + std::to_string(mistakes) +
                 (mistakes == 1 ? " mistake\n" : " mistakes\n")};
}

}  // namespace crossfade
