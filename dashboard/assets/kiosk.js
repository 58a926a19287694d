/* The kiosk: eight seconds a slide or a touch, dots, pause, the time of day, and what to do when the
   hub does not answer. Under prefers-reduced-motion nothing advances by itself. */
(function () {
  "use strict";
  var state = { slide: 0, since: Date.now(), paused: null, away: false };

  function screen() { return document.getElementById("kiosk"); }
  function slides() { return Array.from(document.querySelectorAll("#slides > .slide")); }

  function show() {
    var all = slides();
    if (!all.length) { return; }
    state.slide = ((state.slide % all.length) + all.length) % all.length;
    all.forEach(function (node, number) {
      var shown = number === state.slide;
      node.classList.toggle("shown", shown);
      if (shown) { node.removeAttribute("inert"); } else { node.setAttribute("inert", ""); }
    });
    document.querySelectorAll("[data-age]").forEach(function (node) {
      node.hidden = Number(node.dataset.age) !== state.slide;
    });
    document.querySelectorAll(".dot").forEach(function (dot, number) {
      if (number === state.slide) { dot.setAttribute("aria-current", "true"); } else { dot.removeAttribute("aria-current"); }
    });
  }

  function go(step) {
    state.slide += step;
    state.since = Date.now();
    show();
  }

  function setPaused(paused) {
    state.paused = paused;
    state.since = Date.now();
    document.documentElement.classList.toggle("paused", paused);
    var button = document.getElementById("kiosk-pause");
    if (button) { button.setAttribute("aria-pressed", String(paused)); }
  }

  function clock() {
    var node = document.querySelector("time.clock");
    if (!node) { return; }
    var now = new Date(), lang = node.dataset.lang, zone = node.dataset.zone;
    var french = lang.slice(0, 2) === "fr";
    var day = new Intl.DateTimeFormat(lang, { weekday: "long", day: "numeric", month: "long", timeZone: zone }).format(now);
    var time = {};
    new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone })
      .formatToParts(now).forEach(function (part) { time[part.type] = part.value; });
    /* As the server writes them: "1er novembre", "13 h 05"; "13:05" in English. */
    if (french) { day = day.replace(/\b1\b(?!er)/, "1er"); }
    var hour = String(Number(time.hour));
    var clock = french ? hour + "\u00a0h" + (time.minute === "00" ? "" : "\u00a0" + time.minute) : hour + ":" + time.minute;
    var text = day + ", " + clock;
    if (node.textContent !== text) { node.textContent = text; }
  }

  function tick() {
    var root = screen();
    if (!root) { return; }
    if (state.paused === null) {
      setPaused(window.matchMedia("(prefers-reduced-motion: reduce)").matches);
    }
    clock();
    var seconds = Number(root.dataset.seconds) || 8;
    if (!state.paused && Date.now() - state.since >= seconds * 1000) { go(1); } else { show(); }
  }
  setInterval(tick, 500);

  /* The hub is asked once a minute; back after an absence, the page starts afresh. */
  function ask() {
    if (!screen()) { return; }
    fetch("/healthz", { cache: "no-store" }).then(
      function (answer) { if (answer.ok) { back(); } else { away(); } }, away
    );
  }
  function away() {
    state.away = true;
    var node = document.getElementById("offline");
    if (node) { node.hidden = false; }
  }
  function back() { if (state.away) { window.location.reload(); } }
  setInterval(ask, 60000);

  document.addEventListener("click", function (event) {
    if (!screen()) { return; }
    var dot = event.target.closest("[data-slide]");
    var step = event.target.closest("[data-step]");
    if (event.target.closest("#kiosk-pause")) { setPaused(!state.paused); return; }
    if (dot) { state.slide = Number(dot.dataset.slide); go(0); return; }
    if (step) { go(Number(step.dataset.step)); return; }
    if (event.target.closest("#slides")) { go(event.clientX < window.innerWidth / 3 ? -1 : 1); }
  });
  document.addEventListener("keydown", function (event) {
    if (!screen()) { return; }
    if (event.key === "ArrowRight") { go(1); }
    if (event.key === "ArrowLeft") { go(-1); }
  });
})();
