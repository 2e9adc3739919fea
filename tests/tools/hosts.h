// Two hosts of a test's own: network namespaces with two links between them, one for frames and one
// for the collector, which can be taken down and up.
#pragma once

#include <string>

namespace hearsay::testing {

class TwoHosts {
 public:
  /// Where the machine does not allow it, good() is false and why() says so.
  TwoHosts();
  ~TwoHosts();
  TwoHosts(const TwoHosts&) = delete;
  TwoHosts& operator=(const TwoHosts&) = delete;

  bool good() const { return why_.empty(); }
  const std::string& why() const { return why_; }

  /// The namespace of host 0 or 1.
  std::string name(int host) const { return prefix_ + std::to_string(host); }
  /// Its address on a link.
  static std::string frames_address(int host) { return "10.77.1." + std::to_string(host + 1); }
  static std::string control_address(int host) { return "10.77.2." + std::to_string(host + 1); }

  /// Established TCP connections of host 0 over the frames' link.
  int connections_on_frames_link() const;

  void set_frames_link(bool up) const;
  void set_control_link(bool up) const;

 private:
  bool ip(const std::string& arguments) const;
  void set_link(const std::string& link, bool up) const;

  std::string prefix_;
  std::string why_;
};

}  // namespace hearsay::testing
