// Money as people type it.

const AMOUNT = /^\$?\s*(\d{1,9}(?:[,' ]\d{3})*)(?:\.(\d{1,6}))?$/;

// Whole micro-dollars from dollars such as 12.50; throws with a sentence. An empty text is `empty`.
export function microsRead(text, empty) {
  const said = String(text ?? "").trim();
  if (!said && empty !== undefined) return empty;
  const found = AMOUNT.exec(said);
  if (!found) throw new Error("Give dollars, with at most six decimals, such as 12.50.");
  return Number(found[1].replace(/[,' ]/g, "")) * 1000000 + Number((found[2] || "").padEnd(6, "0"));
}

// Micro-dollars as a field takes them.
export function microsTyped(micros) {
  if (micros === null || micros === undefined) return "";
  const decimals = String(micros % 1000000).padStart(6, "0").replace(/0+$/, "");
  return `${Math.floor(micros / 1000000)}${decimals && `.${decimals.padEnd(2, "0")}`}`;
}
