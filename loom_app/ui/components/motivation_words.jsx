// What motivations are called: their kinds, when they fire, what came of it.

export const TYPES = [["calendar", "Calendar"], ["event", "Event"], ["external", "From outside"], ["threshold", "Threshold"], ["idle", "Idle"]];
export const RESULTS = { success: ["good", "fired"], skipped: ["open", "skipped"], cooldown: ["open", "cooling down"], no_target: ["blocked", "nobody to wake"], error: ["bad", "failed"] };
const SHORT = /\b(ceo|cfo|cto|qa|ui)\b/g;

export const typeWord = (type) => TYPES.find(([one]) => one === type)?.[1] || type;
export const roleWord = (role) => (role || "no role").replaceAll("-", " ").replace(SHORT, (short) => short.toUpperCase()).replace(/\bdevops\b/, "DevOps");
export const motivationPath = (id) => `/api/v1/motivations/${encodeURIComponent(id)}`;

// Minutes as people say them: 5 min, 4 h, 80 d.
export function minutesWord(minutes) {
  if (!minutes) return "none";
  for (const [size, unit] of [[1440, "d"], [60, "h"]]) if (minutes >= size) return `${Number((minutes / size).toFixed(1))} ${unit}`;
  return `${minutes} min`;
}

export function secondsWord(seconds) {
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  return minutesWord(Math.floor(seconds / 60));
}

// A bead without a template is called like what made it.
export const templateWord = ({ bead_template: template }) => template ? template.replaceAll("-", " ") : "plain bead";

// A name of JSON as a word: days_threshold → days threshold.
export const keyWord = (key) => key.replaceAll("_", " ");

export function valueWord(value) {
  if (value === null || value === undefined || value === "") return "none";
  if (Array.isArray(value)) return value.length > 0 ? value.map(valueWord).join(", ") : "none";
  if (typeof value === "object") return JSON.stringify(value);
  return String(value);
}

export function Standing({ motivation }) {
  const [tone, word] = { active: ["good", "on"], disabled: ["paused", "off"], cooldown: ["in_progress", "cooling down"], fired: ["closed", "fired, over"] }[motivation.status] || ["open", motivation.status];
  return <span className={`loom-status is-${tone}`}>{word}</span>;
}

export function Result({ result }) {
  const [tone, word] = RESULTS[result] || ["open", result];
  return <span className={`loom-status is-${tone}`}>{word}</span>;
}
