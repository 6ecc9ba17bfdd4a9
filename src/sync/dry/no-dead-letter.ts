/** Said before a run where rows would be rejected and nothing keeps them. */
export const NO_DEAD_LETTER = {
  code: 'NO_DEAD_LETTER',
  message: 'Without a `deadLetter` the first rejected row fails the run, and each run sends the rows before it again.',
  fix: "Set deadLetter: new NdjsonSink({ path: './rejected.ndjson' }) of snowmelt/sinks, or repair the rows.",
} as const;
