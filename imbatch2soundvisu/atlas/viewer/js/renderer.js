// All images as quads (points where they are small) in WebGL2, in the order of the map: what is not in view is not drawn.

import { pairs } from "atlas/places";
import { ON_SHEET, SHEET, SLOTS } from "atlas/sheets";

const CORNER = 0;
// Buffers with one entry for each image: location, numbers, bytes of one entry.
const BUFFERS = { start: [1, 2, 8], end: [2, 2, 8], halves: [3, 2, 8], place: [4, 1, 4], opacity: [5, 1, 1] };
const AS_POINTS = 9; // pixels of an image up to which it is drawn as a point
const WIDEST = 1024; // sheets in a row of the table of slots

const vertex = (isPoint) => `#version 300 es
${isPoint ? "#define POINT" : ""}
precision highp float;
precision highp usampler2D;
layout(location = 0) in vec2 corner;
layout(location = 1) in vec2 start;
layout(location = 2) in vec2 end;
layout(location = 3) in vec2 halves;
layout(location = 4) in float place;   // on the sheets
layout(location = 5) in float opacity;
uniform vec4 view;         // centre, pixels for each image, share of the animation
uniform vec2 size;
uniform float least;
uniform usampler2D slots;  // of each sheet of 64 px thumbnails, 255 while it is not loaded
out vec2 at;
flat out vec3 small;       // corner on its sheet, layer
flat out vec3 large;
flat out vec2 shape;
flat out float useLarge;
flat out float strength;
vec3 onSheet(float number, float columns, float layer) {
  float cell = mod(number, columns * columns);
  return vec3(vec2(mod(cell, columns), floor(cell / columns)) / columns, layer);
}
void main() {
  vec2 point = mix(start, end, view.w);
  float side = max(view.z, least);
  vec2 pixel = (point - view.xy) * view.z + corner * halves * side;
  bool hidden = opacity <= 0.0 || point.x != point.x;
  gl_Position = hidden ? vec4(2.0, 2.0, 2.0, 1.0) : vec4(pixel / size * vec2(2.0, -2.0), 0.0, 1.0);
  float longest = max(halves.x, halves.y);
#ifdef POINT
  gl_PointSize = 2.0 * longest * side;
#endif
  shape = longest / halves;
  at = corner * 0.5 + 0.5;
  small = onSheet(place, 128.0, floor(place / 16384.0));
  useLarge = 0.0;
  large = vec3(0.0);
  if (view.z > 12.0) {
    int sheet = int(place / 1024.0);
    uint slot = texelFetch(slots, ivec2(sheet % ${WIDEST}, sheet / ${WIDEST}), 0).r;
    useLarge = slot < 255u ? 1.0 : 0.0;
    large = onSheet(place, 32.0, float(slot));
  }
  strength = opacity;
}`;

const fragment = (isPoint) => `#version 300 es
${isPoint ? "#define POINT" : ""}
precision highp float;
precision highp sampler2DArray;
in vec2 at;
flat in vec3 small;
flat in vec3 large;
flat in vec2 shape;
flat in float useLarge;
flat in float strength;
uniform sampler2DArray smallSheets;
uniform sampler2DArray largeSheets;
uniform vec3 paper;
out vec4 colour;
vec4 thumbnail(sampler2DArray sheets, vec3 corner, vec2 inside, float columns) {
  float inset = 0.5 * columns / ${SHEET}.0;
  return texture(sheets, vec3(corner.xy + mix(vec2(inset), vec2(1.0 - inset), inside) / columns, corner.z));
}
void main() {
  vec2 inside = at;
#ifdef POINT
  vec2 off = (gl_PointCoord - 0.5) * 2.0 * shape;
  if (max(abs(off.x), abs(off.y)) > 1.0) discard;
  inside = off * 0.5 + 0.5;
#endif
  vec4 found = useLarge > 0.5 ? thumbnail(largeSheets, large, inside, 32.0) : thumbnail(smallSheets, small, inside, 128.0);
  colour = vec4(mix(paper, found.rgb, strength), 1.0);
}`;

const UNIFORMS = ["view", "size", "least", "slots", "smallSheets", "largeSheets", "paper"];

export class Renderer {
  /** `isForced`: also where WebGL is computed without a graphics card, which is slower than a 2-d canvas. */
  constructor(canvas, count, places, halves, smallSheets, isForced) {
    this.canvas = canvas; this.count = count; this.places = places; this.halves = halves;
    this.slotOf = new Map();
    this.smallSheets = new Set(); // those that are loaded
    this.opacities = new Float32Array(count).fill(1);
    this.context = canvas.getContext("webgl2", {
      antialias: false, alpha: false, powerPreference: "high-performance", failIfMajorPerformanceCaveat: !isForced,
    });
    if (!this.context || (!isForced && isSoftware(this.context))) throw new Error("no WebGL2 with a graphics card");
    this.prepare(Math.max(1, smallSheets));
  }

  get kind() { return "webgl2"; }
  get smallLevels() { return { count: 4 }; }
  get largeLevels() { return { count: 5 }; }

  prepare(layers) {
    const gl = this.context, sheets = Math.max(1, Math.ceil(this.count / ON_SHEET[64]));
    this.quads = program(gl, false);
    this.points = program(gl, true);
    this.buffers = Object.fromEntries(Object.keys(BUFFERS).map((name) => [name, gl.createBuffer()]));
    this.quadsOf = this.vertices(1);
    this.pointsOf = this.vertices(0);
    this.small = texture(gl, 0, layers, 4);
    this.large = texture(gl, 1, Math.min(SLOTS, sheets), 5);
    this.table = new Uint8Array(WIDEST * Math.ceil(sheets / WIDEST)).fill(255);
    this.slots = table(gl, 2, this.table);
  }

  /** Attributes as instances of a quad (a step of 1), or as points (0). */
  vertices(step) {
    const gl = this.context, made = gl.createVertexArray();
    gl.bindVertexArray(made);
    if (step) {
      gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
      gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]), gl.STATIC_DRAW);
      gl.enableVertexAttribArray(CORNER);
      gl.vertexAttribPointer(CORNER, 2, gl.FLOAT, false, 0, 0);
    }
    for (const [at] of Object.values(BUFFERS)) {
      gl.enableVertexAttribArray(at);
      gl.vertexAttribDivisor(at, step);
    }
    this.pointAt(0);
    return made;
  }

  /** Let the attributes begin with an entry of the buffers. */
  pointAt(first) {
    const gl = this.context;
    for (const [name, [at, size, bytes]] of Object.entries(BUFFERS)) {
      gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[name]);
      gl.vertexAttribPointer(at, size, bytes === 1 ? gl.UNSIGNED_BYTE : gl.FLOAT, bytes === 1, 0, first * bytes);
    }
  }

  fill(name, values) {
    const gl = this.context;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[name]);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.DYNAMIC_DRAW);
  }

  /** Points before and after a change of layout, (x, y) of each image; `at` are the places after. */
  setPoints(before, after, at) {
    if (this.at !== at) {
      this.at = at;
      this.fill("halves", pairs(this.halves, at.order));
      this.fill("place", Float32Array.from(at.order, (image) => this.places[image]));
      this.setOpacities(this.opacities);
    }
    this.fill("start", pairs(before, at.order));
    this.fill("end", before === after ? pairs(before, at.order) : pairs(after, at.order));
    this.isStill = before === after;
  }

  /** Opacity of each image, from 0 (hidden) to 1. */
  setOpacities(opacities) {
    this.opacities = opacities;
    if (!this.at) return;
    const { order } = this.at, bytes = new Uint8Array(order.length);
    for (let i = 0; i < order.length; i += 1) bytes[i] = Math.round(255 * opacities[order[i]]);
    this.fill("opacity", bytes);
  }

  setSmall(sheet, levels) {
    upload(this.context, 0, this.small, sheet, levels);
    this.smallSheets.add(sheet);
  }

  setLarge(sheet, slot, levels) {
    upload(this.context, 1, this.large, slot, levels);
    for (const [other, held] of this.slotOf) if (held === slot) { this.slotOf.delete(other); this.table[other] = 255; }
    this.slotOf.set(sheet, slot);
    this.table[sheet] = slot;
    table(this.context, 2, this.table, this.slots);
  }

  draw(camera, share, paper, ratio) {
    const gl = this.context, { width, height } = this.canvas, isPoint = camera.scale * ratio <= AS_POINTS;
    const used = isPoint ? this.points : this.quads;
    gl.viewport(0, 0, width, height);
    gl.clearColor(paper[0], paper[1], paper[2], 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.useProgram(used.program);
    gl.uniform4f(used.view, camera.x, camera.y, camera.scale * ratio, share);
    gl.uniform2f(used.size, width, height);
    gl.uniform1f(used.least, 2 * ratio);
    gl.uniform3f(used.paper, paper[0], paper[1], paper[2]);
    gl.bindVertexArray(isPoint ? this.pointsOf : this.quadsOf);
    for (const [first, end] of this.ranges(camera)) {
      if (isPoint) gl.drawArrays(gl.POINTS, first, end - first);
      else {
        this.pointAt(first);
        gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, end - first);
      }
    }
  }

  ranges(camera) {
    if (!this.isStill) return [[0, this.count]];
    const [left, top] = camera.toMap(0, 0), [right, bottom] = camera.toMap(camera.width, camera.height);
    const margin = 0.5 + 1 / camera.scale;
    return this.at.ranges(left - margin, top - margin, right + margin, bottom + margin);
  }
}

/** Whether WebGL is computed without a graphics card. */
function isSoftware(gl) {
  const said = gl.getExtension("WEBGL_debug_renderer_info");
  const name = said ? String(gl.getParameter(said.UNMASKED_RENDERER_WEBGL)) : "";
  if (!/swiftshader|llvmpipe|softpipe|software|basic render/i.test(name)) return false;
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return true;
}

function program(gl, isPoint) {
  const made = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, vertex(isPoint)], [gl.FRAGMENT_SHADER, fragment(isPoint)]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
    gl.attachShader(made, shader);
  }
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(made));
  gl.useProgram(made);
  const found = Object.fromEntries(UNIFORMS.map((name) => [name, gl.getUniformLocation(made, name)]));
  ["smallSheets", "largeSheets", "slots"].forEach((name, unit) => gl.uniform1i(found[name], unit));
  return { program: made, ...found };
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

function table(gl, unit, values, made = gl.createTexture()) {
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.bindTexture(gl.TEXTURE_2D, made);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8UI, WIDEST, values.length / WIDEST, 0, gl.RED_INTEGER, gl.UNSIGNED_BYTE, values);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  return made;
}

// The levels come with the sheet: generateMipmap would do all layers again for each sheet.
function upload(gl, unit, made, layer, levels) {
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.bindTexture(gl.TEXTURE_2D_ARRAY, made);
  gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
  levels.forEach((image, level) => {
    gl.texSubImage3D(gl.TEXTURE_2D_ARRAY, level, 0, 0, layer, image.width, image.height, 1, gl.RGBA, gl.UNSIGNED_BYTE, image);
    image.close(); // its memory is not seen by the garbage collector
  });
}
