/** The version of the package, by which telemetry names what made it; a test holds it to package.json. */
export const VERSION = '0.1.0';
