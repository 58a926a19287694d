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

  /* Forms that a page answers in place (dashboard/sending.py): files to try or to load, loads to
     take back. Without this script the browser sends them to the text version. */
  function answered(form, body) {
    setProps("send-result", { children: body.result });
    if (body.loads.length) { setProps("send-loads", { children: body.loads }); }
    setProps("send-status", { children: "" });
    setTimeout(function () {
      var head = document.getElementById("send-head");
      if (head) { head.focus(); head.scrollIntoView({ block: "start" }); }
    }, 50);
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.matches || !form.matches("form[data-send]") || !document.getElementById("send-result") ||
        !document.getElementById("react-entry-point") || form.getAttribute("aria-busy") === "true") { return; }
    event.preventDefault();
    var data = new FormData(form);
    if (event.submitter && event.submitter.name) { data.append(event.submitter.name, event.submitter.value); }
    form.setAttribute("aria-busy", "true");
    setProps("send-status", { children: form.dataset.busy });
    fetch("/envoyer", { method: "POST", body: data, headers: { Accept: "application/json" } })
      .then(function (answer) { return answer.json(); })
      .then(function (body) { answered(form, body); })
      .catch(function () { setProps("send-status", { children: form.dataset.failed || form.dataset.busy }); })
      .finally(function () { form.removeAttribute("aria-busy"); });
  });

  /* Other files than those that were looked at: what was said of them goes. */
  document.addEventListener("change", function (event) {
    if (event.target.form && event.target.form.id === "send-form") {
      setProps("send-result", { children: [] });
      setProps("send-status", { children: "" });
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
