import { resolve } from "node:path";
import manifest from "../../package.json" with { type: "json" };
import { good, line, plain } from "../render/segments.ts";
import { count } from "../render/words.ts";
import { type Answer, document, type Invocation, selection, switches } from "./shared.ts";

/** The document itself, also with --json; what became of it where it went to a file. */
export async function auditSbom({ context, flags }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/audit-sbom.ts");
  const result = await app.sbom(context, {
    ...selection(context, flags),
    spec: flags.format === "cyclonedx-1.5" ? "1.5" : "1.6",
    version: manifest.version,
    ...switches(flags, ["vulns"]),
    ...(flags.output !== undefined && { output: resolve(context.cwd, flags.output) }),
  });
  const { text, path, ...counts } = result;
  if (path === undefined)
    return { exit: "done", stands: true, json: flags.json === true ? JSON.parse(text) : {}, screen: () => [], text };
  const known = `${counts.licenses} with a license, ${counts.hashes} with a hash.`;
  return {
    exit: "done",
    json: document({ path, ...counts }),
    screen: () => [line(good("Wrote "), plain(path), `: ${count(counts.components, "component")}, ${known}`)],
  };
}
