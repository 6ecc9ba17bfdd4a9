/** The mappers that stand alone: a bundle that only maps rows holds nothing else. */
export { alias } from '../mapping/calls/alias.js';
export { group } from '../mapping/calls/group.js';
export { identify } from '../mapping/calls/identify.js';
export { page } from '../mapping/calls/page.js';
export { screen } from '../mapping/calls/screen.js';
export {
  createOrUpdateDevices,
  deleteDevices,
  deleteObjects,
  deletePeople,
  deleteRelationships,
  reportContent,
  reportDeliveries,
  suppressPeople,
  unsuppressPeople,
} from '../mapping/calls/semantic-mappers.js';
export { track } from '../mapping/calls/track.js';
export { semanticEvents } from '../mapping/semantic/semantic-events.js';
