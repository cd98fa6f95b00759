#pragma once

namespace cascade {

/// "0.1.0".
const char* version_text();

/// Version, commit at configure time, compiler and build type in one line: the same for two builds of one commit.
const char* build_text();

}  // namespace cascade
