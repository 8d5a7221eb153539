// Bundles the libraries of the playground's page into dist/, compressed as they are served, with the licences of all that is
// in them. `make explorer` runs it; the same versions give the same bytes, which CI checks.
import { build } from 'esbuild';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const result = await build({
  entryPoints: {
    explorer: 'explorer.js',
    'editor.worker': 'node_modules/monaco-editor/esm/vs/editor/editor.worker.js',
    'json.worker': 'node_modules/monaco-editor/esm/vs/language/json/json.worker.js',
    'graphql.worker': 'node_modules/monaco-graphql/esm/graphql.worker.js',
  },
  bundle: true, minify: true, format: 'esm', target: 'es2022', outdir: 'dist', write: false, metafile: true, legalComments: 'none',
  loader: { '.ttf': 'dataurl' }, define: { 'process.env.NODE_ENV': '"production"' }, logLevel: 'warning', logOverride: { 'direct-eval': 'silent' },
});

rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');
for (const file of result.outputFiles) {
  // Byte 9 of the header names the operating system.
  const packed = gzipSync(file.contents, { level: 9 });
  packed[9] = 255;
  writeFileSync(`${file.path}.gz`, packed);
}

const packages = new Set(Object.keys(result.metafile.inputs)
  .map((path) => path.match(/^.*node_modules\/(@[^/]+\/[^/]+|[^/]+)/)?.[0]).filter(Boolean));
const licences = [...packages].sort().map((directory) => {
  const { name, version, license } = JSON.parse(readFileSync(`${directory}/package.json`));
  const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry));
  return `${name} ${version} (${license})\n\n${file ? readFileSync(`${directory}/${file}`, 'utf8').trim() : ''}\n`;
});
writeFileSync('dist/LICENSES.txt', licences.join('\n----\n\n').replaceAll('\r\n', '\n'));
