/* Shifts on your page. Put this where they shall stand:
     <script src="https://hub.example.org/embed.js" data-campaign="lake-county" data-near="33128" async></script>
   It makes one frame, gives it the height of its content, and touches nothing else of the page. */
(function () {
  var script = document.currentScript || document.querySelector("script[data-campaign][src*='/embed.js']:not([data-done])");
  if (!script) return;
  script.setAttribute("data-done", "");
  var site = new URL(script.src);
  var address = new URL("/c/" + encodeURIComponent(script.dataset.campaign || "") + "/embed", site.origin);
  ["near", "within", "kind", "language", "days"].forEach(function (name) {
    if (script.dataset[name]) address.searchParams.set(name, script.dataset[name]);
  });
  var frame = document.createElement("iframe");
  frame.src = address.href;
  frame.title = script.dataset.title || "Volunteer";
  frame.loading = "lazy";
  frame.style.cssText = "border:0;width:100%;height:35rem";
  script.parentNode.insertBefore(frame, script);
  window.addEventListener("message", function (event) {
    if (event.origin !== site.origin || event.source !== frame.contentWindow) return;
    var height = Number(event.data && event.data.volunteerHubHeight);
    if (height > 0) frame.style.height = Math.min(Math.ceil(height), 4000) + "px";
  });
})();
