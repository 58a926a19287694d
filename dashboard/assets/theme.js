/* Tells the server whether the system prefers dark, so that charts are drawn for the page's ground. */
(function () {
  "use strict";
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  function tell() {
    document.cookie =
      "hub_theme=" + (dark.matches ? "dark" : "light") + "; path=/; max-age=31536000; samesite=lax";
  }
  tell();
  dark.addEventListener("change", function () {
    tell();
    if (window.hub && window.hub.refresh) { window.hub.refresh(); }
  });
})();
