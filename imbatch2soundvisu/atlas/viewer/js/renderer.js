// All images as one instanced draw of quads in WebGL2, or with a 2-d canvas where there is none.

const VERTEX = `#version 300 es
precision highp float;
in vec2 corner;
in vec2 start;
in vec2 end;
in vec3 look;        // half width, half height, opacity
in float place;      // on the sheets
in float slot;       // of the sheet of 64 px thumbnails, -1 while it is not loaded
uniform vec4 view;   // centre, pixels for each image, share of the animation
uniform vec2 size;
uniform float least;
out vec3 small;
out vec3 large;
out float useLarge;
out float opacity;
vec3 onSheet(float number, float columns, float layer, vec2 at) {
  float each = columns * columns;
  float cell = mod(number, each);
  vec2 corner0 = vec2(mod(cell, columns), floor(cell / columns));
  float inset = 0.5 / (2048.0 / columns);
  return vec3((corner0 + mix(vec2(inset), vec2(1.0 - inset), at)) / columns, layer);
}
void main() {
  vec2 at = mix(start, end, view.w);
  float half_size = max(view.z, least);
  vec2 pixel = (at - view.xy) * view.z + corner * look.xy * half_size;
  bool hidden = look.z <= 0.0 || at.x != at.x;
  gl_Position = hidden ? vec4(2.0, 2.0, 2.0, 1.0) : vec4(pixel / size * vec2(2.0, -2.0), 0.0, 1.0);
  vec2 uv = corner * 0.5 + 0.5;
  small = onSheet(place, 128.0, floor(place / 16384.0), uv);
  large = onSheet(place, 32.0, max(slot, 0.0), uv);
  useLarge = slot >= 0.0 && view.z > 12.0 ? 1.0 : 0.0;
  opacity = look.z;
}`;

const FRAGMENT = `#version 300 es
precision highp float;
precision highp sampler2DArray;
in vec3 small;
in vec3 large;
in float useLarge;
in float opacity;
uniform sampler2DArray smallSheets;
uniform sampler2DArray largeSheets;
uniform vec3 paper;
out vec4 colour;
void main() {
  vec4 a = texture(smallSheets, small);
  vec4 b = texture(largeSheets, large);
  colour = vec4(mix(paper, mix(a, b, useLarge).rgb, opacity), 1.0);
}`;

export const SHEET = 2048;
/** Images on a sheet of each side. */
export const ON_SHEET = { 16: (SHEET / 16) ** 2, 64: (SHEET / 64) ** 2 };
/** Sheets of 64 px thumbnails that are held. */
export const SLOTS = 10;

export class Renderer {
  constructor(canvas, count, places, halves, smallSheets) {
    this.canvas = canvas; this.count = count; this.places = places; this.halves = halves;
    this.slotOf = new Map();
    this.layers = Math.max(1, smallSheets);
    this.context = canvas.getContext("webgl2", { antialias: false, alpha: false, powerPreference: "high-performance" });
    if (!this.context) throw new Error("no WebGL2");
    this.prepare();
  }

  get kind() { return "webgl2"; }

  prepare() {
    const gl = this.context;
    this.program = program(gl);
    gl.useProgram(this.program);
    this.vertices = gl.createVertexArray();
    gl.bindVertexArray(this.vertices);
    this.attribute("corner", new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]), 2, 0);
    const nowhere = new Float32Array(2 * this.count);
    this.start = this.attribute("start", nowhere, 2, 1);
    this.end = this.attribute("end", nowhere, 2, 1);
    this.looks = new Float32Array(3 * this.count);
    for (let i = 0; i < this.count; i += 1) this.looks.set([this.halves[2 * i], this.halves[2 * i + 1], 1], 3 * i);
    this.look = this.attribute("look", this.looks, 3, 1);
    this.attribute("place", Float32Array.from(this.places), 1, 1);
    this.slots = new Float32Array(this.count).fill(-1);
    this.slot = this.attribute("slot", this.slots, 1, 1);
    this.small = texture(gl, 0, this.layers, 4);
    this.large = texture(gl, 1, Math.min(SLOTS, Math.max(1, Math.ceil(this.count / ON_SHEET[64]))), 5);
    this.uniforms = {};
    for (const name of ["view", "size", "least", "smallSheets", "largeSheets", "paper"]) {
      this.uniforms[name] = gl.getUniformLocation(this.program, name);
    }
    gl.uniform1i(this.uniforms.smallSheets, 0);
    gl.uniform1i(this.uniforms.largeSheets, 1);
  }

  attribute(name, values, size, divisor) {
    const gl = this.context, buffer = gl.createBuffer(), at = gl.getAttribLocation(this.program, name);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.DYNAMIC_DRAW);
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, size, gl.FLOAT, false, 0, 0);
    gl.vertexAttribDivisor(at, divisor);
    return buffer;
  }

  fill(buffer, values) {
    const gl = this.context;
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.DYNAMIC_DRAW);
  }

  /** Points before and after a change of layout, (x, y) of each image. */
  setPoints(before, after) {
    this.fill(this.start, before);
    this.fill(this.end, after);
  }

  /** Opacity of each image, from 0 (hidden) to 1. */
  setOpacities(opacities) {
    for (let i = 0; i < this.count; i += 1) this.looks[3 * i + 2] = opacities[i];
    this.fill(this.look, this.looks);
  }

  setSmall(sheet, image) {
    upload(this.context, 0, this.small, sheet, image, 4);
  }

  setLarge(sheet, slot, image) {
    upload(this.context, 1, this.large, slot, image, 5);
    for (const [other, held] of this.slotOf) if (held === slot) this.slotOf.delete(other);
    this.slotOf.set(sheet, slot);
    const each = ON_SHEET[64];
    for (let i = 0; i < this.count; i += 1) this.slots[i] = this.slotOf.get(Math.floor(this.places[i] / each)) ?? -1;
    this.fill(this.slot, this.slots);
  }

  draw(camera, share, paper, ratio) {
    const gl = this.context;
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.clearColor(paper[0], paper[1], paper[2], 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniform4f(this.uniforms.view, camera.x, camera.y, camera.scale * ratio, share);
    gl.uniform2f(this.uniforms.size, this.canvas.width, this.canvas.height);
    gl.uniform1f(this.uniforms.least, 2 * ratio);
    gl.uniform3f(this.uniforms.paper, paper[0], paper[1], paper[2]);
    gl.bindVertexArray(this.vertices);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, this.count);
  }
}

function program(gl) {
  const made = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
    gl.attachShader(made, shader);
  }
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(made));
  return made;
}

function texture(gl, unit, layers, levels) {
  const made = gl.createTexture();
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.bindTexture(gl.TEXTURE_2D_ARRAY, made);
  gl.texStorage3D(gl.TEXTURE_2D_ARRAY, levels, gl.RGBA8, SHEET, SHEET, layers);
  gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_LINEAR);
  gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
  gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_MAX_LEVEL, levels - 1);
  return made;
}

// The levels of one layer are made on a 2-d canvas: generateMipmap would do all layers again for each sheet.
function upload(gl, unit, made, layer, image, levels) {
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.bindTexture(gl.TEXTURE_2D_ARRAY, made);
  gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
  let source = image, width = image.width, height = image.height;
  for (let level = 0; level < levels; level += 1) {
    gl.texSubImage3D(gl.TEXTURE_2D_ARRAY, level, 0, 0, layer, width, height, 1, gl.RGBA, gl.UNSIGNED_BYTE, source);
    if (width < 2 || height < 2) return;
    width = Math.floor(width / 2); height = Math.floor(height / 2);
    const canvas = new OffscreenCanvas(width, height), context = canvas.getContext("2d");
    context.imageSmoothingQuality = "medium";
    context.drawImage(source, 0, 0, width, height);
    source = canvas;
  }
}

/** The same with a 2-d canvas: images as they are loaded, plain squares before. */
export class CanvasRenderer {
  constructor(canvas, count, places, halves) {
    this.canvas = canvas; this.count = count; this.places = places; this.halves = halves;
    this.context = canvas.getContext("2d", { alpha: false });
    this.before = this.after = new Float32Array(2 * count);
    this.opacities = new Float32Array(count).fill(1);
    this.sheets = { 16: new Map(), 64: new Map() };
    this.slotOf = new Map();
  }

  get kind() { return "canvas"; }

  setPoints(before, after) { this.before = before; this.after = after; }

  setOpacities(opacities) { this.opacities = opacities; }

  setSmall(sheet, image) { this.sheets[16].set(sheet, image); }

  setLarge(sheet, slot, image) {
    for (const [other, held] of this.slotOf) if (held === slot) { this.slotOf.delete(other); this.sheets[64].delete(other); }
    this.slotOf.set(sheet, slot);
    this.sheets[64].set(sheet, image);
  }

  draw(camera, share, paper, ratio) {
    const context = this.context, scale = camera.scale * ratio;
    const { width, height } = this.canvas;
    context.globalAlpha = 1;
    context.fillStyle = `rgb(${paper.map((part) => Math.round(part * 255)).join(" ")})`;
    context.fillRect(0, 0, width, height);
    for (let i = 0; i < this.count; i += 1) {
      const x = (this.before[2 * i] + (this.after[2 * i] - this.before[2 * i]) * share - camera.x) * scale + width / 2;
      const y = (this.before[2 * i + 1] + (this.after[2 * i + 1] - this.before[2 * i + 1]) * share - camera.y) * scale + height / 2;
      const w = this.halves[2 * i] * Math.max(scale, 2), h = this.halves[2 * i + 1] * Math.max(scale, 2);
      if (!(x + w > 0 && x - w < width && y + h > 0 && y - h < height) || this.opacities[i] <= 0) continue;
      this.drawOne(i, x - w, y - h, 2 * w, 2 * h);
    }
  }

  drawOne(i, left, top, width, height) {
    const context = this.context, side = width > 24 && this.sheets[64].has(Math.floor(this.places[i] / ON_SHEET[64])) ? 64 : 16;
    const sheet = this.sheets[side].get(Math.floor(this.places[i] / ON_SHEET[side])), columns = SHEET / side;
    const cell = this.places[i] % ON_SHEET[side];
    context.globalAlpha = this.opacities[i];
    if (!sheet) {
      context.fillStyle = "#808080";
      context.fillRect(left, top, width, height);
    } else {
      context.drawImage(sheet, (cell % columns) * side, Math.floor(cell / columns) * side, side, side, left, top, width, height);
    }
  }
}
