/* node bundle.mjs ROOT STATIC: bundles STATIC/css and STATIC/behaviours into STATIC/dist.
   Names carry a hash of the content; manifest.json maps plain names to them and is replaced last, at once:
   {"app.css": "app-….css", "behaviours.js": "index-….js", "behaviours/once.mjs": "once-….js", …}. */
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const [root, site] = process.argv.slice(2).map((argument) => path.resolve(argument));
const esbuild = createRequire(path.join(root, "package.json"))("esbuild");
const dist = path.join(site, "dist");

const ENTRIES = {
  "css/bundle.css": "app.css",
  "css/map.css": "map.css",
  "css/style-page.css": "style-page.css",
  "behaviours/index.mjs": "behaviours.js",
};
// The map library's worker stands alone, so that worker-src 'self' is enough.
const WORKER = "maplibre-gl/dist/maplibre-gl-worker.mjs";
const COPIED = ["icons/icons.svg", "icons/favicon.svg", "icons/app-192.png", "icons/app-512.png", "icons/app-maskable.png"];
// What a walk list needs on a phone without a network; offline.json names the files.
const OFFLINE = ["app.css", "behaviours.js", "icons.svg", "favicon.svg", "public-sans-latin-wght-normal.woff2"];
const OFFLINE_BEHAVIOURS = ["walk", "script-questions", "outbox", "hand-over", "help", "back-safe", "share-place", "keep-lists", "walk-lists", "once", "confirm", "fold-away", "take-focus", "theme"];

const result = await esbuild.build({
  absWorkingDir: site,
  entryPoints: {
    ...Object.fromEntries(Object.entries(ENTRIES).map(([from, to]) => [path.parse(to).name, from])),
    "map-worker": WORKER,
  },
  nodePaths: [path.join(root, "node_modules")],
  outdir: dist,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  minify: true,
  target: ["chrome90", "firefox90", "safari15"],
  loader: { ".woff2": "file" },
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
});

const manifest = {};
for (const [output, { entryPoint }] of Object.entries(result.metafile.outputs)) {
  const file = path.basename(output);
  const source = entryPoint?.replaceAll("\\", "/");
  manifest[ENTRIES[source] || (source && inside(source)) || plainName(file)] = file;
}
for (const name of COPIED) manifest[path.basename(name)] = await copyHashed(path.join(site, name));
for (const file of Object.values(manifest)) await compress(path.join(dist, file));

await replace("offline.json", withImports([...OFFLINE, ...OFFLINE_BEHAVIOURS.map((name) => `behaviours/${name}.mjs`)]));
await replace("manifest.json", manifest);

/** Write a file that is always whole. */
async function replace(name, content) {
  const fresh = path.join(dist, `${name}.${process.pid}.tmp`);
  await writeFile(fresh, `${JSON.stringify(content, null, 1)}\n`);
  await rename(fresh, path.join(dist, name));
}

/** The files of these assets with all that they import at once, sorted. */
function withImports(names) {
  const byFile = new Map(Object.entries(result.metafile.outputs).map(([file, output]) => [path.basename(file), output]));
  const waiting = names.map((name) => manifest[name]);
  const files = new Set();
  while (waiting.length) {
    const file = waiting.pop();
    if (files.has(file)) continue;
    files.add(file);
    const imports = byFile.get(file)?.imports ?? [];
    waiting.push(...imports.filter(({ kind }) => kind === "import-statement").map((each) => path.basename(each.path)));
  }
  return [...files].sort();
}

function inside(source) {
  if (source.endsWith(WORKER)) return "map-worker.js";
  return source.startsWith("behaviours/") ? source : path.basename(source);
}

/** Typefaces lose their hash, shared pieces of script keep theirs (their plain names are all "chunk"). */
function plainName(file) {
  return file.endsWith(".js") ? file : file.replace(/-[A-Z0-9]{8}(\.\w+)$/, "$1");
}

async function copyHashed(from) {
  const { name, ext } = path.parse(from);
  const hash = createHash("sha256").update(await readFile(from)).digest("hex").slice(0, 8).toUpperCase();
  await mkdir(dist, { recursive: true });
  await copyFile(from, path.join(dist, `${name}-${hash}${ext}`));
  return `${name}-${hash}${ext}`;
}

async function compress(file) {
  if (!/\.(js|css|svg)$/.test(file)) return;
  const text = await readFile(file);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 10, [constants.BROTLI_PARAM_SIZE_HINT]: text.length };
  await writeFile(`${file}.br`, brotliCompressSync(text, { params }));
}
