// How the sources stand now. A build stays as it was made; served over HTTP, its overview reads status.json from beside the
// site, which every step of Roxham writes anew. Opened from disk, or where there is no such file, it stands as of the build.
(function () {
  "use strict";
  if (!location.protocol.startsWith("http")) return;

  function show(status) {
    for (const row of document.querySelectorAll("tr[data-source]")) {
      const now = status.sources[row.dataset.source];
      if (!now) continue;
      const tag = row.querySelector(".standing .tag");
      tag.className = "tag " + now.status;
      tag.textContent = now.status.replace("_", " ");
      row.querySelector(".due").textContent = now.next_expected || (now.status === "closed" ? "no more is expected" : "—");
      row.querySelector(".why").textContent = now.reason;
    }
    const minute = (time) => time.slice(0, 16).replace("T", " ") + " UTC";
    const open = status.alerts.length, alerts = open === 1 ? "1 alert is open" : open + " alerts are open";
    document.getElementById("checked").textContent = "As of " + minute(status.as_of) + ", checked " + minute(status.checked_at) + "; " + alerts;
    document.documentElement.dataset.status = "living";
  }

  fetch("../status.json", { cache: "no-store" })
    .then((answer) => { if (answer.ok) return answer.json().then(show); })
    .catch((error) => console.error(error));
})();
