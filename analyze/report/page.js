"use strict";
// Draws timeline and plots of each article from the data in it. Nothing in the
// data is ever taken for markup: text goes in as text.
document.querySelectorAll("article").forEach(article => {
  const data = JSON.parse(article.querySelector("script.data").textContent);
  const section = article.querySelector(".views"), timeline = article.querySelector(".timeline");
  const tip = article.querySelector(".tip"), readout = article.querySelector("output");
  const first = data.begin, last = data.end > first ? data.end : first + 1;
  let from = first, to = last, cursor = null, picked = -1, drag = null, views = [];
  if (!data.lanes.length) return;
  section.hidden = false;

  const svgNode = (name, attributes, parent) => {
    const n = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const a in attributes) n.setAttribute(a, attributes[a]);
    if (parent) parent.append(n);
    return n;
  };
  const node = (name, className, text, parent) => {
    const n = document.createElement(name);
    if (className) n.className = className;
    if (text !== undefined) n.textContent = text;
    if (parent) parent.append(n);
    return n;
  };
  const clock = (s, places) => {
    const scale = 10 ** places, n = Math.round(Math.max(s, 0) * scale), whole = Math.floor(n / scale);
    const two = v => String(v).padStart(2, "0");
    return Math.floor(whole / 3600) + ":" + two(Math.floor(whole / 60) % 60) + ":" + two(whole % 60) +
      (places ? "." + String(n % scale).padStart(places, "0") : "");
  };
  const figure = v => Math.abs(v) >= 100 ? String(Math.round(v)) : String(Number(v.toPrecision(3)));
  const steps = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 36000];
  const colour = i => "var(--c" + (i % 14) + ")";

  // A view is one SVG over the time shown: the timeline, or a plot.
  const left = () => Math.min(96, section.clientWidth * 0.22), right = 8;
  const x = (v, t) => v.left + (t - from) / (to - from) * (v.width - v.left - right);
  const time = (v, px) => from + (px - v.left) / (v.width - v.left - right) * (to - from);

  const begin = v => {
    v.width = Math.max(section.clientWidth, 200);
    v.left = left();
    v.svg.setAttribute("viewBox", "0 0 " + v.width + " " + v.height);
    v.svg.replaceChildren();
  };
  const axis = (v, labels) => { // y of the labels
    const places = (v.width - v.left) / 90, step = steps.find(s => (to - from) / s <= places) || (to - from) / 4;
    for (let t = Math.ceil(from / step) * step; t <= to; t += step) {
      svgNode("line", {class: "rule", x1: x(v, t), x2: x(v, t), y1: v.top, y2: v.height - v.bottom}, v.svg);
      svgNode("text", {x: x(v, t), y: labels, "text-anchor": x(v, t) > v.width - 40 ? "end" : "middle"}, v.svg).textContent = clock(t, step < 0.01 ? 3 : step < 1 ? 2 : 0);
    }
  };
  const finish = v => {
    const area = {x: v.left, y: v.top, width: v.width - v.left - right, height: v.height - v.top - v.bottom};
    if (picked >= 0) {
      const e = data.events[picked], a = Math.max(x(v, e.start), v.left), b = Math.min(x(v, e.end), v.width - right);
      if (b >= a) svgNode("rect", {class: "picked", x: a - 2, y: area.y, width: b - a + 4, height: area.height}, v.svg);
    }
    v.select = svgNode("rect", {class: "picked", y: area.y, height: area.height, visibility: "hidden"}, v.svg);
    v.now = svgNode("line", {class: "now", y1: area.y, y2: area.y + area.height, visibility: "hidden"}, v.svg);
    mark(v);
  };
  const mark = v => {
    const there = cursor !== null && cursor >= from && cursor <= to;
    v.now.setAttribute("visibility", there ? "visible" : "hidden");
    if (there) { v.now.setAttribute("x1", x(v, cursor)); v.now.setAttribute("x2", x(v, cursor)); }
    v.select.setAttribute("visibility", drag ? "visible" : "hidden");
    if (drag) {
      const a = x(v, Math.max(Math.min(drag.from, drag.to), from)), b = x(v, Math.min(Math.max(drag.from, drag.to), to));
      v.select.setAttribute("x", a); v.select.setAttribute("width", Math.max(b - a, 0));
    }
  };

  // Rectangles of events as one path; those that would touch are one.
  const rectangles = (v, indexes, y, height, least) => {
    let d = "", a = -1, b = -1;
    const put = () => { if (b > a) d += "M" + a.toFixed(1) + " " + y + "H" + b.toFixed(1) + "V" + (y + height) + "H" + a.toFixed(1) + "Z"; };
    for (const i of indexes) {
      const e = data.events[i];
      if (e.end < from || e.start > to) continue;
      const p = Math.max(x(v, e.start), v.left), q = Math.max(Math.min(x(v, e.end), v.width - right), p + least);
      if (p > b + 0.5) { put(); a = p; b = q; } else b = Math.max(b, q);
    }
    put();
    return d;
  };

  const laneHeight = 22;
  const drawTimeline = v => {
    v.top = 20; v.bottom = 2;
    v.height = v.top + v.bottom + data.lanes.length * laneHeight;
    begin(v);
    data.lanes.forEach((lane, i) => {
      if (lane.detector) svgNode("rect", {class: "lane", x: v.left, y: v.top + i * laneHeight + 2, width: v.width - v.left - right, height: laneHeight - 4}, v.svg);
    });
    axis(v, v.top - 5);
    data.lanes.forEach((lane, i) => {
      const y = v.top + i * laneHeight;
      if (!lane.detector) {
        svgNode("text", {class: "over", x: 0, y: y + 16}, v.svg).textContent = lane.title;
        return;
      }
      svgNode("text", {x: v.left - 6, y: y + 15, "text-anchor": "end"}, v.svg).textContent = lane.detector;
      svgNode("path", {d: rectangles(v, lane.events, y + 3, laneHeight - 6, 3), fill: colour(lane.colour)}, v.svg);
    });
    finish(v);
  };

  // A plot has one or more series; each is thinned to columns of a pixel.
  const columns = (s, v) => {
    const out = [], width = v.width - v.left - right, start = Math.max(Math.floor((from - first) / s.step_s), 0);
    const end = Math.min(Math.ceil((to - first) / s.step_s), s.mean.length - 1), each = Math.max(1, Math.floor((end - start) / width));
    for (let i = start; i <= end; i += each) {
      let low = Infinity, high = -Infinity, sum = 0, n = 0;
      for (let j = i; j < i + each && j < s.mean.length; j++) {
        if (s.mean[j] === null) continue;
        low = Math.min(low, s.low[j]); high = Math.max(high, s.high[j]); sum += s.mean[j]; n++;
      }
      out.push(n ? {t: first + (i + each / 2) * s.step_s, low, high, mean: sum / n} : null);
    }
    return out;
  };
  const drawPlot = v => {
    v.top = 4; v.bottom = 18; v.height = 100;
    begin(v);
    axis(v, v.height - 4);
    const span = v.high - v.low, y = value => v.top + (v.high - value) / span * (v.height - v.top - v.bottom);
    for (const t of v.ticks) {
      svgNode("line", {class: "rule", x1: v.left, x2: v.width - right, y1: y(t), y2: y(t)}, v.svg);
      svgNode("text", {x: v.left - 6, y: y(t) + 4, "text-anchor": "end"}, v.svg).textContent = figure(t);
    }
    svgNode("path", {class: "shade", d: rectangles(v, v.events, v.top, v.height - v.top - v.bottom, 1), fill: "var(--text)"}, v.svg);
    const clip = svgNode("clipPath", {id: v.id}, v.svg);
    svgNode("rect", {x: v.left, y: 0, width: v.width - v.left - right, height: v.height}, clip);
    v.series.forEach((s, i) => {
      let band = "", line = "", run = [];
      const put = () => {
        if (!run.length) return;
        const at = (c, value) => x(v, c.t).toFixed(1) + " " + y(value).toFixed(1);
        line += run.map((c, k) => (k ? "L" : "M") + at(c, c.mean)).join("") + (run.length === 1 ? "h1" : "");
        band += run.map((c, k) => (k ? "L" : "M") + at(c, c.high)).join("") + run.slice().reverse().map(c => "L" + at(c, c.low)).join("") + "Z";
        run = [];
      };
      // A bin or two without a value are no gap: they are of an uneven rate.
      let empty = 0;
      for (const c of columns(s, v)) {
        if (c) { run.push(c); empty = 0; } else if (++empty > 2) put();
      }
      put();
      const g = svgNode("g", {"clip-path": "url(#" + v.id + ")"}, v.svg);
      svgNode("path", {class: "band", d: band, fill: colour(v.colour + 2 * i)}, g);
      svgNode("path", {class: "line", d: line, stroke: colour(v.colour + 2 * i)}, g);
    });
    finish(v);
  };

  const draw = () => { for (const v of views) v.draw(v); };
  const show = (a, b) => {
    const width = Math.min(Math.max(b - a, 0.2), last - first);
    a = Math.min(Math.max((a + b - width) / 2, first), last - width);
    from = a; to = a + width;
    draw();
    tell();
  };
  const zoom = factor => {
    const at = cursor !== null && cursor >= from && cursor <= to ? cursor : (from + to) / 2;
    show(at - (at - from) * factor, at + (to - at) * factor);
  };
  const move = share => show(from + share * (to - from), to + share * (to - from));
  const tell = () => { readout.textContent = (cursor !== null ? "at " + clock(cursor, 3) + ", " : "") + clock(from, 1) + " to " + clock(to, 1); };

  const eventsAt = (t, lane) => {
    const slack = (to - from) / 300, out = [];
    (lane ? lane.events : data.events.keys()).forEach(i => {
      const e = data.events[i];
      if (e.start - slack <= t && t < e.end + slack) out.push(i);
    });
    return out;
  };
  const valueAt = (s, t) => {
    const i = Math.floor((t - first) / s.step_s);
    return i < 0 || i >= s.mean.length || s.mean[i] === null ? null : {mean: s.mean[i], low: s.low[i], high: s.high[i]};
  };
  const explain = (v, lane, px, py) => {
    tip.replaceChildren();
    let shown = null;
    for (const p of data.film || []) { if (p.at_s <= cursor + 0.001) shown = p; else break; }
    if (shown) { const img = node("img", "", undefined, tip); img.src = "data:image/jpeg;base64," + shown.jpeg; img.alt = ""; node("div", "quiet", "picture of " + clock(shown.at_s, 2), tip); }
    node("b", "", clock(cursor, 3), tip);
    for (const s of v.series || []) {
      const value = valueAt(s, cursor);
      node("div", "", (v.series.length > 1 ? s.name + " " : "") + (value === null ? "nothing" : figure(value.mean) + " " + s.unit +
        (value.low !== value.high ? " (" + figure(value.low) + " to " + figure(value.high) + ")" : "")), tip);
    }
    const here = eventsAt(cursor, lane);
    for (const i of here.slice(0, 6)) {
      const e = data.events[i], line = node("div", "", undefined, tip);
      node("span", "dot", "", line).style.setProperty("--k", colour(e.colour));
      line.append(e.what + ", " + clock(e.start, 3) + " to " + clock(e.end, 3));
    }
    if (here.length > 6) node("div", "", "and " + (here.length - 6) + " more", tip);
    tip.hidden = false;
    const box = section.getBoundingClientRect();
    tip.style.left = Math.max(0, Math.min(px - box.left + 14, box.width - tip.offsetWidth - 4)) + "px";
    tip.style.top = (py - box.top + 18) + "px";
  };
  const point = t => {
    cursor = Math.min(Math.max(t, first), last);
    for (const v of views) mark(v);
    tell();
  };

  const pick = (i, scroll) => {
    picked = i;
    article.querySelectorAll("tr.picked").forEach(r => r.classList.remove("picked"));
    const row = article.querySelector("button.go[data-event=\"" + i + "\"]");
    if (row) {
      row.closest("tr").classList.add("picked");
      const folded = row.closest("details");
      if (folded) folded.open = true;
      if (scroll) { row.closest("tr").scrollIntoView({block: "center"}); row.focus({preventScroll: true}); }
    }
    draw();
  };
  // The shortest event at a place is the one that is hard to hit otherwise.
  const pickAt = lane => {
    const here = eventsAt(cursor, lane).sort((a, b) => (data.events[a].end - data.events[a].start) - (data.events[b].end - data.events[b].start));
    if (here.length) { tip.hidden = true; pick(here[0], true); }
  };

  const add = (v, host) => {
    v.svg = svgNode("svg", {role: "img", "aria-label": v.label}, host);
    const at = e => {
      const box = v.svg.getBoundingClientRect();
      return {t: Math.min(Math.max(time(v, (e.clientX - box.left) / box.width * v.width), from), to),
        lane: v.draw === drawTimeline ? data.lanes[Math.floor((((e.clientY - box.top) / box.height * v.height) - v.top) / laneHeight)] : undefined};
    };
    host.addEventListener("pointerdown", e => {
      if (e.button) return;
      const p = at(e);
      drag = {from: p.t, to: p.t, x: e.clientX};
      host.setPointerCapture(e.pointerId);
    });
    host.addEventListener("pointermove", e => {
      const p = at(e);
      if (drag) drag.to = p.t;
      point(p.t);
      explain(v, p.lane && p.lane.detector ? p.lane : undefined, e.clientX, e.clientY);
    });
    host.addEventListener("pointerup", e => {
      if (!drag) return;
      const d = drag, p = at(e);
      drag = null;
      point(p.t);
      if (Math.abs(e.clientX - d.x) > 6) show(Math.min(d.from, p.t), Math.max(d.from, p.t));
      else pickAt(p.lane && p.lane.detector ? p.lane : undefined);
    });
    host.addEventListener("pointercancel", () => { drag = null; for (const v of views) mark(v); });
    host.addEventListener("pointerleave", () => { if (!drag) tip.hidden = true; });
    host.addEventListener("dblclick", () => show(first, last));
    host.addEventListener("wheel", e => { // also what a pinch on a touchpad is
      if (!e.ctrlKey) return;
      e.preventDefault();
      point(at(e).t);
      zoom(e.deltaY > 0 ? 1.25 : 0.8);
    }, {passive: false});
    host.addEventListener("keydown", e => {
      const keys = {ArrowLeft: -1, ArrowRight: 1};
      if (e.ctrlKey || e.metaKey || e.altKey) return;
      if (e.key in keys) {
        let t = (cursor === null ? from : cursor) + keys[e.key] * (to - from) / (e.shiftKey ? 10 : 100);
        point(t);
        if (cursor < from || cursor > to) show(cursor - (to - from) / 2, cursor + (to - from) / 2);
        const box = v.svg.getBoundingClientRect();
        explain(v, undefined, box.left + x(v, cursor) / v.width * box.width, box.top + box.height / 2);
      } else if (e.key === "+" || e.key === "=") zoom(0.5);
      else if (e.key === "-") zoom(2);
      else if (e.key === "0" || e.key === "Home") show(first, last);
      else if (e.key === "Enter" && cursor !== null) pickAt();
      else if (e.key === "Escape") tip.hidden = true;
      else return;
      e.preventDefault();
    });
    host.addEventListener("blur", () => { tip.hidden = true; });
    views.push(v);
  };

  const plotsOf = () => {
    const plots = new Map();
    for (const s of data.series || []) {
      const key = s.stream + " " + s.plot;
      if (!plots.has(key)) plots.set(key, []);
      plots.get(key).push(s);
    }
    return [...plots.values()];
  };
  const ticksOf = (low, high) => {
    const rough = (high - low) / 4, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].map(f => f * power).find(s => s >= rough), out = [];
    for (let t = Math.ceil(low / step) * step; t <= high + step * 1e-6; t += step) out.push(Math.abs(t) < step * 1e-6 ? 0 : t);
    return out;
  };

  add({draw: drawTimeline, label: "Timeline of " + data.events.length + " events"}, timeline);
  const host = article.querySelector(".plots");
  plotsOf().forEach((series, i) => {
    const s = series[0], title = node("h3", "", undefined, host), view = node("div", "plot view", undefined, host);
    node("b", "", s.plot[0].toUpperCase() + s.plot.slice(1), title);
    title.append(" of stream " + s.stream + (s.unit ? ", " + s.unit + ": " : ": "));
    series.forEach((one, k) => {
      node("span", "dot", "", title).style.setProperty("--k", colour(3 + i + 2 * k));
      title.append(one.name + " ");
    });
    let low = Infinity, high = -Infinity;
    for (const one of series) for (let k = 0; k < one.mean.length; k++) if (one.mean[k] !== null) { low = Math.min(low, one.low[k]); high = Math.max(high, one.high[k]); }
    if (!(high > low)) { low -= 1; high += 1; }
    view.tabIndex = 0;
    add({draw: drawPlot, series, low, high, ticks: ticksOf(low, high), colour: 3 + i, id: "clip-" + data.id + "-" + i,
      events: data.events.map((e, k) => k).filter(k => data.events[k].stream === s.stream || data.events[k].stream < 0),
      label: title.textContent + "from " + figure(low) + " to " + figure(high)}, view);
  });

  article.querySelectorAll("[data-do]").forEach(b => b.addEventListener("click", () => ({
    in: () => zoom(0.5), out: () => zoom(2), left: () => move(-0.5), right: () => move(0.5), all: () => show(first, last),
  })[b.dataset.do]()));
  article.querySelectorAll("button.go").forEach(b => b.addEventListener("click", () => {
    const i = Number(b.dataset.event), e = data.events[i], around = Math.max(1, 1.5 * (e.end - e.start));
    cursor = e.start;
    show(e.start - around, e.end + around);
    pick(i, false);
    section.scrollIntoView({block: "start"});
  }));
  let width = 0;
  new ResizeObserver(() => { if (section.clientWidth !== width) { width = section.clientWidth; draw(); } }).observe(section);
  width = section.clientWidth;
  show(first, last);
});
