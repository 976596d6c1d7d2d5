// The keys of the board.

import { Dialog } from "./dialog.jsx";

export const KEYS = [
  ["J K H L, arrows", "go to the next card, up, left, right"],
  ["Enter", "open the bead at the side"],
  ["Space", "peek"],
  ["M, then arrows", "pick a card up and choose a column or lane; Enter drops it, Escape leaves it"],
  ["X", "select; Shift J or K selects further, Ctrl A selects all that show"],
  ["E", "edit: opens the bead"],
  ["A, P", "assign, set the priority"],
  ["C", "new bead in this column"],
  ["/", "filter by text"],
  ["Escape", "close, or select nothing"],
  ["?", "this list"],
];

export function Help({ open, onClose }) {
  return (
    <Dialog open={open} title="Keys of the board" onClose={onClose}>
      <dl className="loom-keys">
        {KEYS.map(([keys, what]) => (
          <div key={keys}>
            <dt><kbd>{keys}</kbd></dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p className="loom-quiet">On a touch screen hold a card to lift it; at the edges the board moves on under it.</p>
    </Dialog>
  );
}
