// Shows the figure that the address names: #2022-12, #2022 or #FY2023 (and #m2022-12, as addresses once were). Everything
// is set as text: what an agency printed is never markup here.
(function () {
  "use strict";
  const data = window.roxham, panel = document.getElementById("figure"), about = panel.dataset;
  const french = document.documentElement.lang === "fr", at = french ? 1 : 0;
  const WORDS = {
    none: ["no figure", "aucun chiffre"], published: ["as printed by the agency", "tel qu’imprimé par l’organisme"],
    computed: ["the sum of printed cells", "la somme de cellules imprimées"], months: ["the sum of its months", "la somme de ses mois"],
    whole: ["its twelve months sum to ", "la somme de ses douze mois : "], part: ["{0} of 12 months", "{0} mois sur 12"],
    before: ["We hold no release from before {0}", "Aucune publication antérieure au {0} n’est conservée"],
    press: ["the press had quoted {0} ({1}) on {2}", "la presse avait cité {0} ({1}) le {2}"],
    then: ["{0} months had a figure by then; {1} say otherwise today", "{0} mois avaient alors un chiffre ; {1} sont différents aujourd’hui"],
    covers: ["printed for {0} to {1} only", "imprimé pour {0} à {1} seulement"],
    parts: ["its parts sum to ", "la somme de ses parties : "], final: ["closed", "clos"], open: ["still open to revision", "encore ouvert à révision"],
    cell: ["The cell that printed it", "La cellule qui l’a imprimé"], file: ["Our copy", "Notre copie"], from: ["Agency’s address", "Adresse de l’organisme"],
    lines: ["Lines of the file around the cell", "Lignes du fichier autour de la cellule"], known: ["What was known when", "Ce qui était connu, et quand"],
    since: ["known from {0}", "connu depuis le {0}"], until: ["known from {0} until {1}", "connu du {0} au {1}"], cite: ["To cite", "Pour citer"],
    "printed figure": ["printed figure", "chiffre imprimé"], "part of the sum": ["part of the sum", "partie de la somme"],
    more: ["… and {0} more cells", "… et {0} autres cellules"], prints: [" prints ", " imprime "], sums: ["The months that it sums", "Les mois qu’il additionne"],
    unheld: ["No release that speaks of it is in the archive.", "Aucune publication portant sur ce mois n’est dans les archives."],
    absent: ["No row is printed for it in this release’s files.", "Aucune ligne n’est imprimée à ce sujet dans les fichiers de cette publication."],
    lost: ["was not found again in the file", "n’a pas été retrouvée dans le fichier"], release: ["Release published ", "Publication du "],
    fiscal: ["fiscal year ", "exercice "], link: ["Address of this figure", "Adresse de ce chiffre"], plain: ["Citation", "Référence"],
  };
  const REASONS = {
    not_yet_published: ["not yet published", "pas encore publié"], not_listed: ["not listed", "non listé"], out_of_window: ["out of window", "hors de la fenêtre"],
    withdrawn: ["withdrawn", "retiré"], suppressed: ["suppressed", "supprimé"], not_collected: ["not collected", "non recueilli"],
    not_applicable: ["not applicable", "sans objet"], parse_failed: ["not readable", "illisible"], not_held: ["not held", "non détenu"],
  };
  const said = (word, ...values) => values.reduce((text, value, n) => text.replace("{" + n + "}", value), WORDS[word][at]);
  const number = (value) => value.toLocaleString(french ? "fr-FR" : "en-US");
  const figure = (value) => typeof value === "number" ? number(value) : said("none") + (value ? " (" + (REASONS[value] || [value, value])[at] + ")" : "");

  function make(name, text, attributes, ...inside) {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
    made.append(...inside);
    return made;
  }

  function when(key) {
    if (key.startsWith("FY")) return said("fiscal") + key.slice(2);
    if (key.length === 4) return key;
    return new Date(key + "-15T00:00:00Z").toLocaleDateString(french ? "fr-FR" : "en-US", { month: "long", year: "numeric", timeZone: "UTC" });
  }

  function standing(key, fact) {
    const told = [];
    if (fact.value !== null) told.push(said(fact.months && fact.basis === "computed" ? "months" : fact.basis));
    if (fact.covers && fact.covers.length) told.push(said("covers", when(fact.covers[0]), when(fact.covers[1])));
    if (fact.months && fact.told && fact.told < 12) told.push((fact.basis === "published" ? said("months") + ": " + number(fact.summed) + ", " : "") + said("part", fact.told));
    else if (fact.months && fact.basis === "published" && fact.summed !== null) told.push(said("whole") + number(fact.summed));
    if (typeof fact.parts === "number" && fact.parts !== fact.value) told.push(said("parts") + number(fact.parts));
    if ("final" in fact) told.push(said(fact.final ? "final" : "open"));
    if (fact.flags) told.push(fact.flags);
    return make("p", told.join("; ") + ".");
  }

  // The rows around a cell, as a plain table with the cell marked.
  function excerpt(cell) {
    const [which, row, column] = cell.around, around = data.around[which];
    const body = make("tbody");
    around.rows.forEach((texts, down) => {
      const line = make("tr");
      texts.forEach((text, across) => {
        const marked = down === row && across === column;
        const it = make(down === 0 || across === 0 ? "th" : "td", marked ? "" : text, across === 0 && down > 0 ? { scope: "row" } : down === 0 ? { scope: "col" } : {});
        if (marked) it.append(make("mark", text || "(empty)"));
        line.append(it);
      });
      body.append(line);
    });
    const name = around.of || said("lines");
    const table = make("table", "", { class: "excerpt" }, make("caption", name), body);
    const scroll = make("div", "", { class: "scroll", role: "region", tabindex: "0", "aria-label": name, lang: "en" }, table);
    return scroll;
  }

  function address(url) {
    return /^https?:\/\/[^{]*$/.test(url) ? make("a", url, { href: url, rel: "external" }) : make("code", url);
  }

  function copy(file) {
    const row = (head, ...inside) => make("div", "", {}, make("dt", head), make("dd", "", {}, ...inside));
    return make("dl", "", { class: "provenance" }, row(said("from"), address(file.url)),
      row(said("file"), file.name, make("br"), "sha256 ", make("code", file.sha256, { class: "hash" })));
  }

  function cells(key, fact) {
    if (!fact.cells.length && fact.why === "not_held") return [make("p", said("unheld"))];
    if (!fact.cells.length) return fact.unprinted.length ? fact.unprinted.map((each) => make("p", each, { lang: "en" })) : fact.months ? [] : [make("p", said("absent"))];
    const parts = [make("h3", said("cell"))], first = fact.cells.find((each) => each.around);
    if (first) parts.push(excerpt(first));
    const list = make("ul", "", { class: "cells" });
    for (const each of fact.cells) {
      const item = make("li", said(each.role) + ": ", {}, make("code", each.locator, { lang: "en" }));
      if (each.printed === null) item.append(" " + said("lost"));
      else item.append(said("prints"), make("q", each.printed), " ", make("span", "[" + each.row + "]", { class: "rowhead", lang: "en" }));
      list.append(item);
    }
    parts.push(list);
    if (fact.of > fact.cells.length) parts.push(make("p", said("more", number(fact.of - fact.cells.length)) + ": ", {}, make("code", ["roxham trace", data.measure_id, key, data.geography_id, "--all-cells"].join(" "))));
    return [...parts, copy(data.files[fact.cells[0].file])];
  }

  function sums(fact) {
    if (!fact.months || !fact.months.length) return [];
    const list = make("ul", "", { class: "sums" });
    for (const key of [...fact.months].sort()) list.append(make("li", "", {}, make("a", when(key), { href: "#" + key }), ": " + number(data.facts[key].value)));
    return [make("h3", said("sums")), list];
  }

  function states(fact) {
    const list = make("ul", "", { class: "states" });
    for (const [value, from, until, n] of fact.spans) {
      const [release, source, day] = data.releases[n], root = document.documentElement.dataset.root;
      const anchor = "r-" + release.slice(release.indexOf("@") + 1).replace(/[^\p{L}\p{N}]/gu, "-");
      list.append(make("li", "", {}, make("b", figure(value)), " " + said(until ? "until" : "since", from, until) + ": ",
        make("a", release, { href: root + "releases/" + source + ".html#" + anchor })));
    }
    return fact.spans.length ? [make("h3", said("known")), list] : [];
  }

  function cited(key, fact) {
    const path = "figures/" + data.measure_id + "/" + data.geography_id + (french ? ".fr" : "") + ".html#" + key;
    const here = location.protocol.startsWith("http") ? location.href.split("#")[0] + "#" + key : path;
    const file = fact.cells.length ? data.files[fact.cells[0].file] : null;
    const last = fact.spans.length ? data.releases[fact.spans[fact.spans.length - 1][3]] : null;
    const title = about.measureTitle + ", " + when(key) + ": " + figure(fact.value === null ? fact.why : fact.value) + " (" + about.unit + ")";
    const source = file && file.url ? file.url : about.page;
    const note = [last ? said("release") + last[2] : "", source, file ? "sha256 " + file.sha256 : ""].filter(Boolean).join(", ");
    const plain = about.publisher + ". " + title + ". " + note + ". Roxham, " + about.build + ", " + here;
    const name = ["roxham", data.measure_id, data.geography_id, key].join("-").replace(/_/g, "-");
    const bibtex = "@misc{" + name + ",\n  author = {{" + about.publisher + "}},\n  title = {{" + title + "}},\n" +
      "  howpublished = {" + source + "},\n" + (last ? "  year = {" + last[2].slice(0, 4) + "},\n" : "") +
      "  note = {" + note + "; Roxham " + about.build + ", " + here + "}\n}";
    return [make("h3", said("cite")), make("p", said("link") + ": ", {}, make("a", path, { href: "#" + key })),
      make("pre", plain, { class: "cite", tabindex: "0", "aria-label": said("plain") }), make("pre", bibtex, { class: "cite", tabindex: "0", "aria-label": "BibTeX" })];
  }

  function newest() {
    const keys = Object.keys(data.facts).filter((key) => key.length === 7);
    return keys.sort().reverse().find((key) => data.facts[key].value !== null) || keys[0];
  }

  function show() {
    const asked = decodeURIComponent(location.hash.slice(1)).replace(/^m(?=\d{4}-\d{2}$)/, "");
    if (asked && !Object.hasOwn(data.facts, asked)) {
      if (!panel.hidden) return;
    }
    const key = Object.hasOwn(data.facts, asked) ? asked : newest(), fact = data.facts[key];
    const head = make("h2", when(key) + ": ", {}, make("span", figure(fact.value === null ? fact.why : fact.value), { class: "value" }));
    if (fact.value !== null) head.append(" ", make("span", about.unit, { class: "unit" }));
    panel.replaceChildren(head, make("p", about.measureTitle, { class: "where" }), standing(key, fact), ...cells(key, fact), ...sums(fact), ...states(fact), ...cited(key, fact));
    panel.hidden = false;
    panel.dataset.shown = key;
    const mark = panel.querySelector("mark"), scroll = mark && mark.closest(".scroll");
    if (mark) {
      const there = mark.getBoundingClientRect(), box = scroll.getBoundingClientRect();
      scroll.scrollTop += there.top - box.top - box.height / 2;
      scroll.scrollLeft += there.left - box.left - box.width / 2;
    }
    if (Object.hasOwn(data.facts, asked)) panel.scrollIntoView();
    return Object.hasOwn(data.facts, asked);
  }

  // What was known on a day: of each month the last state that a release held had printed by then.
  const form = document.getElementById("as-of"), day = form.querySelector("input"), told = form.querySelector("output");
  const rows = [...document.querySelectorAll("#months tbody tr")].map((row) => [row, row.cells[1], row.cells[1].textContent, row.cells[1].className]);
  const untold = told.textContent;

  function quoted(until) {
    const before = data.press.filter((each) => each[3] <= until).slice(-3);
    return before.map(([from, to, value, on]) => "; " + said("press", number(value), from === to ? when(from) : when(from) + " – " + when(to), on)).join("");
  }

  function asOf() {
    let known = 0, changed = 0;
    for (const [row, cell, now, style] of rows) {
      const state = data.facts[row.id].spans.filter((span) => span[1] <= day.value).pop();
      const otherwise = Boolean(day.value && state) && figure(state[0]) !== figure(data.facts[row.id].value === null ? data.facts[row.id].why : data.facts[row.id].value);
      cell.textContent = !day.value ? now : state ? (typeof state[0] === "number" ? number(state[0]) : (REASONS[state[0]] || [state[0], state[0]])[at]) : "—";
      cell.className = !day.value ? style : state && typeof state[0] === "number" ? "number" : "missing";
      row.classList.toggle("otherwise", otherwise);
      known += Boolean(state && typeof state[0] === "number");
      changed += otherwise;
    }
    const first = Object.values(data.facts).flatMap((fact) => fact.spans.map((span) => span[1])).sort()[0];
    told.textContent = !day.value ? untold : day.value < first ? said("before", first) + quoted(day.value) + "." : said("then", known, changed);
    // Standing, release and cell are those of today's figure; another day's lead to nothing in this table.
    document.querySelector("#months table").classList.toggle("then", Boolean(day.value));
    form.dataset.shown = day.value;
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  day.addEventListener("input", asOf);
  form.hidden = false;
  day.value = new URLSearchParams(location.search).get("as-of") || "";
  asOf();

  window.addEventListener("hashchange", show);
  // The browser goes to the row of the table by itself when the page has come; what the address asks for stands above it.
  if (show()) window.addEventListener("load", () => setTimeout(() => panel.scrollIntoView()));
})();
