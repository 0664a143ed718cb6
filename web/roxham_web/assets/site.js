// Draws the charts of a page: brings each specification and its figures together, in the colours of light or dark.
// Expressions are interpreted, not compiled, so that the page needs no `unsafe-eval`.
(function () {
  "use strict";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const language = document.documentElement.lang;
  const LIGHT = ["#0b6a94", "#c8501e", "#2e7d4f", "#8a4a9e", "#a87400", "#b8325e", "#4b6b8a", "#6b7a1f", "#0f8a86", "#7a5140", "#5a55b8", "#6b6f72", "#a34f8d", "#3f8f2f"];
  const DARK = ["#5cb6e2", "#f58a55", "#6fce93", "#cf9be0", "#f0c063", "#f47fa4", "#9db8d6", "#c3d169", "#5fd3ce", "#d0a48f", "#a9a5f5", "#c0c5c8", "#e59fd2", "#93d983"];
  const NUMBERS = { decimal: ",", thousands: "\u202f", grouping: [3], currency: ["", "\u00a0$"] };
  const MONTHS = ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"];
  const SHORT = ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juill.", "août", "sept.", "oct.", "nov.", "déc."];
  const DAYS = ["dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"];
  const TIMES = { dateTime: "%A %e %B %Y à %X", date: "%d/%m/%Y", time: "%H:%M:%S", periods: ["", ""], days: DAYS, shortDays: DAYS, months: MONTHS, shortMonths: SHORT };

  // The permanent address of a figure; Canadian ones speak French too.
  function addressOf(measure, place, month) {
    const translated = language === "fr" && /^CA(-|$)/.test(place) ? ".fr" : "";
    return document.documentElement.dataset.root + "figures/" + measure + "/" + place + translated + ".html#" + month;
  }

  // A section's figures: a row of values a place, one value a month. Other figures come as columns and rows.
  function rowsOf(figures) {
    if (figures.rows) return figures.rows.map((row) => Object.fromEntries(figures.columns.map((name, at) => [name, row[at]])));
    return figures.places.flatMap((place, rank) => figures.months.map((month, at) => (
      { month: month + "-01", place: place[language], value: figures.values[rank][at], part: place.part, rank,
        href: (figures.linked || []).includes(place.id) ? addressOf(figures.measure_id, place.id, month) : null })));
  }

  // What a specification leaves open: its unit, the names of the places, and how its time is ticked.
  function wordsOf(figures) {
    if (figures.rows) return {};
    const names = (places) => places.map((place) => place[language]);
    const months = figures.months, short = new Date(months[months.length - 1]) - new Date(months[0]) < 800 * 24 * 3600 * 1000;
    return {
      "{unit}": [figures.unit[language]], "{places}": names(figures.places), "{parts}": names(figures.places.filter((place) => place.part)),
      "{tick}": [short ? "'month'" : "'year'"], "{tick said}": [short ? "%b %Y" : "%Y"],
    };
  }

  function filled(node, words) {
    if (Array.isArray(node)) return node.flatMap((each) => words[each] || [filled(each, words)]);
    if (node && typeof node === "object") return Object.fromEntries(Object.entries(node).map(([name, each]) => [name, filled(each, words)]));
    return words[node] ? words[node].join() : node;
  }

  function theme(width) {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const text = { labelColor: colour("--soft"), titleColor: colour("--soft"), labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal" };
    return {
      background: "transparent",
      font: "system-ui, sans-serif",
      aria: false,
      view: { stroke: null },
      axis: { ...text, gridColor: colour("--line"), domainColor: colour("--line"), tickColor: colour("--line") },
      legend: { ...text, columns: Math.max(1, Math.floor(width / 240)), labelLimit: width - 110 },
      range: {
        category: dark.matches ? DARK : LIGHT,
        diverging: dark.matches ? ["#5cb6e2", "#3d4a53", "#f58a55"] : ["#0b6a94", "#e4e2dc", "#c8501e"],
      },
      line: { stroke: dark.matches ? DARK[0] : LIGHT[0] },
      point: { fill: dark.matches ? DARK[0] : LIGHT[0] },
      rule: { stroke: colour("--soft") },
      text: { fill: colour("--soft"), fontSize: 11 },
    };
  }

  const drawn = new Map();

  async function draw(place) {
    const figures = window.roxham.figures[place.dataset.figures];
    const spec = filled(window.roxham.specs[language][place.dataset.spec], wordsOf(figures));
    const events = figures.events.map((event) => ({ ...event, name: event[language] }));
    // An empty layer would have no extent to draw on.
    if (!events.length && spec.layer) spec.layer = spec.layer.filter((layer) => layer.data.name !== "events");
    spec.datasets = { figures: rowsOf(figures), events };
    const options = { mode: "vega-lite", renderer: "svg", actions: false, ast: true, defaultStyle: false, config: theme(place.clientWidth), tooltip: { disableDefaultStyle: true } };
    if (language === "fr") Object.assign(options, { formatLocale: NUMBERS, timeFormatLocale: TIMES });
    try {
      if (drawn.has(place)) drawn.get(place).finalize();
      const embedded = await window.vegaEmbed(place, spec, options);
      drawn.set(place, embedded);
      embedded.view.addEventListener("click", (_, item) => {
        if (item && item.datum && item.datum.href) location.href = item.datum.href;
      });
      // The frame carries the name and leads to the table; hundreds of unnamed marks would only be in the way.
      place.querySelector("svg").setAttribute("aria-hidden", "true");
    } catch (error) {
      place.classList.add("failed");
      place.textContent = language === "fr" ? "Ce graphique n’a pu être tracé ; le tableau ci-dessous en contient les chiffres." : "This chart could not be drawn; the table below holds its figures.";
      console.error(error);
    }
  }

  async function drawAll() {
    for (const place of document.querySelectorAll(".vega")) await draw(place);
    document.documentElement.dataset.charts = "drawn";
  }

  // A link to a table opens the fold that it lies in.
  function unfold() {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const fold = target && target.closest("details");
    if (fold && !fold.open) {
      fold.open = true;
      target.scrollIntoView();
    }
  }

  dark.addEventListener("change", drawAll);
  window.addEventListener("hashchange", unfold);
  unfold();
  drawAll();
})();
