// What the page of figures asks for, out of its address, and how figures are written.

import { dollars } from "./rest.js";

export const DASHBOARD = "/api/v1/analytics/dashboard";
export const LOGS = "/api/v1/analytics/logs";
export const EXPORT = "/api/v1/analytics/export";
export const WHOSE = [["provider", "Provider"], ["model", "Model"], ["project", "Project"], ["agent", "Agent"], ["user", "Who asked"]];
export const FILTER = { provider: "provider_id", model: "model", project: "project_id", agent: "agent_id", user: "user_id" };
export const FILTERS = ["provider_id", "model", "project_id", "agent_id", "user_id", "bead_id", "run_id"];
export const NAMES = ["range", "from", "until", "by", "show", "at", ...FILTERS];
export const RANGES = [["1h", "1 hour", 1], ["24h", "24 hours", 24], ["7d", "7 days", 168], ["30d", "30 days", 720]];
export const USUAL = "7d";
const HOUR_MS = 3600000;
export const LONG = { minute: 60000, hour: HOUR_MS, day: 24 * HOUR_MS };

// From when and until when the address asks, as milliseconds; null where its days make no span.
export function spanOf(asked, now) {
  if (asked.range === "custom") {
    const from = Date.parse(`${asked.from}T00:00:00Z`);
    const until = Date.parse(`${asked.until}T00:00:00Z`) + LONG.day;
    return Number.isNaN(from) || Number.isNaN(until) || from >= until ? null : [from, until];
  }
  const [, , hours] = RANGES.find(([name]) => name === (asked.range || USUAL)) || RANGES[2];
  return [now - hours * HOUR_MS, now];
}

export function queryOf(asked, [from, until]) {
  const query = new URLSearchParams({ start_time: new Date(from).toISOString(), end_time: new Date(until).toISOString() });
  for (const name of FILTERS) if (asked[name]) query.set(name, asked[name]);
  return query;
}

export const whole = (number) => Math.round(number).toLocaleString("en-US");

export function short(number) {
  for (const [size, unit] of [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e4, "k"]]) if (Math.abs(number) >= size) return `${(number / (unit === "k" ? 1e3 : size)).toLocaleString("en-US", { maximumFractionDigits: 1 })} ${unit}`;
  return whole(number);
}

// For cards and axes; tables have every micro-dollar.
export function money(micros) {
  const value = micros / 1e6;
  return value !== 0 && Math.abs(value) < 0.01 ? dollars(micros) : `$${value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

export function took(ms) {
  if (ms === null || ms === undefined) return "–";
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toLocaleString("en-US", { maximumFractionDigits: ms < 10000 ? 2 : 1 })} s`;
}

export const percent = (part) => `${(part * 100).toLocaleString("en-US", { maximumFractionDigits: part < 0.1 ? 2 : 1 })} %`;

// A moment in UTC as long as a period of `grain` needs it.
export function moment(text, grain) {
  const iso = new Date(text).toISOString();
  return grain === "day" ? iso.slice(0, 10) : `${iso.slice(0, 10)} ${iso.slice(11, 16)}`;
}

export const MEASURES = {
  cost: { word: "Cost", of: (one, at) => one.cost_micros[at], scale: 1e6, told: money, exact: (value) => dollars(value), unit: "US dollars" },
  requests: { word: "Calls", of: (one, at) => one.requests[at], scale: 1, told: whole, exact: whole, unit: "calls" },
  tokens: { word: "Tokens", of: (one, at) => one.tokens_input[at] + one.tokens_output[at], scale: 1, told: short, exact: whole, unit: "tokens" },
  failed: { word: "Failures", of: (one, at) => one.failed[at], scale: 1, told: whole, exact: whole, unit: "calls without an answer" },
};
