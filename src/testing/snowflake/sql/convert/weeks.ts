import type { Binder } from './binder.js';

/**
 * Weeks by the parameters WEEK_START and WEEK_OF_YEAR_POLICY (documentation of date and time functions, "Calendar weeks
 * and weekdays"). Dates are DuckDB expressions of DATE.
 */

const parameter = (binder: Binder, name: string): number => Number(binder.parameter(name));

/** The day that weeks start on, 1 for Monday to 7 for Sunday; Monday where the session doesn't say. */
export function weekStart(binder: Binder): number {
  return parameter(binder, 'WEEK_START') || 1;
}

/** The first day of the week that a date is in. */
export function firstOfWeek(binder: Binder, date: string): string {
  return `sf_week_first(${date}, ${7 - weekStart(binder)})`;
}

/** DAYOFWEEK: 0 for Sunday where WEEK_START is 0, else 1 for the first day of the week. */
export function dayOfWeek(binder: Binder, date: string): string {
  if (parameter(binder, 'WEEK_START') === 0) return `dayofweek(${date})`;
  return `((isodow(${date}) + ${7 - weekStart(binder)}) % 7 + 1)`;
}

/** The year that holds most of the week is the year of its fourth day. */
const fourthDay = (binder: Binder, date: string): string => `(${firstOfWeek(binder, date)} + 3)`;

/** WEEK: by the year that has four days of it at least, or, with policy 1, by the week that has January 1. */
export function weekOfYear(binder: Binder, date: string): string {
  if (parameter(binder, 'WEEK_OF_YEAR_POLICY') === 0) return `((dayofyear(${fourthDay(binder, date)}) - 1) // 7 + 1)`;
  return `sf_week_of_year(${date}, ${7 - weekStart(binder)})`;
}

/** YEAROFWEEK. */
export function yearOfWeek(binder: Binder, date: string): string {
  return parameter(binder, 'WEEK_OF_YEAR_POLICY') === 0 ? `year(${fourthDay(binder, date)})` : `year(${date})`;
}
