// Short to read, exact on hover.
const exact = new Intl.NumberFormat("en", { maximumFractionDigits: 3 });

export const count = value => value < 10 ? exact.format(Math.round(value * 100) / 100) : value < 100 ? exact.format(Math.round(value * 10) / 10)
  : value < 10000 ? exact.format(Math.round(value)) : scaled(value, 1000, ["", " k", " M", " G", " T"]);
export const bytes = value => scaled(value, 1024, [" B", " KiB", " MiB", " GiB", " TiB"]);
export const whole = (value, unit = "") => exact.format(value) + (unit && " " + unit);

// A time in milliseconds.
export const time = ms => ms < 1 ? `${exact.format(Math.round(ms * 1000))} µs` : ms < 1000
  ? `${exact.format(ms < 10 ? Math.round(ms * 100) / 100 : Math.round(ms * 10) / 10)} ms` : `${exact.format(Math.round(ms / 10) / 100)} s`;

function scaled(value, step, units) {
  let unit = 0;
  while (Math.abs(value) >= step && unit < units.length - 1) {
    value /= step;
    unit++;
  }
  return (unit === 0 ? exact.format(Math.round(value * 10) / 10) : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)) + units[unit];
}

const pad = (value, digits = 2) => String(value).padStart(digits, "0");

export function clock(text) {
  const at = new Date(text);
  return `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}.${pad(at.getMilliseconds(), 3)}`;
}

export function moment(text) {
  const at = new Date(text);
  const offset = -at.getTimezoneOffset();
  const zone = `${offset < 0 ? "-" : "+"}${pad(Math.floor(Math.abs(offset) / 60))}:${pad(Math.abs(offset) % 60)}`;
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${clock(text)} ${zone}`;
}

export const ago = (text, now = Date.now()) => duration((now - new Date(text)) / 1000);

export function duration(length) {
  const seconds = Math.max(0, length);
  return seconds < 60 ? `${Math.floor(seconds)} s` : seconds < 3600 ? `${Math.floor(seconds / 60)} min` : seconds < 86400
    ? `${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min` : `${Math.floor(seconds / 86400)} d ${Math.floor(seconds / 3600) % 24} h`;
}

export function unpack(base64) {
  const raw = atob(base64 ?? "");
  return Uint8Array.from(raw, letter => letter.charCodeAt(0));
}

// Text with what a reader cannot see made visible (controls, what turns the direction of writing, what has no width): nothing that a sender
// wrote is obeyed.
export const visible = text => text.replace(/[\p{Cc}\p{Cf}\u2028\u2029\u115f\u1160\u3164\uffa0\u2800]/gu, letter =>
  letter === "\n" || letter === "\t" ? letter : `\\u{${letter.codePointAt(0).toString(16)}}`);

export const decode = data => new TextDecoder().decode(data);

export function hex(data) {
  const lines = [];
  for (let at = 0; at < data.length; at += 16) {
    const row = data.subarray(at, at + 16);
    const bytes = Array.from(row, one => one.toString(16).padStart(2, "0")).join(" ");
    const text = Array.from(row, one => one >= 32 && one < 127 ? String.fromCharCode(one) : "·").join("");
    lines.push(`${at.toString(16).padStart(6, "0")}  ${bytes.padEnd(47)}  ${text}`);
  }
  return lines.join("\n");
}
