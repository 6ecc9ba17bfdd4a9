/** All of the root: what is in no other part stands in this one, so that the root itself only re-exports. */
export * from '../index.js';
