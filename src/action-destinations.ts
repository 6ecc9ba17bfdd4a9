export { ActionDestinationSink } from './sink/action-destinations/action-destination-sink.js';
export type { ActionAuth, ActionDestinationSinkOptions } from './sink/action-destinations/action-options.js';
export type { LoadPackage } from './sink/action-destinations/action-packages.js';
