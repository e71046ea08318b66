#pragma once

#include <string_view>

namespace crossfade {

// Texts of this folder that are built into the program: openapi.yaml and status_page.html.
std::string_view openapi_document();
std::string_view status_page();

}  // namespace crossfade
