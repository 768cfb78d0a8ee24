import manifest from "../../package.json" with { type: "json" };
import { secretsSarif } from "../render/ci/secrets-sarif.ts";
import { secretsScreen } from "../render/secrets.ts";
import { type Answer, document, type Invocation } from "./shared.ts";

export async function auditSecrets({ context, flags, args }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/audit-secrets.ts");
  const result = await app.secrets(context, args);
  const text =
    flags.format === "sarif" ? `${JSON.stringify(secretsSarif(result, manifest.version), undefined, 2)}\n` : undefined;
  // What could not be read may hold anything.
  const isOpen = result.unread.some(({ reason }) => reason === "unreadable");
  return {
    exit: result.findings.length > 0 ? "changes" : isOpen ? "error" : "done",
    json: document(result),
    screen: (screen) => secretsScreen(result, screen),
    ...(text !== undefined && { text }),
  };
}
