// How long and when, as people write them.

const LONGEST = 2 ** 31 - 1;
const HOW_LONG = "Write it as 90, 1:30 or 1 h 30 min.";

export function minutesShown(minutes) {
  if (minutes === null || minutes === undefined) return "";
  const hours = Math.floor(minutes / 60), rest = minutes % 60;
  return [hours && `${hours} h`, (rest || !hours) && `${rest} min`].filter(Boolean).join(" ");
}

// Minutes, or null for nothing. Throws with a sentence for what is no length of time.
export function minutesRead(text) {
  const said = text.trim().toLowerCase().replace(",", ".");
  if (!said) return null;
  const clock = /^(\d+):([0-5]\d)$/.exec(said);
  const spoken = /^(?:(\d+(?:\.\d+)?)\s*h(?:ours?|rs?)?)?\s*(?:(\d+)\s*(?:m|min|minutes?)?)?$/.exec(said);
  if (!clock && !spoken) throw new Error(HOW_LONG);
  const [, hours = 0, minutes = 0] = clock || spoken;
  const total = Math.round(Number(hours) * 60) + Number(minutes);
  if (total > LONGEST) throw new Error(`That is longer than ${LONGEST.toLocaleString("en-US")} minutes.`);
  return total;
}

const two = (number) => String(number).padStart(2, "0");

// A moment (RFC 3339) as a field of type datetime-local takes it, in the reader's own time.
export function momentTyped(at) {
  if (!at) return "";
  const date = new Date(at);
  return `${String(date.getFullYear()).padStart(4, "0")}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

export function momentRead(text) {
  if (!text) return null;
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw new Error("That is no date and time.");
  return date.toISOString();
}

export function momentShown(at) {
  if (!at) return "";
  const date = new Date(at);
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return date.toLocaleString(undefined, { year, month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
}
