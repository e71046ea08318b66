#pragma once

#include <cstddef>

// How often operator new has been called by this program.
std::size_t allocations();
