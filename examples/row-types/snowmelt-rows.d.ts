// Made by `snowmelt types` from the queries of the syncs. Do not edit it: run the command again.
/* eslint-disable */

/** A row of the sync "people". */
export type PeopleRow = {
  /** NUMBER(11,0) */ readonly ID: number | null;
  /** VARCHAR */ readonly EMAIL: string | null;
  /** VARCHAR */ readonly PLAN: string | null;
};
