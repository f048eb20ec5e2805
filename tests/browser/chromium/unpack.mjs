// Unpack the browser of the package into a folder: `node unpack.mjs FOLDER`.
import { createReadStream, createWriteStream, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import tar from "tar-fs";

const [folder] = process.argv.slice(2);
const packed = (name) => join(import.meta.dirname, "node_modules/@sparticuz/chromium/bin", name);
const unpack = (name, target) =>
  pipeline(createReadStream(packed(name)), createBrotliDecompress(), target);

mkdirSync(folder, { recursive: true });
await unpack("chromium.br", createWriteStream(join(folder, "chromium"), { mode: 0o755 }));
for (const name of ["al2023.tar.br", "swiftshader.tar.br", "fonts.tar.br"]) {
  await unpack(name, tar.extract(folder));
}
// The package's own file names a folder of the machine that it was made for.
const fonts = `<?xml version="1.0"?><fontconfig><dir>${folder}/fonts</dir><cachedir>${folder}/cache</cachedir></fontconfig>`;
writeFileSync(join(folder, "fonts.conf"), fonts);
