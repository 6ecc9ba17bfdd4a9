/** What a schedule needs of a run's report. */
export interface ScheduledReport {
  readonly status: 'completed' | 'skipped' | 'failed' | 'aborted';
  readonly rowsRead: number;
}

/** Signs that a sync runs too often. */
export interface ScheduleWarning {
  readonly code: 'SKIPPED_IN_A_ROW' | 'LARGE_RUNS_TOO_OFTEN';
  readonly message: string;
}

const SKIPS_TO_WARN = 3;
// Customer.io's page on Snowflake reverse ETL asks not to run queries of millions of rows more than once a day.
const LARGE_RUN_ROWS = 1_000_000;
const DAY_MS = 86_400_000;

/** Notices skipped ticks in a row and large runs too close together. */
export class FrequencyWatch {
  skipsInARow = 0;
  #lastLargeRun: number | undefined;

  skipped(): ScheduleWarning | undefined {
    this.skipsInARow++;
    if (this.skipsInARow !== SKIPS_TO_WARN) return undefined;
    return {
      code: 'SKIPPED_IN_A_ROW',
      message: `${SKIPS_TO_WARN} runs in a row were skipped because the one before was still going: schedule the sync less often, or make its query smaller.`,
    };
  }

  ended(report: ScheduledReport, now: number): ScheduleWarning | undefined {
    this.skipsInARow = 0;
    if (report.rowsRead <= LARGE_RUN_ROWS) return undefined;
    const last = this.#lastLargeRun;
    this.#lastLargeRun = now;
    if (last === undefined || now - last >= DAY_MS) return undefined;
    return {
      code: 'LARGE_RUNS_TOO_OFTEN',
      message: `A second run of more than ${LARGE_RUN_ROWS.toLocaleString('en-US')} rows within 24 hours: limit the query with {{last_sync_time}}, or schedule it once a day.`,
    };
  }
}
