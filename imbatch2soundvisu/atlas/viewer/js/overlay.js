// Lines and frames above the images: path, lit image, selection, image of the panel, outline of the tool.

export class Overlay {
  constructor(map, canvas, { player, selection, panel }) {
    this.map = map; this.canvas = canvas; this.player = player; this.selection = selection; this.panel = panel;
    map.overlays.push(() => this.draw());
  }

  draw() {
    const { map, canvas } = this, { ratio } = map, context = canvas.getContext("2d");
    const { path } = this.player, { images, outline } = this.selection;
    canvas.hidden = !(path || images.size || outline || this.panel.image >= 0); // an empty layer costs time, too
    if (canvas.hidden) return;
    const width = Math.round(map.camera.width * ratio), height = Math.round(map.camera.height * ratio);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, map.camera.width, map.camera.height);
    const accent = map.accent();
    if (this.player.path) this.drawPath(context, accent);
    for (const image of this.selection.images) this.frame(context, image, accent, 2);
    if (this.panel.image >= 0) this.frame(context, this.panel.image, accent, 3);
    if (this.player.lit >= 0) this.glow(context, this.player.lit, accent);
    if (this.selection.outline) this.drawOutline(context, accent);
  }

  drawPath(context, colour) {
    const { map, player } = this;
    const screen = player.path.rows.map((image) => map.camera.toScreen(...map.pointOf(image))).filter(([x]) => !Number.isNaN(x));
    context.lineJoin = context.lineCap = "round";
    for (const [style, thick] of [["#0006", 3.4], [colour, 1.8]]) {
      context.beginPath();
      screen.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
      context.strokeStyle = style;
      context.lineWidth = thick;
      context.stroke();
    }
    context.fillStyle = colour;
    for (const [x, y] of screen) {
      context.beginPath();
      context.arc(x, y, 2.6, 0, 7);
      context.fill();
    }
  }

  frame(context, image, colour, thick) {
    const [left, top, width, height] = this.map.boxOf(image);
    context.strokeStyle = colour;
    context.lineWidth = thick;
    context.strokeRect(left - thick / 2, top - thick / 2, width + thick, height + thick);
  }

  glow(context, image, colour) {
    context.save();
    context.shadowColor = colour;
    context.shadowBlur = 24;
    this.frame(context, image, colour, 5);
    context.restore();
  }

  drawOutline(context, colour) {
    const points = this.selection.outline.map(([x, y]) => this.map.camera.toScreen(x, y));
    context.beginPath();
    if (this.selection.tool === "rectangle" && points[1]) {
      context.rect(points[0][0], points[0][1], points[1][0] - points[0][0], points[1][1] - points[0][1]);
    } else {
      points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
    }
    context.setLineDash([6, 4]);
    context.strokeStyle = colour;
    context.lineWidth = 1.5;
    context.stroke();
    context.setLineDash([]);
  }
}
