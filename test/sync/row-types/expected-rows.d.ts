// Made by `snowmelt types` from the queries of the syncs. Do not edit it: run the command again.
/* eslint-disable */

import type { JsonObject, JsonValue } from 'snowmelt';

/** A row of the sync "new-orders". */
export type NewOrdersRow = {
  /** NUMBER(10,0) NOT NULL, column "ID" */ readonly id: number;
  /** NUMBER(12,2) NOT NULL, column "TOTAL" */ readonly 'total */': number;
  /** TIMESTAMP_NTZ(9) NOT NULL, column "CHANGED" */ readonly changed: string;
};

/** A row of the sync "people". */
export type PeopleRow = {
  /** NUMBER(38,0) NOT NULL */ readonly ID: number | string;
  /** VARCHAR */ readonly 'first name': string | null;
  /** NUMBER(3,0) */ readonly AGE: number | null;
  /** FLOAT NOT NULL */ readonly SCORE: number | null;
  /** BOOLEAN */ readonly ACTIVE: boolean | null;
  /** OBJECT */ readonly PROFILE: JsonObject | null;
  /** VARIANT NOT NULL */ readonly ANY_OF: JsonValue;
  /** ARRAY */ readonly TAGS: readonly JsonValue[] | null;
  /** BINARY */ readonly HASH: string | null;
  /** DATE */ readonly BORN: string | null;
  /** TIME(3) */ readonly WAKES: string | null;
  /** TIMESTAMP_TZ(9) NOT NULL */ readonly SEEN_AT: string;
  /** GEOGRAPHY */ readonly AT: JsonObject | null;
  /** VECTOR */ readonly EMBEDDING: readonly (number | string | null)[] | null;
  /** MAP */ readonly SETTINGS: JsonObject | null;
};
