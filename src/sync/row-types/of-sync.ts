import { ConfigError, MappingError, SnowmeltError, SourceError } from '../../errors/errors.js';

const PARAMS =
  'Give each parameter its value: new QueryTemplate(text, { params: { … } }). A sync adds only the two times.';

/** An error with the name of the sync that it is about: several are described in one call. */
export function ofSync(
  sync: { readonly name: string; readonly enabled: boolean },
  error: SnowmeltError,
): SnowmeltError {
  const { code, details } = error;
  const named = `Sync "${sync.name}"${sync.enabled ? '' : ', which is disabled'}: ${error.message}`;
  const hint = code === 'QUERY_PARAM_MISSING' ? PARAMS : error.hint;
  const leaveOut = sync.enabled ? undefined : 'To leave it out, name the others.';
  const options = {
    details,
    cause: error,
    hint: [hint, leaveOut].filter((text) => text !== undefined).join(' ') || undefined,
  };
  if (error instanceof SourceError) return new SourceError(code, named, { ...options, retryable: error.retryable });
  if (error instanceof MappingError) return new MappingError(code, named, options);
  return error instanceof ConfigError ? new ConfigError(code, named, options) : new SnowmeltError(code, named, options);
}
