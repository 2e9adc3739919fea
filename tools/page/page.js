// The page of `hearsay report` and of a run's dashboard. Numbers come from the folder of a run as they
// are in its CSV files; all text goes into the page as text.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const runs = data.runs;
  const at = (id) => document.getElementById(id);
  const dark = matchMedia("(prefers-color-scheme: dark)");

  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== undefined) element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  };

  // Okabe and Ito's colours, which differ for all kinds of colour vision, without the yellow that white
  // swallows; a line has a pattern as well.
  const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#222222"];
  const PATTERNS = [null, [7, 3], [2, 3], [9, 3, 2, 3], [12, 4]];
  const ON_DARK = ["#4da6e8", "#ff8533", "#1fc79a", "#e39cc4", "#f2b632", "#9ad4f5", "#f0f0f0"];
  const style = (k) => ({
    colour: (dark.matches ? ON_DARK : COLOURS)[k % COLOURS.length],
    pattern: PATTERNS[(Math.floor(k / COLOURS.length) + k) % PATTERNS.length],
  });

  // --- Numbers ---

  const plain = (value) => (value === null ? "" : String(value));
  const digits = (value, count = 4) => {
    if (value === null || value === undefined) return "–";
    const size = Math.abs(value);
    if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(count - 2).replace("e+", "e");
    return String(Number(value.toPrecision(count)));
  };
  const PREFIXES = ["", "k", "M", "G", "T", "P"];
  const scaled = (value, unit, count = 3) => {
    let k = 0;
    let rest = value;
    while (Math.abs(rest) >= 1000 && k + 1 < PREFIXES.length) {
      rest /= 1000;
      ++k;
    }
    return `${Number(rest.toPrecision(count))} ${PREFIXES[k]}${unit}`.trim();
  };
  const seconds = (value) => (value < 1e-3 && value > 0 ? `${digits(value * 1e6, 3)} µs` :
    value < 1 && value > 0 ? `${digits(value * 1e3, 3)} ms` : `${digits(value, 4)} s`);

  // --- What is drawn ---

  const X_AXES = data.x_axes.map((axis) => ({
    ...axis, show: (v) => (axis.unit === "s" ? digits(v, 4) : scaled(v, axis.unit)),
  }));
  const Y_AXES = data.y_axes;

  const state = { x: X_AXES[0], logX: false, logY: true, shown: runs.map(() => true), window: null };
  const values = (run, axis) => {
    const column = run.metrics[axis.column];
    if (!column) return null;
    return axis.percent ? column.map((v) => (v === null ? null : 100 * v)) : column;
  };

  // A picture has some hundred columns: of more points than that, the first, last, lowest and highest of
  // each stretch are drawn, and all again when one looks closer.
  const MOST_POINTS = 6000;
  const thin = (points, most) => {
    if (points.length <= most) return points;
    const stretch = Math.ceil((4 * points.length) / most);
    const kept = [];
    for (let begin = 0; begin < points.length; begin += stretch) {
      const end = Math.min(begin + stretch, points.length);
      let low = begin;
      let high = begin;
      for (let k = begin; k < end; ++k) {
        if (points[k][1] < points[low][1]) low = k;
        if (points[k][1] > points[high][1]) high = k;
      }
      for (const k of [...new Set([begin, Math.min(low, high), Math.max(low, high), end - 1])]) kept.push(points[k]);
    }
    return kept;
  };

  const points = (run, axis, logY) => {
    const y = values(run, axis);
    if (!y) return [];
    const x = run.metrics[state.x.column];
    const result = [];
    for (let k = 0; k < y.length; ++k) {
      if (y[k] === null || (logY && !(y[k] > 0)) || (state.logX && !(x[k] > 0))) continue;
      result.push([x[k], y[k]]);
    }
    if (!state.window) return result;
    const [from, to] = state.window;
    const first = result.findIndex(([v]) => v >= from);
    const last = result.findLastIndex(([v]) => v <= to);
    return first < 0 || last < 0 ? [] : result.slice(Math.max(first - 1, 0), last + 2);
  };

  // One table for all runs: a row for each x, with gaps where a run has no value there.
  const table = (series) => {
    const rows = new Map();
    series.forEach((line, k) => {
      for (const [x, y] of line) {
        let row = rows.get(x);
        if (!row) {
          row = new Array(series.length + 1).fill(null);
          row[0] = x;
          rows.set(x, row);
        }
        row[k + 1] = y;
      }
    });
    return [...rows.values()].sort((a, b) => a[0] - b[0]);
  };

  // --- Charts ---

  class Chart {
    constructor(axis) {
      this.axis = axis;
      this.dygraph = null;
      this.stale = true;
      this.visible = false;
      this.box = make("div", { class: "chart", role: "img", "aria-label": `${axis.title} against ${state.x.label}` });
      this.readout = make("div", { class: "readout", "aria-live": "off" });
      const csv = make("button", { type: "button", title: "the numbers of this plot" }, "CSV");
      csv.addEventListener("click", () => this.download());
      this.figure = make("figure", { id: `chart-${axis.column}` },
        make("figcaption", {}, make("span", {}, axis.title), csv), this.box, this.readout);
      at("charts").append(this.figure);
      observer.observe(this.figure);
    }

    get logY() {
      return state.logY && !this.axis.linear;
    }

    build() {
      const most = Math.max(200, Math.floor(MOST_POINTS / runs.length));
      const lines = runs.map((run) => thin(points(run, this.axis, this.logY), most));
      const names = runs.map((run, k) => `run ${k}`);
      const series = {};
      const colours = [];
      runs.forEach((run, k) => {
        const { colour, pattern } = style(k);
        colours.push(colour);
        series[names[k]] = { strokePattern: pattern, drawPoints: lines[k].length < 40, pointSize: 2.5 };
      });
      this.owners = runs.map((run, k) => k);
      if (this.axis.forecast) {
        runs.forEach((run, k) => {
          const forecast = (run.forecast || {})[this.axis.column];
          if (forecast === undefined || lines[k].length === 0) return;
          const name = `forecast of run ${k}`;
          names.push(name);
          lines.push([[lines[k][0][0], forecast], [lines[k].at(-1)[0], forecast]]);
          colours.push(style(k).colour);
          series[name] = { strokePattern: [1, 4], strokeWidth: 2.5 };
          this.owners.push(k);
        });
      }
      return { rows: table(lines), names, series, colours };
    }

    draw() {
      this.stale = false;
      const { rows, names, series, colours } = this.build();
      this.figure.hidden = rows.length === 0;
      if (rows.length === 0) return;
      const read = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
      const options = {
        file: rows,
        labels: ["x", ...names],
        colors: colours,
        series,
        visibility: this.owners.map((k) => state.shown[k]),
        connectSeparatedPoints: true,
        strokeWidth: 1.7,
        logscale: this.logY,
        xlabel: state.x.label,
        ylabel: this.axis.label,
        legend: "never",
        rightGap: 14,
        xRangePad: 4,
        yRangePad: 8,
        xLabelHeight: 17,
        yLabelWidth: 17,
        gridLineColor: read("--grid"),
        axisLineColor: read("--line"),
        highlightCircleSize: 4,
        highlightSeriesOpts: { strokeWidth: 3 },
        highlightSeriesBackgroundAlpha: 1,
        dateWindow: state.window || range(),
        valueRange: [null, null],
        axes: {
          x: { logscale: state.logX, axisLabelFormatter: (v) => state.x.show(v), pixelsPerLabel: 75, axisLabelWidth: 75 },
          y: { axisLabelFormatter: (v) => digits(v, 3), axisLabelWidth: 62 },
        },
        highlightCallback: (event, x, marks, row, name) => this.tell(x, marks, name),
        unhighlightCallback: () => { this.readout.textContent = ""; },
        zoomCallback: (from, to) => zoom([from, to]),
      };
      this.box.setAttribute("aria-label", `${this.axis.title} against ${state.x.label}`);
      if (this.dygraph && this.dygraph.numColumns() === names.length + 1) {
        this.dygraph.updateOptions(options);
        return;
      }
      if (this.dygraph) this.dygraph.destroy();
      this.dygraph = new Dygraph(this.box, rows, options);
      this.box.dygraph = this.dygraph;  // for whoever looks closer, in a console or a test
    }

    tell(x, marks, name) {
      const mark = marks.find((one) => one.name === name) || marks[0];
      if (!mark) return;
      const place = this.dygraph.getLabels().indexOf(mark.name) - 1;
      const owner = runs[this.owners[place]];
      const what = mark.name.startsWith("forecast") ? `${owner.name}, forecast` : owner.name;
      this.readout.textContent = `${what}: ${digits(mark.yval, 6)} at ${plain(x)} ${state.x.name}`;
    }

    download() {
      const lines = [`run,${state.x.column},${this.axis.column}`];
      for (const run of runs) {
        const y = run.metrics[this.axis.column];
        if (!y) continue;
        const name = /[",\n]/.test(run.name) ? `"${run.name.replaceAll('"', '""')}"` : run.name;
        y.forEach((value, k) => {
          if (value !== null) lines.push(`${name},${plain(run.metrics[state.x.column][k])},${plain(value)}`);
        });
      }
      const link = make("a", { download: `${this.axis.column}.csv`,
        href: URL.createObjectURL(new Blob([`${lines.join("\n")}\n`], { type: "text/csv" })) });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    }

    refresh() {
      this.stale = true;
      if (this.visible) this.draw();
    }
  }

  // Plots that are not in view are drawn when they come into it.
  const charts = [];
  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const chart = charts.find((one) => one.figure === entry.target);
      if (!chart) continue;
      chart.visible = entry.isIntersecting;
      if (chart.visible && chart.stale) chart.draw();
    }
  }, { rootMargin: "200px" });
  // Those out of view when there is time: for paper, and for whoever scrolls fast.
  const later = window.requestIdleCallback || ((work) => setTimeout(work, 200));
  let waiting = false;
  const drawTheRest = () => {
    if (waiting) return;
    waiting = true;
    later(() => {
      waiting = false;
      const chart = charts.find((one) => one.stale);
      if (!chart) return;
      chart.draw();
      drawTheRest();
    });
  };
  const redraw = () => {
    charts.forEach((chart) => chart.refresh());
    drawTheRest();
  };

  // All plots have the same horizontal range.
  const range = () => {
    let low = Infinity;
    let high = -Infinity;
    for (const run of runs) {
      for (const v of run.metrics[state.x.column]) {
        if (v === null || (state.logX && !(v > 0))) continue;
        low = Math.min(low, v);
        high = Math.max(high, v);
      }
    }
    return high > low ? [low, high] : null;
  };

  const zoom = (window) => {
    const all = range();
    state.window = window && all && (window[0] > all[0] || window[1] < all[1]) ? window : null;
    redraw();
  };

  const show = () => {
    for (const chart of charts) {
      if (!chart.visible) chart.stale = true;
      else if (chart.dygraph) chart.dygraph.updateOptions({ visibility: chart.owners.map((k) => state.shown[k]) });
    }
    drawTheRest();
  };

  const buildCharts = () => {
    for (const axis of Y_AXES) {
      if (charts.some((chart) => chart.axis === axis)) continue;
      if (runs.some((run) => (values(run, axis) || []).some((v) => v !== null))) charts.push(new Chart(axis));
    }
  };

  // A plot that is drawn while the page is printed comes out empty; as it is on the screen, it does not.
  const PAPER_WIDTH = 330;
  const fit = (printing) => {
    const widths = charts.map((chart) => chart.figure.offsetWidth);
    document.body.classList.toggle("printing", printing);
    charts.forEach((chart, k) => {
      chart.figure.style.width = printing ? `${widths[k]}px` : "";
      chart.figure.style.zoom = printing && widths[k] > 0 ? String(PAPER_WIDTH / widths[k]) : "";
    });
  };
  addEventListener("beforeprint", () => fit(true));
  addEventListener("afterprint", () => fit(false));

  // --- Controls and legend ---

  const buildControls = () => {
    for (const axis of X_AXES) {
      const button = make("button", { type: "button", "data-x": axis.column, "aria-pressed": axis === state.x }, axis.name);
      button.addEventListener("click", () => {
        state.x = axis;
        state.window = null;
        for (const other of at("x-axis").children) other.setAttribute("aria-pressed", other === button);
        redraw();
      });
      at("x-axis").append(button);
    }
    at("log-x").addEventListener("change", (event) => {
      state.logX = event.target.checked;
      state.window = null;
      redraw();
    });
    at("log-y").addEventListener("change", (event) => {
      state.logY = event.target.checked;
      redraw();
    });
    at("unzoom").addEventListener("click", () => {
      state.window = null;
      redraw();
    });
    dark.addEventListener("change", () => {
      buildLegend();
      redraw();
      showRun();
    });
  };

  const sample = (k) => {
    const ns = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(ns, "svg");
    const line = document.createElementNS(ns, "line");
    const { colour, pattern } = style(k);
    for (const [name, value] of [["width", 28], ["height", 10], ["aria-hidden", true]]) svg.setAttribute(name, value);
    for (const [name, value] of [["x1", 1], ["x2", 27], ["y1", 5], ["y2", 5], ["stroke", colour], ["stroke-width", 2.5]]) line.setAttribute(name, value);
    if (pattern) line.setAttribute("stroke-dasharray", pattern.join(" "));
    svg.append(line);
    return svg;
  };

  const buildLegend = () => {
    at("legend").replaceChildren(...runs.map((run, k) => {
      const box = make("input", { type: "checkbox", "data-run": k });
      box.checked = state.shown[k];
      box.addEventListener("change", () => {
        state.shown[k] = box.checked;
        show();
      });
      const item = make("li", {}, make("label", { title: "double-click: this run alone, or all" }, box, sample(k), run.name));
      item.addEventListener("dblclick", (event) => {
        event.preventDefault();
        const alone = state.shown.every((on, j) => on === (j === k));
        state.shown = state.shown.map((on, j) => alone || j === k);
        buildLegend();
        show();
      });
      return item;
    }));
    at("legend").hidden = runs.length < 2;
  };

  // --- The summary of all runs ---

  const last = (run, column) => (run.metrics[column] || []).findLast((value) => value !== null) ?? null;
  const SUMMARY = [
    ["run", (run) => run.name, false],
    ["algorithm", (run) => run.algorithm, false],
    ["nodes", (run) => run.nodes, true],
    ["graph", (run) => run.graph_name, false],
    ["rounds", (run) => last(run, "round"), true],
    ["loss", (run) => digits(last(run, "train_loss")), true],
    ["gradient norm", (run) => digits(last(run, "grad_norm"), 3), true],
    ["consensus error", (run) => digits(last(run, "consensus_error"), 3), true],
    ["accuracy", (run) => (last(run, "test_accuracy") === null ? "–" : `${digits(100 * last(run, "test_accuracy"))} %`), true],
    ["sent", (run) => (last(run, "wire_bytes") === null ? "–" : scaled(last(run, "wire_bytes"), "B")), true],
    ["as papers count", (run) => (last(run, "ideal_bits") === null ? "–" : scaled(last(run, "ideal_bits"), "bit")), true],
    ["training time", (run) => (last(run, "seconds") === null ? "–" : seconds(last(run, "seconds"))), true],
    ["", (run) => (run.state === "finished" ? "" : run.state), false],
  ];
  const buildSummary = () => {
    const head = make("tr", {}, ...SUMMARY.map(([name, , number]) => make("th", { class: number ? "number" : undefined, scope: "col" }, name)));
    const rows = runs.map((run) => make("tr", {}, ...SUMMARY.map(([, cell, number]) => make("td", { class: number ? "number" : undefined }, plain(cell(run))))));
    at("summary").replaceChildren(make("thead", {}, head), make("tbody", {}, ...rows));
    at("warnings").replaceChildren(...runs.flatMap((run) => run.warnings.map((text) => make("li", {}, runs.length > 1 ? `${run.name}: ${text}` : text))));
  };

  // --- One run: graph, time, config ---

  // From dark blue to light yellow by way of grey: readable for all, and in grey (after cividis).
  const RAMP = [[0, 34, 78], [53, 69, 108], [102, 105, 112], [148, 142, 119], [200, 184, 102], [254, 232, 56]];
  const ramp = (share) => {
    const place = Math.min(Math.max(share, 0), 1) * (RAMP.length - 1);
    const k = Math.min(Math.floor(place), RAMP.length - 2);
    const mixed = RAMP[k].map((from, c) => Math.round(from + (RAMP[k + 1][c] - from) * (place - k)));
    return `rgb(${mixed.join(",")})`;
  };
  const title = (element, text) => {
    let node = element.querySelector("title");
    if (!node) {
      node = document.createElementNS("http://www.w3.org/2000/svg", "title");
      element.prepend(node);
    }
    node.textContent = text;
  };

  let drawnGraph = null;
  const showGraph = (run) => {
    const svg = data.graphs[run.graph];
    at("topology").hidden = !svg;
    if (!svg) return;
    if (drawnGraph !== run.graph) at("graph").innerHTML = svg;  // made by hearsay from numbers
    drawnGraph = run.graph;
    const key = [];
    const distance = run.node_rows.squared_distance.map((v) => (v === null ? null : Math.sqrt(v)));
    const known = distance.filter((v) => v !== null);
    const low = Math.min(...known);
    const high = Math.max(...known);
    for (const mark of at("graph").querySelectorAll("[data-node]")) {
      const id = Number(mark.dataset.node);
      const place = run.node_rows.node.indexOf(id);
      const own = place < 0 ? null : distance[place];
      if (own !== null) mark.style.fill = ramp(high > low ? (own - low) / (high - low) : 0);
      const label = mark.nextElementSibling;
      if (label && label.tagName === "text" && own !== null) label.style.fill = high > low && (own - low) / (high - low) > 0.6 ? "#000000" : "#ffffff";
      title(mark, place < 0 ? `node ${id}` : `node ${id}: ‖x − x̄‖ = ${digits(own, 5)}, sent ${scaled(run.node_rows.wire_bytes[place], "B")}`);
    }
    if (known.length > 0) {
      const stops = RAMP.map((c) => `rgb(${c.join(",")})`).join(",");
      const bar = make("div", { class: "ramp" });
      bar.style.background = `linear-gradient(to right, ${stops})`;
      key.push(make("p", {}, `A node's colour: its distance to the mean model, ‖xᵢ − x̄‖, after round ${run.node_rows.round}.`), bar,
        make("p", { class: "note" }, `${digits(low, 4)} to ${digits(high, 4)}`));
    }
    const sent = new Map();
    for (const [from, to, bytes] of run.edges) {
      const name = from < to ? `${from}-${to}` : `${to}-${from}`;
      if (!sent.has(name)) sent.set(name, []);
      sent.get(name).push([from, to, bytes]);
    }
    let most = 0;
    for (const arcs of sent.values()) most = Math.max(most, arcs.reduce((sum, arc) => sum + arc[2], 0));
    for (const path of at("graph").querySelectorAll("[data-edge]")) {
      const arcs = sent.get(path.dataset.edge) || [];
      const bytes = arcs.reduce((sum, arc) => sum + arc[2], 0);
      path.style.strokeWidth = most > 0 ? String(0.8 + 4.2 * (bytes / most)) : "";
      title(path, arcs.length > 0 ? arcs.map(([from, to, b]) => `${from} → ${to}: ${scaled(b, "B", 4)}`).join("\n") : path.dataset.edge);
    }
    if (most > 0) key.push(make("p", {}, `A line's width: what went over it in both directions, at most ${scaled(most, "B", 4)}. Hover for numbers.`));
    if (run.facts) key.push(make("p", {}, run.facts));
    at("graph-key").replaceChildren(...key);
  };

  const PHASES = [
    ["compute", "gradients", "#0072b2"], ["compress", "compression", "#e69f00"], ["decode", "decoding", "#009e73"],
    ["mix", "mixing and steps", "#cc79a7"], ["wait", "waiting, transport included", "#9aa3ad"],
  ];
  const showPhases = (run) => {
    const rows = run.phase_rows;
    at("phases").hidden = !rows || rows.node.length === 0;
    if (at("phases").hidden) return;
    const used = PHASES.filter(([name]) => rows[name].some((v) => v !== null));
    at("phase-key").replaceChildren(...used.map(([, label, colour]) => {
      const swatch = make("i", { class: "swatch" });
      swatch.style.background = colour;
      return make("span", {}, swatch, label);
    }));
    const total = rows.node.map((id, k) => used.reduce((sum, [name]) => sum + (rows[name][k] || 0), 0));
    const busy = rows.node.map((id, k) => rows.compute[k] + rows.compress[k] + rows.decode[k] + rows.mix[k]);
    const sorted = [...busy].sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)];
    const longest = Math.max(...total, 1e-12);
    const MOST_BARS = 64;
    const order = rows.node.map((id, k) => k);
    if (order.length > MOST_BARS) order.sort((a, b) => busy[b] - busy[a]).length = MOST_BARS;
    at("phase-bars").replaceChildren(...order.map((k) => {
      const bar = make("div");
      for (const [name, label, colour] of used) {
        const part = make("i", { title: `${label}: ${seconds(rows[name][k] || 0)}` });
        part.style.width = `${(100 * (rows[name][k] || 0)) / longest}%`;
        part.style.background = colour;
        bar.append(part);
      }
      const slow = order.length > 2 && busy[k] > 1.5 * median && median > 0;
      return make("div", { class: slow ? "bar straggler" : "bar" },
        make("span", {}, `node ${rows.node[k]}${slow ? " ▲" : ""}`), bar, make("span", {}, seconds(total[k])));
    }));
    const notes = [`Seconds up to round ${rows.round}.`];
    if (rows.node.length > MOST_BARS) notes.push(`The ${MOST_BARS} busiest of ${rows.node.length} nodes.`);
    if (order.some((k) => busy[k] > 1.5 * median)) notes.push(`▲ a straggler: busy for more than 1.5 times the median, ${seconds(median)}.`);
    if (!rows.wait.some((v) => v !== null)) notes.push("Simulated nodes wait for nobody: this is processor time.");
    at("phase-note").textContent = notes.join(" ");
  };

  const showAbout = (run) => {
    const facts = Object.entries({ folder: run.folder, ...run.environment, seed: run.seed, digest: run.digest });
    at("environment").replaceChildren(...facts.filter(([, value]) => value !== undefined && value !== null)
      .map(([name, value]) => make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, plain(value)))));
    at("config").textContent = run.yaml;
  };

  const showRun = () => {
    const run = runs[Number(at("run").value) || 0];
    showGraph(run);
    showPhases(run);
    showAbout(run);
  };

  const buildRunChoice = () => {
    at("run").replaceChildren(...runs.map((run, k) => make("option", { value: k }, run.name)));
    at("run").addEventListener("change", showRun);
    at("choose-run").hidden = runs.length < 2;
  };

  // --- A run that goes on ---

  const follow = async () => {
    const run = runs[0];
    let seen = run.evaluations;
    const say = (text) => {
      at("state").hidden = false;
      at("state").textContent = text;
    };
    for (let pause = 1000; ; ) {
      await new Promise((resolve) => { setTimeout(resolve, pause); });
      let news;
      try {
        const answer = await fetch(`news?after=${seen}`, { cache: "no-store" });
        if (!answer.ok) throw new Error(String(answer.status));
        news = await answer.json();
      } catch (error) {
        say("The run does not answer: it has ended, or its host cannot be reached. What is below is the last that it said.");
        pause = Math.min(2 * pause, 30000);
        continue;
      }
      pause = 1000;
      if (news.session !== data.session) {
        location.reload();
        return;
      }
      for (const [name, column] of Object.entries(news.metrics)) {
        if (!run.metrics[name]) run.metrics[name] = [];
        run.metrics[name].push(...column);
      }
      seen += news.metrics.round.length;
      run.state = news.state;
      run.warnings = news.warnings;
      if (news.node_rows) run.node_rows = news.node_rows;
      if (news.phase_rows) run.phase_rows = news.phase_rows;
      if (news.edges) run.edges = news.edges;
      say(news.progress);
      if (news.metrics.round.length > 0) {
        buildCharts();
        redraw();
        showRun();
      }
      buildSummary();
      if (news.over) return;
    }
  };

  // --- All of it ---

  document.title = `${data.title} – Hearsay`;
  at("title").textContent = data.title;
  at("subtitle").textContent = data.subtitle;
  at("thinned").textContent = data.note;
  at("footer").textContent = data.footer;
  buildSummary();
  buildControls();
  buildLegend();
  buildCharts();
  drawTheRest();
  buildRunChoice();
  showRun();
  if (data.live) follow();
})();
