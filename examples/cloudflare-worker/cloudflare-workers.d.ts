// What is used here of the types of Cloudflare's runtime; a project of your own has them from `wrangler types`.
declare module 'cloudflare:workers' {
  export class DurableObject {
    readonly ctx: {
      readonly storage: {
        readonly get: <T>(key: string) => Promise<T | undefined>;
        readonly put: (key: string, value: unknown) => Promise<void>;
        readonly delete: (key: string) => Promise<boolean>;
      };
    };
  }
}
