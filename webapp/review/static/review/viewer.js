// The three fields of a question, laid over their posters: zoom and pan by OpenSeadragon, each
// field's view drawn in the next wider one, one crosshair in all, scale bars that follow.
//
// Planes: a field's `frame` is level-0 pixels of the slide, or pixels of the poster where the box
// is unknown. OpenSeadragon counts in widths of its image; `toFrame` is the only way between.

const PAN_STEP = 0.2; // of the view
const ZOOM_STEP = 1.5;
const MOVED = 0.004; // of the field: less is rounding

let library = null;

// The script is loaded once, after the posters; the browser checks its hash.
function loadLibrary(url, integrity) {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.integrity = integrity;
    // It would add a style element, which the content policy refuses, unless it finds one; this
    // one is of no language that a browser knows.
    const placeholder = document.createElementNS("urn:none", "style");
    placeholder.setAttribute("data-openseadragon-mobile-css", "true");
    document.head.append(placeholder);
    script.onload = () => resolve(window.OpenSeadragon);
    script.onerror = () => {
      library = null;
      reject(new Error("The zoom viewer could not be loaded."));
    };
    document.head.append(script);
  });
  return library;
}

function parseBox(text) {
  const [x, y, w, h] = (text || "").split(" ").map(Number);
  return w > 0 ? { x, y, w, h } : null;
}

function readField(figure, tiles) {
  const view = figure.querySelector(".field__view");
  const poster = view.querySelector("img");
  const box = parseBox(figure.dataset.box);
  const [width, height] = ["width", "height"].map((name) => Number(poster.getAttribute(name)));
  const home = box ?? { x: 0, y: 0, w: width, h: height };
  const umPerPx = Number(figure.dataset.umPerPx);
  const onSlide = Boolean(box && tiles);
  return {
    figure,
    view,
    poster,
    home,
    located: Boolean(box),
    visible: home,
    source: onSlide ? tiles : { type: "image", url: poster.src },
    // Width of OpenSeadragon's image in the frame, and where it starts.
    unit: onSlide ? Number(tiles.Image.Size.Width) : home.w,
    origin: onSlide ? { x: 0, y: 0 } : home,
    mpp: umPerPx ? (umPerPx * width) / home.w : Number(figure.dataset.mpp) || 0,
    nativeMpp: Number(figure.dataset.mpp) || 0,
    overlay: view.querySelector(".field__overlay"),
    facts: figure.querySelector("[data-facts]"),
    factsAtHome: [...figure.querySelector("[data-facts]").childNodes],
    viewer: null,
    broken: false,
  };
}

function toFrame(field, rect) {
  const { origin, unit } = field;
  return {
    x: origin.x + rect.x * unit,
    y: origin.y + rect.y * unit,
    w: rect.width * unit,
    h: rect.height * unit,
  };
}

function homeRect(field) {
  const { home, origin, unit } = field;
  return new window.OpenSeadragon.Rect(
    (home.x - origin.x) / unit,
    (home.y - origin.y) / unit,
    home.w / unit,
    home.h / unit,
  );
}

// The longest bar of 1, 2 or 5 times a power of ten within a quarter of the view.
function scaleBar(fieldUm) {
  const limit = fieldUm / 4;
  const decade = 10 ** Math.floor(Math.log10(limit) + 1e-9);
  const length = [5, 2, 1].map((step) => step * decade).find((um) => um <= limit * (1 + 1e-9));
  const label = length >= 1000 ? `${length / 1000} mm` : `${Number(length.toPrecision(1))} µm`;
  return { fraction: length / fieldUm, label };
}

function length(um) {
  if (um >= 950) return `${(um / 1000).toFixed(1)} mm`;
  return um >= 10 ? `${um.toFixed(0)} µm` : `${um.toFixed(1)} µm`;
}

function isMoved({ home, visible }) {
  return (
    Math.max(Math.abs(visible.x - home.x), Math.abs(visible.y - home.y), Math.abs(visible.w - home.w)) >
    MOVED * home.w
  );
}

function describe(field, moved) {
  if (!moved || !field.mpp) {
    field.facts.replaceChildren(...field.factsAtHome);
    return;
  }
  const umPerPx = (field.visible.w * field.mpp) / field.view.clientWidth;
  const digital = field.nativeMpp && umPerPx < field.nativeMpp * 0.98 ? " · digital zoom" : "";
  const objective = Number((10 / umPerPx).toPrecision(2));
  field.facts.textContent =
    `view ${length(field.visible.w * field.mpp)} · ${Number(umPerPx.toPrecision(3))} µm/px` +
    ` ≈ ${objective}x objective${digital}`;
}

function drawBar(field) {
  const bar = field.view.querySelector(".field__bar");
  if (!bar || !field.mpp) return;
  const { fraction, label } = scaleBar(field.visible.w * field.mpp);
  bar.querySelector("rect").setAttribute("width", fraction.toFixed(4));
  bar.querySelector("[data-bar-label]").textContent = label;
}

function place(rect, { x, y, w, h }) {
  for (const [name, value] of Object.entries({ x, y, width: w, height: h })) {
    rect.setAttribute(name, value);
  }
}

// One group for one question. `choose`, `pan`, `zoom` and `reset` act on the chosen field.
export function mountFields(row, { url, integrity, onTrouble }) {
  const tiles = row.dataset.tiles ? JSON.parse(row.dataset.tiles) : null;
  const fields = new Map();
  for (const figure of row.querySelectorAll("figure[data-pictured]")) {
    fields.set(figure.dataset.scale, readField(figure, tiles));
  }
  let chosen = null;
  let closed = false;

  function refresh(field) {
    const moved = isMoved(field);
    const { x, y, w, h } = field.visible;
    field.overlay?.setAttribute("viewBox", `${x} ${y} ${w} ${h}`);
    field.view.classList.toggle("is-moved", moved);
    if (moved && !field.broken) field.view.classList.add("is-live");
    describe(field, moved);
    drawBar(field);
    for (const parent of fields.values()) {
      if (parent.figure.dataset.nested !== field.figure.dataset.scale) continue;
      parent.overlay?.querySelectorAll(".field__nested").forEach((rect) => place(rect, field.visible));
    }
  }

  function openViewer(OpenSeadragon, field) {
    const viewer = new OpenSeadragon.Viewer({
      element: field.view.querySelector(".field__osd"),
      drawer: "canvas",
      tileSources: field.source,
      showNavigationControl: false,
      tabIndex: -1,
      animationTime: 0.25,
      springStiffness: 10,
      blendTime: 0,
      immediateRender: true,
      visibilityRatio: 0.6,
      maxZoomPixelRatio: 2,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
      gestureSettingsTouch: { pinchRotate: false },
    });
    viewer.setKeyboardNavEnabled(false); // the page owns the keys
    field.viewer = viewer;
    viewer.addOnceHandler("open", () => {
      viewer.viewport.fitBounds(homeRect(field), true);
      viewer.world.getItemAt(0).addHandler("fully-loaded-change", ({ fullyLoaded }) => {
        if (fullyLoaded && !field.broken) field.view.classList.add("is-live");
      });
    });
    // Without its tiles a field keeps its poster, and says so when somebody zooms into it.
    viewer.addHandler("tile-load-failed", () => {
      if (!field.broken) onTrouble(`Tiles of the ${field.figure.dataset.label} field could not be loaded.`);
      field.broken = true;
    });
    const follow = () => {
      if (closed || !viewer.isOpen()) return;
      field.visible = toFrame(field, viewer.viewport.getBounds(true));
      refresh(field);
    };
    viewer.addHandler("viewport-change", follow);
    // A window of another size shows the same field.
    viewer.addHandler("resize", () => {
      if (viewer.isOpen() && !field.view.classList.contains("is-moved")) {
        viewer.viewport.fitBounds(homeRect(field), true);
      }
    });
  }

  function drawCross(source, x, y) {
    for (const field of fields.values()) {
      if (!field.located || !field.overlay) continue;
      const v = field.visible;
      const inside = x >= v.x && x <= v.x + v.w && y >= v.y && y <= v.y + v.h;
      const path =
        source && field !== source && inside
          ? `M${x} ${v.y}V${v.y + v.h}M${v.x} ${y}H${v.x + v.w}`
          : "";
      field.overlay.querySelectorAll(".field__cross").forEach((cross) => cross.setAttribute("d", path));
    }
  }

  for (const field of fields.values()) {
    const at = (event) => {
      if (!field.located) return;
      const area = field.view.getBoundingClientRect();
      const { x, y, w, h } = field.visible;
      drawCross(
        field,
        x + ((event.clientX - area.left) / area.width) * w,
        y + ((event.clientY - area.top) / area.height) * h,
      );
    };
    // Captured before the viewer below can keep the event to itself.
    field.view.addEventListener("pointermove", at, true);
    field.view.addEventListener("pointerleave", () => drawCross(null, 0, 0));
    field.view.addEventListener("pointerdown", () => choose(field.figure.dataset.scale), true);
  }

  function choose(scale) {
    if (!fields.has(scale)) return false;
    chosen = scale;
    for (const [name, field] of fields) field.figure.classList.toggle("is-chosen", name === scale);
    return true;
  }

  const active = () => fields.get(chosen ?? fields.keys().next().value);

  return {
    choose,
    label: () => active()?.figure.dataset.label,
    pan(dx, dy) {
      const viewport = active()?.viewer?.viewport;
      if (!viewport) return;
      const { width, height } = viewport.getBounds();
      viewport.panBy(new window.OpenSeadragon.Point(dx * width * PAN_STEP, dy * height * PAN_STEP));
      viewport.applyConstraints();
    },
    zoom(direction) {
      const viewport = active()?.viewer?.viewport;
      viewport?.zoomBy(ZOOM_STEP ** direction);
      viewport?.applyConstraints();
    },
    reset() {
      const field = active();
      if (field?.viewer?.isOpen()) field.viewer.viewport.fitBounds(homeRect(field));
    },
    // One viewer at a time, in the pauses: a key pressed meanwhile waits for one at most.
    async attach() {
      const OpenSeadragon = await loadLibrary(url, integrity);
      for (const field of fields.values()) {
        await pause();
        if (closed) return;
        if (!field.viewer) openViewer(OpenSeadragon, field);
      }
    },
    close() {
      closed = true;
      for (const field of fields.values()) field.viewer?.destroy();
    },
  };
}

function pause() {
  return new Promise((resolve) => {
    if ("requestIdleCallback" in window) requestIdleCallback(resolve, { timeout: 200 });
    else setTimeout(resolve, 30);
  });
}
