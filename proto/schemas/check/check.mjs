// Validates ../asyncapi.json with the AsyncAPI project's own parser. Any diagnostic above "information" fails.
import { readFile } from "node:fs/promises";
import { Parser } from "@asyncapi/parser";

const file = new URL("../asyncapi.json", import.meta.url);
const { document, diagnostics } = await new Parser().parse(await readFile(file, "utf8"));

const SEVERITY = ["error", "warning", "information", "hint"];
for (const { severity, code, message, path } of diagnostics) {
  console.log(`${SEVERITY[severity]} ${code}: ${message} (${path.join(".")})`);
}
if (!document) {
  console.error("asyncapi.json is not a valid AsyncAPI document");
  process.exit(1);
}
const named = new Set(document.allMessages().all().map((message) => message.name()));
console.log(
  `asyncapi.json: ${document.allChannels().length} channels, ${document.allOperations().length} operations, ` +
    `${named.size} messages, ${diagnostics.length} diagnostics`,
);
process.exit(diagnostics.some(({ severity }) => severity < 2) ? 1 : 0);
