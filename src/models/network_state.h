#pragma once
#include "base/bytes.h"
#include "models/learnable.h"

namespace cascade {

/// All that training has made of a network: the values of its parameters and its shape.
void write_network(ByteWriter& writer, Learnable<float>& network);
/// Gives it to a network that was made alike, which then scores and freezes to the same bits. What training keeps
/// besides (the state of optimisers) is left out. A state of another network is a broken promise.
void read_network(ByteReader& reader, Learnable<float>& network);

}  // namespace cascade
