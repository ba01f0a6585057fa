"use strict";
(() => {
  const { lists, charts: specs } = JSON.parse(document.getElementById("charts").textContent);
  const root = document.documentElement;
  const touch = matchMedia("(hover: none), (pointer: coarse)").matches;

  // Lists of places that several series share are stored once: "@3" is the fourth of them.
  const placesOf = (trace) => typeof trace.x === "string" ? lists[Number(trace.x.slice(1))] : trace.x;

  // A chart names colours as the style sheet does, "var(--blue)" or "var(--blue) 0.18".
  const COLOUR = /^var\((--[a-z]+)\)(?: ([\d.]+))?$/;
  const colour = (text, style) => {
    const match = COLOUR.exec(text);
    if (!match) return text;
    const value = style.getPropertyValue(match[1]).trim();
    const full = value.length === 4 ? "#" + [...value.slice(1)].map((digit) => digit + digit).join("") : value;
    return full + (match[2] ? Math.round(255 * match[2]).toString(16).padStart(2, "0") : "");
  };
  const themed = (value, style) => {
    if (typeof value === "string") return colour(value, style);
    if (Array.isArray(value)) return typeof value[0] === "number" ? value : value.map((item) => themed(item, style));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, themed(item, style)]));
    }
    return value;
  };

  const config = { responsive: true, displaylogo: false, displayModeBar: false };  // drag zooms, double-click resets

  const chosen = new Map();  // element to the traces that its reader has chosen
  const tracesOf = (element) => chosen.get(element) || specs[element.dataset.chart].data;

  const draw = (element) => {
    const style = getComputedStyle(root);
    const data = tracesOf(element).map((trace) => ({ ...themed(trace, style), x: placesOf(trace) }));
    const layout = themed(specs[element.dataset.chart].layout, style);
    if (touch) layout.dragmode = false;  // a finger scrolls the page
    if (element.layout && specs[element.dataset.chart].follow) {  // what was zoomed to stays
      for (const axis of ["xaxis", "yaxis"]) layout[axis] = { ...layout[axis], range: element.layout[axis].range };
    }
    element.parentElement.classList.add("drawn");
    return Plotly.react(element, data, layout, config).then(() => element);
  };

  // The values that a span of dates has, with a margin.
  const rangeWithin = (element, from, to) => {
    let low = Infinity, high = -Infinity;
    for (const trace of tracesOf(element)) {
      placesOf(trace).forEach((date, place) => {
        const time = new Date(date).getTime(), value = trace.y[place];
        if (value === null || time < from || time > to) return;
        low = Math.min(low, value); high = Math.max(high, value);
      });
    }
    const margin = 0.05 * (high - low);
    return low < high ? [low - margin, high + margin] : null;
  };

  const show = (element, from, to) => {
    const range = rangeWithin(element, new Date(from).getTime(), new Date(to).getTime());
    return Plotly.relayout(element, { "xaxis.range": [from, to], ...(range ? { "yaxis.range": range } : {}) });
  };

  // Zooming in on dates lets the vertical axis follow what is seen.
  const follow = (element) => element.on("plotly_relayout", (change) => {
    if (!specs[element.dataset.chart].follow) return;
    if (change["xaxis.autorange"]) { Plotly.relayout(element, { "yaxis.autorange": true }); return; }
    const range = change["xaxis.range"] || [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    if (range[0] === undefined || Object.keys(change).some((key) => key.startsWith("yaxis"))) return;
    const values = rangeWithin(element, ...range.map((date) => new Date(date).getTime()));
    if (values) Plotly.relayout(element, { "yaxis.range": values });
  });

  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  // Buttons for spans of dates, and a choice of what is shown, above a chart.
  const controls = (element) => {
    const { ranges, variants, choice } = specs[element.dataset.chart];
    if (!ranges && !variants) return;
    const bar = make("div", { className: "controls" });
    if (variants) {
      const select = make("select", {}, ...variants.map(([name], place) => make("option", { value: place }, name)));
      select.addEventListener("change", () => {
        chosen.set(element, variants[select.value][1] || specs[element.dataset.chart].data);
        draw(element).then(() => { const [from, to] = element.layout.xaxis.range; show(element, from, to); });
      });
      bar.append(make("label", {}, `${choice} `, select));
    }
    (ranges || []).forEach(([name, from, to], place) => {
      const button = make("button", { type: "button" }, name);
      button.setAttribute("aria-pressed", String(place === 0));
      button.addEventListener("click", () => {
        bar.querySelectorAll("button").forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
        show(element, from, to);
      });
      bar.append(button);
    });
    element.before(bar);
  };

  const charts = [...document.querySelectorAll("[data-chart]")].filter((one) => one.dataset.chart in specs);
  const start = () => {
    charts.forEach((element) => { controls(element); draw(element).then(follow); });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts.forEach(draw));
  };

  // Plotly is packed, in this page or in a style sheet that several pages share. Its digest is in the page's policy, so nothing else can be unpacked in its place.
  const unpack = async (packed) => {
    const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    document.head.append(make("script", { textContent: await new Response(stream).text() }));
    if (!window.Plotly) throw new Error("another script than this page's Plotly");
  };
  const holder = document.getElementById("plotly");
  const packed = holder.href ? getComputedStyle(holder).getPropertyValue("--packed").trim().slice(1, -1) : holder.textContent;
  const standStill = () => document.querySelector("main").prepend(make("p", { className: "soft", id: "still" },
    `The figures on this page are pictures only: ${holder.getAttribute("href")}, which makes them interactive, is not where the page looks for it. Copy the whole folder of the run, or save this page with rnnforecast report --out.`));
  if (charts.length && !packed) standStill();
  else if (charts.length && "DecompressionStream" in window) {
    unpack(packed).then(start, (error) => { if (!holder.href) throw error; standStill(); });
  }

  const key = (row, column) => {
    const text = row.cells[column].textContent.trim();
    if (/^[A-Z][a-z]{2} \d{1,2} [A-Z][a-z]{2} \d{4}/.test(text)) return new Date(text.slice(4)).getTime();
    const number = /^[<>=\s]*([-+−]?[\d,]*\.?\d+)(?![\d-])/.exec(text);
    return number ? Number(number[1].replaceAll(",", "").replace("−", "-")) : text;
  };

  const compare = (one, other) => {
    if (typeof one === typeof other) return typeof one === "number" ? one - other : one.localeCompare(other);
    return typeof one === "number" ? -1 : 1;
  };

  const sort = (table, column, heading) => {
    const ascending = heading.getAttribute("aria-sort") !== "ascending";
    table.querySelectorAll("th").forEach((one) => one.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const rows = [...table.tBodies[0].rows];
    rows.sort((one, other) => (ascending ? 1 : -1) * compare(key(one, column), key(other, column)));
    table.tBodies[0].append(...rows);
  };

  document.querySelectorAll("table.sortable").forEach((table) => {
    table.querySelectorAll("thead th").forEach((heading, column) => {
      if (!heading.textContent.trim()) return;
      const button = make("button", { type: "button" });
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => sort(table, column, heading));
    });
  });

  // A table that is wider than the page says so, and can be scrolled from the keyboard.
  const scrolls = (box) => {
    const wide = box.scrollWidth > box.clientWidth + 1, long = box.scrollHeight > box.clientHeight + 1;
    box.classList.toggle("more", wide && box.scrollLeft + box.clientWidth < box.scrollWidth - 1);
    if (wide || long) box.tabIndex = 0; else box.removeAttribute("tabindex");
  };
  document.querySelectorAll(".wide").forEach((box) => {
    scrolls(box);
    box.addEventListener("scroll", () => scrolls(box), { passive: true });
    new ResizeObserver(() => scrolls(box)).observe(box);
  });

  // The contents show where the reader is.
  const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      links.forEach((link, id) => link.toggleAttribute("aria-current", id === entry.target.id));
    }
  }, { rootMargin: "-20% 0px -70% 0px" });
  links.forEach((_, id) => { const section = document.getElementById(id); if (section) seen.observe(section); });

  // Folded parts are printed unfolded.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    folded.forEach((part) => { part.open = true; });
  });
  addEventListener("afterprint", () => folded.forEach((part) => { part.open = false; }));
})();
