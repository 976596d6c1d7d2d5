// What decisions are called on their pages: risks, kinds, answers, deadlines.

import { momentShown } from "./units.js";

export const RISKS = ["low", "medium", "high", "critical"];
export const KINDS = { question: "Question", blocked: "Blocked", escalation: "Escalation", approval: "Approval", review: "Review", budget: "Budget", closing: "End of a project", command: "Command" };
const SAID = { approve: "Approve", deny: "Deny", needs_more_info: "Needs more information", send_back: "Send back", "allow once": "Allow once", "allow always for this project": "Allow always for this project", refuse: "Refuse" };
const IN_WORDS = ["question", "blocked"];
const NOT_ASKED = ["closing", "command"];

// Kinds that people may ask for themselves.
export const ASKED = Object.entries(KINDS).filter(([kind]) => !NOT_ASKED.includes(kind));
export const said = (option) => SAID[option] || option;
export const byWords = (decision) => IN_WORDS.includes(decision.kind);
export const isOpen = (decision) => decision.status === "open";

// The risk as a word beside bars that rise with it.
export function Risk({ risk }) {
  const height = RISKS.indexOf(risk) + 1;
  return (
    <span className={`loom-status is-risk-${risk}`}>
      <svg width="14" height="12" viewBox="0 0 14 12" aria-hidden="true">
        {RISKS.map((one, at) => <rect key={one} x={at * 3.6} y={9 - at * 3} width="2.6" height={3 + at * 3} rx=".8" fill="currentColor" opacity={at < height ? 1 : 0.25} />)}
      </svg>
      {risk} risk
    </span>
  );
}

const UNITS = [[86400, "d"], [3600, "h"], [60, "min"]];

function span(seconds) {
  const [size, unit] = UNITS.find(([size]) => seconds >= size) || [1, "s"];
  return `${Math.floor(seconds / size)} ${unit}`;
}

export const secondsLeft = (deadline) => (new Date(deadline).getTime() - Date.now()) / 1000;

// How long there is to answer; the exact moment is on the element.
export function Due({ deadline }) {
  const left = secondsLeft(deadline);
  const tone = left <= 0 ? "is-over" : left <= 86400 ? "is-soon" : "";
  return <time className={`loom-due ${tone}`} dateTime={deadline} title={new Date(deadline).toLocaleString()}>{left <= 0 ? `${span(-left)} overdue` : `due in ${span(left)}`}</time>;
}

// How a decision that is over came to its end, in a few words.
export function ended(decision) {
  if (decision.status === "cancelled") return "Taken back";
  return decision.status === "expired" ? `Nobody answered: ${said(decision.decision)}` : said(decision.decision);
}

export const noAnswer = (decision) => `${said(decision.default_option)}${isOpen(decision) ? `, from ${momentShown(decision.deadline)} on` : ""}`;
