#include "models/network_state.h"

#include <string>
#include <vector>

namespace cascade {

void write_network(ByteWriter& writer, Learnable<float>& network) {
  const std::vector<Parameter<float>> parameters = network.parameters();
  visit_list(writer, parameters, [&](const Parameter<float>& parameter) {
    visit_text(writer, parameter.name);
    writer.size(parameter.value.size());
    writer.bytes(parameter.value.data(), parameter.value.size_bytes());
  });
  const std::vector<std::uint32_t> shape = network.shape();
  visit_numbers(writer, shape);
}

void read_network(ByteReader& reader, Learnable<float>& network) {
  const std::vector<Parameter<float>> parameters = network.parameters();
  std::size_t count = 0;
  reader.size(count);
  CASCADE_CHECK(count == parameters.size(), "the state of another network");
  for (const Parameter<float>& parameter : parameters) {
    std::string name;
    std::size_t size = 0;
    visit_text(reader, name);
    reader.size(size);
    CASCADE_CHECK(name == parameter.name && size == parameter.value.size(),
                  "the state of another network, of '" + name + "' instead of '" + parameter.name + "'");
    reader.bytes(parameter.value.data(), parameter.value.size_bytes());
  }
  std::vector<std::uint32_t> shape;
  visit_numbers(reader, shape);
  network.set_shape(shape);
}

}  // namespace cascade
