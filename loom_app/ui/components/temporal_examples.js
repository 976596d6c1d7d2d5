// What is inserted into a block, one example of each instruction.

export const EXAMPLES = {
  WORKFLOW: `WORKFLOW: ScheduledBead
  INPUT: {"title": "Look at the parser again", "after": "2h", "mine": true}
  WORKFLOW_ID: parser-again
END`,
  SCHEDULE: `SCHEDULE: nightly
  TYPE: NightlyCheck
  INTERVAL: 24h
  INPUT: {"focus": "tests that fail now and then"}
END`,
  ACTIVITY: `ACTIVITY: ReadyBeads
  INPUT: {"limit": 5}
END`,
  QUERY: `QUERY: parser-again
  TYPE: get_status
END`,
  SIGNAL: `SIGNAL: parser-again
  NAME: now
END`,
  CANCEL: `CANCEL: nightly
END`,
  LIST: "LIST\nEND",
};

export const FIRST = `I look at what the day left behind every night.

<temporal>
${EXAMPLES.SCHEDULE}
</temporal>
`;
