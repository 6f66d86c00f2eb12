/* Shifts on your page. Put this where they shall stand:
     <script src="https://hub.example.org/embed.js" data-campaign="lake-county" data-near="33128" async></script>
   It makes one frame, gives it the height of its content, and touches nothing else of the page. A careful site
   names hub.example.org in script-src and frame-src of its Content-Security-Policy; style-src needs nothing. */
(function () {
  var script = document.currentScript || document.querySelector("script[data-campaign][src*='/embed.js']:not([data-done])");
  if (!script) return;
  script.setAttribute("data-done", "");
  var site = new URL(script.src);
  var address = new URL("/c/" + encodeURIComponent(script.dataset.campaign || "") + "/embed", site.origin);
  ["near", "within", "kind", "language", "days", "from"].forEach(function (name) {
    if (script.dataset[name]) address.searchParams.set(name, script.dataset[name]);
  });
  var frame = document.createElement("iframe");
  // The page's own rules for frames must not hide or crop ours. Set one by one: a style in the markup could be forbidden.
  function shape(name, value) {
    frame.style.setProperty(name, value, "important");
  }
  shape("display", "block");
  shape("border", "0");
  shape("width", "100%");
  shape("min-width", "0");
  shape("max-width", "none");
  shape("height", "560px");
  shape("min-height", "0");
  shape("max-height", "none");
  frame.src = address.href;
  frame.title = script.dataset.title || "Volunteer";
  frame.loading = "lazy";
  window.addEventListener("message", function (event) {
    if (event.origin !== site.origin || event.source !== frame.contentWindow) return;
    var height = Number(event.data && event.data.volunteerHubHeight);
    if (height > 0) shape("height", Math.min(Math.ceil(height), 4000) + "px");
  });
  function stand() {
    if (document.head.contains(script)) document.body.appendChild(frame); // nothing is seen in a head
    else script.parentNode.insertBefore(frame, script);
  }
  if (document.body) stand();
  else document.addEventListener("DOMContentLoaded", stand);
})();
