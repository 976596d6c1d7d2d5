// Workflows in words.

export const STATES = [["", "All"], ["running", "Running"], ["waiting", "Waiting"], ["failed", "Failed"], ["completed", "Completed"], ["cancelled", "Cancelled"]];
export const TYPES = { BeadProcessingWorkflow: "Run of a bead", DecisionWorkflow: "Decision", BootstrapWorkflow: "New project" };
export const TONES = { running: "running", waiting: "waiting", failed: "failed", completed: "done", cancelled: "open" };
export const MARKS = { running: "◐", waiting: "◇", failed: "✕", completed: "●", cancelled: "○" };
export const OWN = {
  LoomHeartbeatWorkflow: "Housekeeping: leases that ran out, what was left behind, missed dates",
  DispatcherWorkflow: "Gives ready beads to agents who are free",
  ProviderHeartbeatWorkflow: "Checks the providers; agents rest while none answers",
  MotivationWorkflow: "Looks whether a motivation fires",
  BackupWorkflow: "Copies the database when the newest copy is old enough",
  RetentionWorkflow: "Forgets the texts that the settings say",
};
export const DEEDS = {
  pause: { word: "Pause", told: "It rests after its present turn." },
  resume: { word: "Resume", told: "It goes on." },
  retry: { word: "Try again", told: "It is tried again." },
  cancel: { word: "Stop", told: "It is being stopped.", asks: true },
};
export const STEPS = { began: "Began", activity: "Step", beat: "Beat", timer: "Wait", signal: "Word", child: "Workflow", fault: "Fault", ended: "Ended" };
const NAMES = {
  open_run: "Worktree and first prompt", take_turns: "The model replies, its actions are carried out", think: "The model replies", act: "Its actions are carried out", fail_run: "The run is ended",
  expire_decision: "Looked whether the deadline has passed", take_step: "A step of the new project", fail_step: "The step is ended",
  dispatch: "Beads given out", sweep: "Housekeeping", check_providers: "Providers checked", motivate: "Motivations looked at", back_up: "Looked whether a copy is due", forget: "Looked what is to be forgotten",
  kick: "Told that something has happened", steered: "Told what a person wants", resolved: "Told that there is an answer", changed: "Told that the deadline may have moved", look: "Told to look again",
};
const BAD = /fail|timed out/;

export const named = (step) => (step.kind === "timer" ? `Waits ${step.name}` : NAMES[step.name] || step.name.replaceAll("_", " "));
export const isBad = (step) => BAD.test(step.outcome) || step.kind === "fault";

// How long something took, short.
export function span(from, until) {
  const ms = new Date(until).getTime() - new Date(from).getTime();
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 3600000) return `${Math.round(ms / 60000)} min`;
  return `${(ms / 3600000).toFixed(1)} h`;
}
