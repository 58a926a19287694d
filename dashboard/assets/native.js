/* Native form fields (dashboard/components/native.py): Dash draws what this names. */
(function () {
  "use strict";
  window.hub_native = {
    Input: function (props) {
      var attributes = {};
      Object.keys(props).forEach(function (name) {
        if (typeof props[name] !== "function" && typeof props[name] !== "object") { attributes[name] = props[name]; }
      });
      ["componentPath", "dashRenderType"].forEach(function (name) { delete attributes[name]; });
      return window.React.createElement("input", attributes);
    }
  };
})();
