/* What the pages do in the browser: ages that tick, pause, titles, charts that lead further, and
   polling where the browser has no SharedWorker (then Dash opens no WebSocket). No other host. */
(function () {
  "use strict";
  var state = { ago: null, paused: false, view: null, refreshes: 0 };

  function setProps(id, props) {
    if (window.dash_clientside && window.dash_clientside.set_props) {
      window.dash_clientside.set_props(id, props);
    }
  }

  function agoText(seconds) {
    var sizes = [86400, 3600, 60, 2];
    for (var i = 0; i < sizes.length; i++) {
      if (seconds >= sizes[i]) {
        var count = Math.floor(seconds / sizes[i]);
        var text = state.ago[i].replace("{count}", count);
        return i === 0 && count === 1 ? text.replace("jours", "jour").replace("days", "day") : text;
      }
    }
    return state.ago[4];
  }

  function tick() {
    if (state.paused || !state.ago) { return; }
    var now = Date.now();
    document.querySelectorAll("time.age[datetime]").forEach(function (node) {
      var at = Date.parse(node.getAttribute("datetime"));
      if (!isNaN(at)) {
        var text = agoText((now - at) / 1000);
        if (node.textContent !== text) { node.textContent = text; }
      }
    });
  }
  setInterval(tick, 1000);

  function refresh() {
    state.refreshes += 1;
    setProps("refresh", { data: "browser-" + state.refreshes });
  }

  function setPaused(paused) {
    state.paused = paused;
    document.documentElement.classList.toggle("paused", paused);
    var button = document.getElementById("pause");
    if (button) { button.setAttribute("aria-pressed", String(paused)); }
    if (state.view) { setProps("view", { data: Object.assign({}, state.view, { paused: paused }) }); }
    if (!paused) { refresh(); }
  }

  document.addEventListener("click", function (event) {
    var pause = event.target.closest && event.target.closest("#pause");
    if (pause) { setPaused(!state.paused); return; }
    var language = event.target.closest && event.target.closest("a[data-language]");
    if (language) {
      var url = new URL(language.href);
      url.searchParams.set("retour", window.location.pathname + window.location.search);
      language.href = url.toString();
    }
  });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.hub = {
    applyView: function (view) {
      if (!view || !view.path) { return; }
      if (view.retry) { setTimeout(refresh, view.retry * 1000); return; }
      state.ago = view.ago;
      state.view = view;
      if (view.title && document.title !== view.title) { document.title = view.title; }
      var text = document.querySelector("a[data-text-version]");
      if (text) { text.search = window.location.search; }
      tick();
    },
    /* A bar of a chart leads where the table's link of the same period leads. */
    open: function (click) {
      var points = (click && click.points) || [];
      for (var i = 0; i < points.length; i++) {
        var link = Array.isArray(points[i].customdata) && document.getElementById(points[i].customdata[0]);
        if (link) { link.click(); return; }
      }
    }
  };

  if (typeof window.SharedWorker === "undefined") {
    window.addEventListener("load", function () {
      setTimeout(function () { setProps("poll", { disabled: false }); }, 3000);
    });
  }
  window.hub = { refresh: refresh };
})();
