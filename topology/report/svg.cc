#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "topology/report.h"
#include "topology/report/layout.h"

namespace hearsay {

namespace {

// Every rule names the class of the picture, so that it leaves a page that includes it alone. Mid
// tones and no background: the same picture reads on light and on dark pages.
constexpr const char* kStyle = R"(<style>
.hearsay-graph .edges{fill:none;stroke:#7b8794;stroke-linecap:round}
.hearsay-graph .node{fill:#2f6db5;stroke:#ffffff}
.hearsay-graph .server{fill:#c4561e}
.hearsay-graph text{fill:#ffffff;font-family:system-ui,"DejaVu Sans",sans-serif;text-anchor:middle}
@media (prefers-color-scheme:dark){
.hearsay-graph .edges{stroke:#8b98a7}
.hearsay-graph .node{fill:#4b8ad6;stroke:#15191e}
.hearsay-graph .server{fill:#e0763c}
}
</style>
)";

/// Sizes in pixels, from the space that the nodes have.
struct Picture {
  std::vector<Point> points;
  double width = 0.0;
  double height = 0.0;
  double radius = 0.0;  // of a node
  double spacing = 0.0;
};

/// How far apart nodes are, in the units of the layout: nine in ten have no other node nearer. A
/// few close pairs, as springs leave them, then do not shrink all the others.
double room(const std::vector<Point>& points) {
  std::vector<Point> by_x = points;
  std::sort(by_x.begin(), by_x.end(), [](const Point& p, const Point& q) { return p.x < q.x; });
  std::vector<double> nearest(by_x.size(), 1.0);
  for (std::size_t i = 0; i < by_x.size(); ++i) {
    for (std::size_t j = i + 1; j < by_x.size() && by_x[j].x - by_x[i].x < 1.0; ++j) {
      const double distance = std::hypot(by_x[i].x - by_x[j].x, by_x[i].y - by_x[j].y);
      nearest[i] = std::min(nearest[i], distance);
      nearest[j] = std::min(nearest[j], distance);
    }
  }
  if (nearest.empty()) return 1.0;
  const auto tenth = nearest.begin() + static_cast<std::ptrdiff_t>(nearest.size() / 10);
  std::nth_element(nearest.begin(), tenth, nearest.end());
  return std::max(*tenth, 0.05);
}

Picture place(const std::vector<Point>& points) {
  constexpr double kWidest = 1000.0;
  constexpr double kWidestSpacing = 72.0;
  constexpr double kLargestRadius = 15.0;
  constexpr double kSmallestRadius = 1.5;
  Point low{points.empty() ? 0.0 : points[0].x, points.empty() ? 0.0 : points[0].y};
  Point high = low;
  for (const Point& point : points) {
    low = {std::min(low.x, point.x), std::min(low.y, point.y)};
    high = {std::max(high.x, point.x), std::max(high.y, point.y)};
  }
  const double extent = std::max({high.x - low.x, high.y - low.y, 1.0});
  const double spacing = std::min(kWidestSpacing, kWidest / extent);

  Picture picture;
  picture.spacing = spacing;
  picture.radius = std::clamp(0.36 * spacing * room(points), kSmallestRadius, kLargestRadius);
  const double margin = picture.radius + 0.5 * spacing + 4.0;
  for (const Point& point : points)
    picture.points.push_back(
        {margin + spacing * (point.x - low.x), margin + spacing * (point.y - low.y)});
  picture.width = spacing * (high.x - low.x) + 2.0 * margin;
  picture.height = spacing * (high.y - low.y) + 2.0 * margin;
  return picture;
}

/// The edge leaves `from` away from `to`, and bends: it comes back on the other side of the torus.
std::string stub(const Picture& picture, NodeId from, NodeId to) {
  const Point& a = picture.points[from];
  const Point& b = picture.points[to];
  const double length = std::hypot(a.x - b.x, a.y - b.y);
  const double x = (a.x - b.x) / length * picture.spacing;
  const double y = (a.y - b.y) / length * picture.spacing;
  return fmt::format("M{:.1f} {:.1f}q{:.1f} {:.1f} {:.1f} {:.1f}", a.x, a.y, 0.38 * x, 0.38 * y,
                     0.46 * x + 0.18 * std::abs(y), 0.46 * y + 0.18 * std::abs(x));
}

/// Edges share paths, a few dozen each: fewer bytes than lines, and short enough for renderers that
/// look for crossings within a path. Of very many edges a regular selection is drawn.
class Paths {
 public:
  Paths(std::string attributes, bool addressable)
      : attributes_(std::move(attributes)), addressable_(addressable) {}

  void add(const Edge& edge, const std::string& strokes) {
    constexpr std::size_t kEdgesAPath = 32;
    d_ += strokes;
    if (addressable_)
      close(fmt::format(" data-edge=\"{}-{}\"", edge.a, edge.b));
    else if (++edges_ % kEdgesAPath == 0)
      close();
  }

  std::string svg() {
    close();
    return svg_;
  }

 private:
  void close(const std::string& address = "") {
    if (!d_.empty()) svg_ += fmt::format("<path{}{} d=\"{}\"/>\n", attributes_, address, d_);
    d_.clear();
  }

  std::string attributes_;
  bool addressable_;
  std::string d_;
  std::string svg_;
  std::size_t edges_ = 0;
};

std::string draw_edges(const Topology& graph, const Picture& picture,
                       const std::vector<Edge>& wrapped, bool addressable) {
  constexpr std::size_t kMostEdges = 8000;
  const std::size_t stride = (graph.edges().size() + kMostEdges - 1) / kMostEdges;
  const double degree = 2.0 * static_cast<double>(graph.edges().size()) /
                        static_cast<double>(std::max<std::size_t>(graph.nodes(), 1));
  const double width = std::clamp(picture.radius / 7.0, 0.4, 1.6);
  const double opacity = std::clamp(8.0 / (degree + 1.0), 0.2, 0.9);
  Paths straight("", addressable);
  Paths stubs(fmt::format(" stroke-dasharray=\"{:.1f} {:.1f}\"", 2.5 * width, 2.0 * width),
              addressable);
  for (std::size_t i = 0; i < graph.edges().size(); i += stride) {
    const Edge& edge = graph.edges()[i];
    if (std::binary_search(wrapped.begin(), wrapped.end(), edge)) {
      stubs.add(edge, stub(picture, edge.a, edge.b) + stub(picture, edge.b, edge.a));
    } else {
      const Point& a = picture.points[edge.a];
      const Point& b = picture.points[edge.b];
      straight.add(edge, fmt::format("M{:.1f} {:.1f}L{:.1f} {:.1f}", a.x, a.y, b.x, b.y));
    }
  }
  return fmt::format(R"(<g class="edges" stroke-width="{:.2f}" stroke-opacity="{:.2f}">)", width,
                     opacity) +
         "\n" + straight.svg() + stubs.svg() + "</g>\n";
}

std::string draw_node(const Topology& graph, const Picture& picture, NodeId node, bool server,
                      bool addressable) {
  const Point& at = picture.points[node];
  const double r = picture.radius;
  const double edge = std::min(1.5, 0.2 * r);
  const std::string address = addressable ? fmt::format(R"( data-node="{}")", node) : "";
  std::string svg;
  if (server)
    svg = fmt::format(
        R"(<rect class="node server"{} x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="{:.1f}" stroke-width="{:.2f}">)",
        address, at.x - r, at.y - r, 2.0 * r, 2.0 * r, 0.2 * r, edge);
  else
    svg = fmt::format(
        R"(<circle class="node"{} cx="{:.1f}" cy="{:.1f}" r="{:.1f}" stroke-width="{:.2f}">)",
        address, at.x, at.y, r, edge);
  svg += fmt::format("<title>{} {}, degree {}</title></{}>", server ? "server, node" : "node", node,
                     graph.degree(node), server ? "rect" : "circle");

  // The id must fit into the mark: about 0.62 of the font size a digit.
  const std::string label = std::to_string(node);
  const double font = std::min(0.95 * r, 1.7 * r / (0.62 * static_cast<double>(label.size())));
  if (font >= 6.0)
    svg += fmt::format(R"(<text x="{:.1f}" y="{:.1f}" font-size="{:.1f}">{}</text>)", at.x,
                       at.y + 0.36 * font, font, label);
  return svg + "\n";
}

}  // namespace

std::string graph_svg(const Topology& graph, const std::string& kind, bool server,
                      bool addressable) {
  const Layout2d where = layout(graph, kind);
  const Picture picture = place(where.points);
  std::string svg = fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" class="hearsay-graph" viewBox="0 0 {0:.0f} {1:.0f}" width="{0:.0f}" height="{1:.0f}" role="img">
<title>{2}: {3} nodes, {4} edges</title>
)",
      picture.width, picture.height, kind, graph.nodes(), graph.edges().size());
  svg += kStyle;
  svg += draw_edges(graph, picture, where.wrapped, addressable);
  for (NodeId node = 0; node < graph.nodes(); ++node)
    svg += draw_node(graph, picture, node, server && node == 0, addressable);
  return svg + "</svg>\n";
}

}  // namespace hearsay
