/** One entry of the package. */
export interface Entry {
  /** What users import: `snowmelt/sinks`. */
  readonly specifier: string;
  /** File name in dist, without extension. */
  readonly name: string;
  /** Path of the TypeScript source from the root of the repository. */
  readonly source: string;
}

/** The entries of the package, read from `exports` of package.json. */
export function entries(): Entry[];
