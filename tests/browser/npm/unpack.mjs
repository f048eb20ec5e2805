// Unpack the browser of the package: `node unpack.mjs FOLDER UNFINISHED`. The files are written into
// UNFINISHED, which is renamed to FOLDER afterwards.
import { createReadStream, createWriteStream, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import tar from "tar-fs";

const [folder, unfinished] = process.argv.slice(2);
const packed = (name) => join(import.meta.dirname, "node_modules/@sparticuz/chromium/bin", name);
const unpack = (name, target) =>
  pipeline(createReadStream(packed(name)), createBrotliDecompress(), target);

mkdirSync(unfinished, { recursive: true });
await unpack("chromium.br", createWriteStream(join(unfinished, "chromium"), { mode: 0o755 }));
for (const name of ["al2023.tar.br", "swiftshader.tar.br", "fonts.tar.br"]) {
  await unpack(name, tar.extract(unfinished));
}
// The package's own file names a folder of the machine that it was made for.
const fonts = `<?xml version="1.0"?>
<fontconfig><dir>${folder}/fonts</dir><cachedir>${folder}/cache</cachedir></fontconfig>
`;
writeFileSync(join(unfinished, "fonts.conf"), fonts);
