/** Batches in flight at once to a destination that says nothing about itself. */
export const defaultConcurrency = 4;
