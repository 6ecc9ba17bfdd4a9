import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import { errorCodes } from '../../src/errors/error-codes.js';
import { root } from '../structure/source-files.js';

// `npm run docs:tables` writes the page anew.
it('docs/errors.md lists every error code with its cause and its repair', async () => {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const rows = Object.entries(errorCodes).map(
    ([code, { cause, fix }]) => `| <a id="${code.toLowerCase()}"></a>\`${code}\` | ${cell(cause)} | ${cell(fix)} |`,
  );
  const page = `# Errors

Every error of snowmelt has a stable \`code\`, a \`message\` that says what failed, and mostly a \`hint\` that says what to do. Branch on the code; \`isSnowmeltError(value)\` tells whether a value is such an error, also between the ESM and the CommonJS build. Errors carry no keys, tokens or row values. An error of a library or of your own code below one of them, its \`cause\`, is a copy: its kind, code and stack, without its text and its properties.

This table is made from the source by \`npm run docs:tables\`; a test fails when it is stale.

| code | cause | what to do |
| --- | --- | --- |
${rows.join('\n')}
`;
  const file = join(root, 'docs/errors.md');
  const options = await resolveConfig(file);
  await expect(await format(page, { ...options, parser: 'markdown' })).toMatchFileSnapshot(file);
});
