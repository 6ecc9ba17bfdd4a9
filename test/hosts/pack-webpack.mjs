// Makes one file of a program: node pack-webpack.mjs <hosts> <folder> <file> [minimize]: program.mjs of the folder. Prints its warnings.
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

const [hosts, folder, file, minimize] = process.argv.slice(2);
const webpack = createRequire(join(hosts, 'package.json'))('webpack');
const stats = await new Promise((resolve, reject) => {
  const options = {
    mode: 'production',
    target: 'node20',
    context: folder,
    entry: './program.mjs',
    output: { path: dirname(file), filename: basename(file) },
    optimization: { minimize: minimize === 'minimize' },
    plugins: [new webpack.optimize.LimitChunkCountPlugin({ maxChunks: 1 })],
  };
  webpack(options, (error, result) => (error ? reject(error) : resolve(result)));
});
const { errors = [], warnings = [] } = stats.toJson({ all: false, errors: true, warnings: true });
if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
console.log(JSON.stringify(warnings.map(({ message }) => message)));
