#include "tests/tools/hosts.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace hearsay::testing {

TwoHosts::TwoHosts() : prefix_("hearsay-" + std::to_string(getpid()) + "-") {
  if (std::system("command -v ip >/dev/null") != 0) {
    why_ = "there is no ip command (iproute2)";
    return;
  }
  for (const int host : {0, 1})
    if (!ip("netns add " + name(host))) {
      why_ = "network namespaces are not allowed here";
      return;
    }
  bool all = true;
  for (const char* link : {"frames", "control"}) {
    all = all && ip("link add " + std::string(link) + " netns " + name(0) +
                    " type veth peer name " + link + " netns " + name(1));
    for (const int host : {0, 1}) {
      const std::string address =
          link == std::string("frames") ? frames_address(host) : control_address(host);
      all = all && ip("-n " + name(host) + " addr add " + address + "/24 dev " + link) &&
            ip("-n " + name(host) + " link set " + link + " up");
    }
  }
  for (const int host : {0, 1}) all = all && ip("-n " + name(host) + " link set lo up");
  if (!all) why_ = "virtual network links are not allowed here";
}

TwoHosts::~TwoHosts() {
  for (const int host : {0, 1}) ip("netns del " + name(host));
}

int TwoHosts::connections_on_frames_link() const {
  // /proc/net/tcp: addresses in hexadecimal, the last byte first; state 01 is established.
  const std::string command = "ip netns exec " + name(0) + " cat /proc/net/tcp";
  FILE* table = popen(command.c_str(), "r");
  int count = 0;
  std::array<char, 512> line{};
  while (table != nullptr && std::fgets(line.data(), line.size(), table) != nullptr) {
    const std::string text = line.data();
    if (text.find(" 01014D0A:") < text.find(" 02014D0A:") &&
        text.find(" 02014D0A:") != std::string::npos && text.substr(34, 2) == "01")
      ++count;
  }
  if (table != nullptr) pclose(table);
  return count;
}

void TwoHosts::set_frames_link(bool up) const {
  set_link("frames", up);
}

void TwoHosts::set_control_link(bool up) const {
  set_link("control", up);
}

void TwoHosts::set_link(const std::string& link, bool up) const {
  ip("-n " + name(0) + " link set " + link + (up ? " up" : " down"));
}

bool TwoHosts::ip(const std::string& arguments) const {
  return std::system(("ip " + arguments + " >/dev/null 2>&1").c_str()) == 0;
}

}  // namespace hearsay::testing
