import { basename } from "node:path";
import type { SignatureAudit } from "../../app/results.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { bad, dim, EMPTY, good, type Line, line, plain, type Segment, strong, type Tone, warn } from "./segments.ts";

type Signature = SignatureAudit["signatures"][number];
type Check = Signature["checks"][number];

const MARKS: Readonly<Record<Check["verdict"], { readonly text: string; readonly tone: Tone }>> = {
  pass: { text: "ok ", tone: "good" },
  fail: { text: "bad", tone: "bad" },
  skipped: { text: "-  ", tone: "dim" },
};

/** Every signature with every check of it, and what they come to. */
export function signatureScreen(result: SignatureAudit, screen: Screen): Line[] {
  const { file, signature, keyring, introduced, sha256 } = result;
  const where = signature === undefined ? "signed in itself" : `signed by ${basename(signature)}`;
  const keys = `keys of ${keyring}${introduced ? ", as its master keys introduce them" : ""}`;
  return [
    ...paragraph(`${where} · ${keys}`, {
      lead: [strong(basename(file)), dim(" · ")],
      tone: "dim",
      columns: screen.columns,
    }),
    ...result.signatures.flatMap((each, index) => signatureLines(each, index, screen)),
    EMPTY,
    ...paragraph(result.detail, { lead: [outcome(result)], columns: screen.columns }),
    ...(sha256 === undefined ? [] : [line(dim(`SHA-256 of the bytes: ${sha256}`))]),
  ];
}

function signatureLines({ keyId, code, checks }: Signature, index: number, screen: Screen): Line[] {
  const widest = Math.max(...checks.map(({ name }) => name.length));
  const verdict = code === "signature-valid" ? good("counts") : bad(code);
  return [
    EMPTY,
    line(strong(`Signature ${index + 1}`), plain(` by ${keyId}: `), verdict),
    ...checks.flatMap((check) => checkLines(check, widest, screen)),
  ];
}

function checkLines({ name, verdict, detail }: Check, widest: number, screen: Screen): Line[] {
  const lead = [plain("  "), MARKS[verdict], plain(`  ${name.padEnd(widest)}  `)];
  return paragraph(`${detail}.`, { lead, columns: screen.columns, ...(verdict === "skipped" ? { tone: "dim" } : {}) });
}

function outcome({ verdict, code }: SignatureAudit): Segment {
  if (verdict === "pass") return good("Good: ");
  return verdict === "fail" ? bad(`Refused (${code}): `) : warn("Could not be checked: ");
}
