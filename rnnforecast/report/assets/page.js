"use strict";
(() => {
  const specs = JSON.parse(document.getElementById("charts").textContent);
  const root = document.documentElement;

  // A chart names colours as the style sheet does, "var(--blue)"; Plotly wants them resolved.
  const themed = (value, style) => {
    if (typeof value === "string") {
      return value.startsWith("var(") ? style.getPropertyValue(value.slice(4, -1)).trim() : value;
    }
    if (Array.isArray(value)) return value.map((one) => themed(one, style));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, themed(one, style)]));
    }
    return value;
  };

  const config = { responsive: true, displaylogo: false, displayModeBar: false };  // drag zooms, double-click goes back

  const draw = (element) => {
    const { data, layout } = themed(specs[element.dataset.chart], getComputedStyle(root));
    element.parentElement.classList.add("drawn");
    return Plotly.react(element, data, layout, config).then(() => element);
  };

  // Zooming in on dates lets the vertical axis follow what is seen.
  const follow = (element) => element.on("plotly_relayout", (change) => {
    if (!specs[element.dataset.chart].follow) return;
    if (change["xaxis.autorange"]) { Plotly.relayout(element, { "yaxis.autorange": true }); return; }
    const range = change["xaxis.range"] || [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    if (range[0] === undefined || Object.keys(change).some((key) => key.startsWith("yaxis"))) return;
    const [from, to] = range.map((date) => new Date(date).getTime());
    let low = Infinity, high = -Infinity;
    for (const trace of specs[element.dataset.chart].data) {
      trace.x.forEach((date, place) => {
        const time = new Date(date).getTime(), value = trace.y[place];
        if (value === null || time < from || time > to) return;
        low = Math.min(low, value); high = Math.max(high, value);
      });
    }
    if (low < high) {
      const margin = 0.05 * (high - low);
      Plotly.relayout(element, { "yaxis.range": [low - margin, high + margin] });
    }
  });

  const charts = [...document.querySelectorAll("[data-chart]")].filter((one) => one.dataset.chart in specs);
  const redraw = () => charts.forEach(draw);
  charts.forEach((element) => draw(element).then(follow));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

  const key = (row, column) => {
    const text = row.cells[column].textContent.trim();
    const number = /^[<>=\s]*([-+]?[\d,]*\.?\d+)(?![\d-])/.exec(text);
    return number ? Number(number[1].replaceAll(",", "")) : text;
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
    table.querySelectorAll("th").forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => sort(table, column, heading));
    });
  });
})();
