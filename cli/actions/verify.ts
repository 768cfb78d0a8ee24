import type { Examination } from "../../app/examination.ts";
import type { ExitName } from "../../schema/error.ts";
import { slsaScreen, verifyScreen } from "../render/examination.ts";
import { trustScreen } from "../render/trust.ts";
import { type Answer, document, type Invocation, selection } from "./shared.ts";

export async function verify({ context, flags, args: [file = ""] }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/verify.ts");
  const result = await app.verify(context, { ...selection(context, flags), file, ...bundleOf(flags) });
  return { exit: verifyExit(result), json: document(result), screen: (screen) => verifyScreen(result, screen) };
}

export async function auditSlsa({ context, flags, args: [what = ""] }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/audit-slsa.ts");
  const result = await app.auditSlsa(context, { ...selection(context, flags), what, ...bundleOf(flags) });
  return { exit: slsaExit(result), json: document(result), screen: (screen) => slsaScreen(result, screen) };
}

export async function auditTrust({ context, flags }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/audit-trust.ts");
  const result = await app.auditTrust(context, { refresh: flags.refresh === true });
  return { exit: "done", json: document(result), screen: (screen) => trustScreen(result, screen) };
}

function bundleOf({ bundle }: Invocation["flags"]): { readonly bundle?: string } {
  return bundle === undefined ? {} : { bundle };
}

/** A file that nothing vouches for is not verified. */
function verifyExit({ evidence, violations }: Examination): ExitName {
  const has = (verdict: string) => evidence.some((piece) => piece.verdict === verdict);
  if (has("fail") || violations.length > 0 || !has("pass")) return "refused";
  return has("unknown") ? "unreachable" : "done";
}

function slsaExit({ evidence }: Examination): ExitName {
  const verdict = evidence.find(({ check }) => check === "provenance")?.verdict;
  if (verdict === "pass") return "done";
  return verdict === "unknown" ? "unreachable" : "refused";
}
