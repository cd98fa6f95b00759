#include "models/tasks.h"

namespace cascade {

const std::vector<std::string> kTargetNames = {"click", "conversion"};

}  // namespace cascade
