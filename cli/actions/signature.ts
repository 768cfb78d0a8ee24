import { OmgError } from "../../schema/error.ts";
import { signatureScreen } from "../render/signature.ts";
import { type Answer, document, type Invocation } from "./shared.ts";

const EXITS = { pass: "done", fail: "refused", unknown: "error" } as const;

export async function auditSignature({ context, flags, args }: Invocation): Promise<Answer> {
  const [file] = args;
  if (file === undefined) throw usage("Which file?", "`omg audit signature FILE --keyring FILE`");
  const { keyring, signature } = flags;
  if (keyring === undefined)
    throw usage(
      "Which keys may sign it?",
      "Name their file: --keyring FILE. A key that came with the file proves nothing.",
    );
  const app = await import("../../app/commands/audit-signature.ts");
  const result = await app.auditSignature(context, {
    file,
    keyring,
    ...(signature === undefined ? {} : { signature }),
  });
  return {
    exit: EXITS[result.verdict],
    json: document(result),
    screen: (screen) => signatureScreen(result, screen),
  };
}

function usage(message: string, hint: string): OmgError {
  return new OmgError({ code: "usage", exit: "error", message, hint });
}
