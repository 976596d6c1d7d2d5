// The REST interface as the pages' own components use it: same origin, session cookie, problem details as errors.

export class Refused extends Error {
  constructor(problem, status) {
    super(problem.detail || problem.error || `The server answered ${status}.`);
    this.problem = problem;
    this.status = status;
  }
}

const SIGNED_OUT = /^\/(login|setup|reset)\b/;

function signIn() {
  const { pathname, search } = window.location;
  if (!SIGNED_OUT.test(pathname)) window.location.assign(`/login?next=${encodeURIComponent(pathname + search)}`);
}

async function answer(response) {
  const text = await response.text();
  let body = null;
  try {
    body = text ? JSON.parse(text) : null;
  } catch {
    body = { detail: text.slice(0, 300) };
  }
  if (response.status === 401) signIn();
  if (!response.ok) throw new Refused(body || {}, response.status);
  return { body, headers: response.headers };
}

export async function get(path, signal) {
  return answer(await fetch(path, { headers: { Accept: "application/json" }, signal }));
}

// As `get`, but the body is null while it is still the one that had the ETag `tag`.
export async function getIfOther(path, tag) {
  const response = await fetch(path, { headers: { Accept: "application/json", ...(tag && { "If-None-Match": tag }) } });
  return response.status === 304 ? { body: null, headers: response.headers } : answer(response);
}

export async function send(method, path, body, headers = {}) {
  const options = { method, headers: { "Content-Type": "application/json", Accept: "application/json", ...headers } };
  if (body !== undefined) options.body = JSON.stringify(body);
  return answer(await fetch(path, options));
}

// Every row of a paged list: the first page tells how many there are, the others are fetched together.
export async function all(path, signal, size = 200) {
  const url = (offset) => `${path}${path.includes("?") ? "&" : "?"}limit=${size}&offset=${offset}`;
  const first = await get(url(0), signal);
  const total = Number(first.headers.get("X-Total-Count") || first.body.length);
  const offsets = [];
  for (let offset = size; offset < total; offset += size) offsets.push(offset);
  const rest = await Promise.all(offsets.map((offset) => get(url(offset), signal)));
  return [first.body, ...rest.map((page) => page.body)].flat();
}

export function ago(text) {
  if (!text) return "";
  const seconds = Math.max(0, (Date.now() - new Date(text).getTime()) / 1000);
  for (const [size, unit] of [[86400, "d"], [3600, "h"], [60, "min"]]) if (seconds >= size) return `${Math.floor(seconds / size)} ${unit} ago`;
  return seconds < 5 ? "just now" : `${Math.floor(seconds)} s ago`;
}

export function dollars(micros) {
  if (micros === null || micros === undefined) return "unpriced";
  const decimals = String(micros % 1000000).padStart(6, "0").replace(/0+$/, "").padEnd(2, "0");
  return `$${Math.floor(micros / 1000000).toLocaleString("en-US")}.${decimals}`;
}

// A sum beside which so many have no price: never $0.00 for what nobody knows.
export function dollarsKnown(micros, unpriced) {
  return dollars(unpriced > 0 && !micros ? null : micros);
}
