// Pan, zoom and choose: mouse, wheel, touch, pen.

const CLICK_PX = 5, DOUBLE_MS = 320, DOUBLE_PX = 24;

/** Connect a map to its frame. Options: onClick(image, event), onHover(image), isBusy() while another tool has the pointer. */
export function connect(map, frame, { onClick, onHover, isBusy = () => false }) {
  const pointers = new Map();
  let moved = 0, last = { time: -Infinity, at: [0, 0] }, isClick = false;

  const local = (event) => {
    const box = frame.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  frame.addEventListener("wheel", (event) => {
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 24 : event.deltaMode === 2 ? 240 : 1;
    const strength = event.ctrlKey ? 0.01 : 0.0016;
    map.zoomBy(Math.exp(-Math.max(-240, Math.min(240, event.deltaY * unit)) * strength), ...local(event));
  }, { passive: false });

  frame.addEventListener("pointerdown", (event) => {
    if (isBusy(event) || event.button > 0) return;
    frame.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, local(event));
    moved = pointers.size > 1 ? Infinity : 0;
    map.release();
  });

  frame.addEventListener("pointermove", (event) => {
    const at = local(event), before = pointers.get(event.pointerId);
    map.cursor = event.pointerType === "touch" ? null : at;
    if (!before) {
      if (event.pointerType === "mouse" && !isBusy(event)) onHover?.(map.imageAt(...at), event);
      return;
    }
    if (pointers.size === 1) {
      moved += Math.hypot(at[0] - before[0], at[1] - before[1]);
      if (moved > CLICK_PX) map.camera.panBy(at[0] - before[0], at[1] - before[1]);
    } else {
      const other = [...pointers].find(([id]) => id !== event.pointerId)[1];
      const apart = (p) => Math.hypot(p[0] - other[0], p[1] - other[1]);
      map.camera.panBy((at[0] - before[0]) / 2, (at[1] - before[1]) / 2);
      map.zoomBy(apart(at) / Math.max(1, apart(before)), (at[0] + other[0]) / 2, (at[1] + other[1]) / 2);
    }
    pointers.set(event.pointerId, at);
    map.moved();
  });

  const end = (event) => {
    if (pointers.delete(event.pointerId)) isClick = event.type === "pointerup" && moved <= CLICK_PX;
  };
  frame.addEventListener("pointerleave", () => { map.cursor = null; });
  frame.addEventListener("pointerup", end);
  frame.addEventListener("pointercancel", end);

  frame.addEventListener("click", (event) => {
    if (!isClick) return;
    isClick = false;
    const at = local(event), isNear = Math.hypot(at[0] - last.at[0], at[1] - last.at[1]) < DOUBLE_PX;
    const again = isNear && (event.detail > 1 || event.timeStamp - last.time < DOUBLE_MS);
    last = { time: event.timeStamp, at };
    const image = map.imageAt(...at);
    if (again) map.emit("zoom");
    if (again && image >= 0) map.flyToImage(image, 0.9);
    else if (again) map.flyTo({ x: map.camera.toMap(...at)[0], y: map.camera.toMap(...at)[1], scale: map.camera.scale * 2.5 });
    else onClick?.(image, event);
  });
}
