import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);

/**
 * Writes THIRD-PARTY-NOTICES: the licences of the packages whose code is in what is built, as they ask for. Which these
 * are is told by the bundler, what they say by their own files.
 *
 * @param {readonly string[]} inlined packages of which only types are copied: the bundler does not tell of them
 * @returns {NonNullable<import('tsup').Options['esbuildPlugins']>[number]}
 */
export function thirdPartyNotices(inlined) {
  const folders = new Set(inlined.map((name) => `node_modules/${name}`));
  return {
    name: 'third-party-notices',
    setup({ initialOptions, onEnd }) {
      initialOptions.metafile = true;
      onEnd(({ metafile }) => {
        for (const { inputs } of Object.values(metafile?.outputs ?? {})) {
          for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
            const [folder] = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? [];
            if (folder !== undefined && bytesInOutput > 0) folders.add(folder);
          }
        }
        // The formats are built side by side: each writes what is known by then, and the last one all of it.
        writeFileSync(new URL('THIRD-PARTY-NOTICES', root), notices([...folders].sort()));
      });
    },
  };
}

/** @param {readonly string[]} folders */
function notices(folders) {
  const parts = folders.map((path) => {
    const folder = new URL(`${path}/`, root);
    const { name, version } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
    const files = readdirSync(folder).filter((file) => /^(?:licen[cs]e|notice)(?:\.\w+)?$/i.test(file));
    if (files.length === 0) throw new Error(`${name} is bundled, but has no licence file that could go along.`);
    const texts = files.map((file) => readFileSync(new URL(file, folder), 'utf8').trim());
    return [`${name} ${version}`, ...texts].join('\n\n');
  });
  const head = 'Parts of these packages are in dist, under their own licences:';
  return `${[head, ...parts].join(`\n\n${'-'.repeat(72)}\n\n`)}\n`;
}
