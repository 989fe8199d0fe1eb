// Bundles the modules and styles into dist/, which the board embeds. `--tests` builds the tests into dist-tests/ instead.
import { cpSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { build } from "esbuild";

const common = { bundle: true, target: ["es2022"], logLevel: "warning", legalComments: "none" };

if (process.argv.includes("--tests")) {
  rmSync("dist-tests", { recursive: true, force: true });
  const tests = readdirSync("src").filter((name) => name.endsWith(".test.ts"));
  await build({
    ...common,
    entryPoints: tests.map((name) => `src/${name}`),
    outdir: "dist-tests",
    outExtension: { ".js": ".mjs" },
    format: "esm",
    platform: "node",
  });
} else {
  rmSync("dist", { recursive: true, force: true });
  mkdirSync("dist");
  await build({
    ...common,
    entryPoints: ["src/app.ts", "src/board.ts", "src/phone.ts", "src/open.ts", "src/phone-worker.ts", "src/scan.ts", "src/queue.ts", "src/qr.ts", "src/css/app.css", "src/css/phone.css"],
    entryNames: "[name]",
    outdir: "dist",
    format: "iife",
    minify: true,
    external: ["/assets/*"],
  });
  cpSync("static", "dist", { recursive: true });
  // A wall board often runs on a small machine without good fonts: it brings its own (SIL Open Font License).
  const inter = "node_modules/@fontsource-variable/inter";
  cpSync(`${inter}/files/inter-latin-wght-normal.woff2`, "dist/inter.woff2");
  cpSync(`${inter}/LICENSE`, "dist/inter-licence.txt");
  // The reader of codes for browsers without one (Apache-2.0).
  cpSync("node_modules/jsqr/LICENSE", "dist/jsqr-licence.txt");
}
