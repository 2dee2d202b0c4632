// The slide viewer: OpenSeadragon on our tiles, the fields drawn over it, and a scale bar.
const element = document.getElementById("slide-viewer");
const source = JSON.parse(document.getElementById("tile-source").textContent);
const mpp = Number(element.dataset.mpp);
const LONGEST_BAR_PX = 160;

// OpenSeadragon would put a style element with text in the page, which the policy refuses, unless
// it finds one: this one is of no known kind, so that nobody applies it. (The rule only hides the
// focus ring on touch screens.)
const placeholder = document.createElementNS("urn:crosscope", "style");
placeholder.setAttribute("data-openseadragon-mobile-css", "true");
document.head.append(placeholder);

const viewer = OpenSeadragon({
  element,
  tileSources: source,
  drawer: "canvas",
  keyboardNavEnabled: false, // the page owns its keys
  showNavigationControl: false,
  visibilityRatio: 0.5,
  maxZoomPixelRatio: 4,
  animationTime: 0.4,
  gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
});

function fields() {
  return [...document.querySelectorAll("[data-field]")].map((figure) => {
    const [x, y, w, h] = figure.dataset.field.split(" ").map(Number);
    return { figure, rect: new OpenSeadragon.Rect(x, y, w, h) };
  });
}

// Image coordinates are level-0 pixels; the viewer's own run from 0 to 1 across the width.
function onViewer(rect) {
  return viewer.viewport.imageToViewportRectangle(rect.x, rect.y, rect.width, rect.height);
}

function drawFields() {
  for (const { figure, rect } of fields()) {
    const box = document.createElement("div");
    box.className = `viewer__field viewer__field--${figure.dataset.scale}`;
    if (figure.dataset.scale === "mid") box.dataset.number = figure.dataset.number;
    viewer.addOverlay({ element: box, location: onViewer(rect) });
  }
}

function showField(figure) {
  const field = fields().find((candidate) => candidate.figure === figure);
  if (!field) return;
  const area = onViewer(field.rect);
  const margin = area.width * 0.1;
  viewer.viewport.fitBounds(
    new OpenSeadragon.Rect(area.x - margin, area.y - margin, area.width + 2 * margin, area.height + 2 * margin),
  );
  element.scrollIntoView({ block: "center", behavior: "smooth" });
}

function barLength(umPerPx) {
  const longest = LONGEST_BAR_PX * umPerPx;
  const decade = 10 ** Math.floor(Math.log10(longest));
  return [5, 2, 1].map((step) => step * decade).find((length) => length <= longest);
}

function updateScale() {
  const zoom = viewer.viewport.viewportToImageZoom(viewer.viewport.getZoom(true));
  const umPerPx = mpp / zoom;
  const um = barLength(umPerPx);
  const bar = element.querySelector(".viewer__bar");
  bar.querySelector(".viewer__bar-line").style.width = `${um / umPerPx}px`;
  bar.querySelector(".viewer__bar-label").textContent = um >= 1000 ? `${um / 1000} mm` : `${Number(um.toPrecision(3))} µm`;
  bar.hidden = false;
  const wide = viewer.viewport.getBounds(true).width * source.Image.Size.Width * mpp;
  const field = wide >= 1000 ? `${(wide / 1000).toPrecision(3)} mm` : `${Math.round(wide)} µm`;
  element.querySelector(".viewer__status").textContent = `${umPerPx.toPrecision(3)} µm/px · ${field} wide · like a ${(10 / umPerPx).toPrecision(2)}x objective`;
}

const tools = {
  in: () => viewer.viewport.zoomBy(2),
  out: () => viewer.viewport.zoomBy(0.5),
  home: () => viewer.viewport.goHome(),
  fields: (button) => {
    const bare = element.classList.toggle("is-bare");
    button.setAttribute("aria-pressed", String(!bare));
  },
};

viewer.addHandler("open", () => {
  drawFields();
  updateScale();
});
viewer.addHandler("animation", updateScale);
viewer.addHandler("resize", updateScale);

document.addEventListener("click", (event) => {
  const tool = event.target.closest("[data-viewer]");
  if (tool) tools[tool.dataset.viewer](tool);
  const show = event.target.closest("[data-show-field]");
  if (show) showField(show.closest("[data-field]"));
});
