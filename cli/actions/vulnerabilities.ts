import type { AuditScanResult } from "../../app/audit-results.ts";
import manifest from "../../package.json" with { type: "json" };
import { EXIT, type ExitName } from "../../schema/error.ts";
import { scanScreen } from "../render/audit-scan.ts";
import { updateScreen } from "../render/audit-update.ts";
import { scanSarif } from "../render/ci/scan-sarif.ts";
import { type Answer, document, type Invocation, selection, switches } from "./shared.ts";

export async function auditScan({ context, flags }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/audit-scan.ts");
  const { severity, format } = flags;
  const result = await app.auditScan(context, {
    ...selection(context, flags),
    ...(severity === undefined ? {} : { severity }),
  });
  const exit = scanExit(result);
  const texts: Readonly<Record<string, () => object>> = {
    json: () => document(result),
    sarif: () => scanSarif(result, manifest.version, EXIT[exit]),
  };
  const text = flags.json === true ? undefined : texts[format ?? "table"]?.();
  return {
    exit,
    get json() {
      return document(result); // thousands of members, and mostly nobody asks
    },
    screen: (screen) => scanScreen(result, screen),
    ...(text === undefined ? {} : { text: `${JSON.stringify(text, undefined, 2)}\n` }),
  };
}

/** A refusal first, for it is certain; then what was not found out. That no list is about a source is known in advance. */
function scanExit({ violations, unknown }: AuditScanResult): ExitName {
  if (violations.length > 0) return "refused";
  return unknown.some(({ code }) => code !== "no-ecosystem") ? "unreachable" : "done";
}

export async function auditUpdate({ context, flags }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/audit-update.ts");
  const { from } = flags;
  const result = await app.auditUpdate(context, {
    ...(from === undefined ? {} : { from }),
    ...switches(flags, ["force"]),
  });
  return { exit: "done", json: document(result), screen: (screen) => updateScreen(result, screen) };
}
