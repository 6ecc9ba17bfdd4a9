import { describe, it } from 'vitest';
import { testRowMapper } from 'snowmelt/testing';
import { builtInMappers } from './built-in-mappers.js';

for (const [name, create] of Object.entries(builtInMappers)) testRowMapper({ describe, it, name, create });
