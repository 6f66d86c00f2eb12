/* Maps that move together: what is done to one (a pan, a zoom, a shape that is picked) is done to all inside. */
export function start(element) {
  const figures = [...element.querySelectorAll("[data-behaviour~=map]")];
  let following = false;

  function follow(leader) {
    if (following) return;
    following = true; // jumpTo answers with a move of its own
    const view = { center: leader.map.getCenter(), zoom: leader.map.getZoom() };
    for (const each of figures) if (each !== leader && each.map) each.map.jumpTo(view);
    following = false;
  }

  for (const figure of figures) {
    const join = () => figure.map.on("move", () => follow(figure));
    if (figure.dataset.ready) join();
    else figure.addEventListener("map-ready", join, { once: true });
    figure.addEventListener("map-pick", (event) => {
      for (const each of figures) if (each !== figure) each.pick?.(event.detail);
    });
  }
}
