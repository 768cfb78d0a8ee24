import { createHash } from "node:crypto";
import { OmgError } from "../../schema/error.ts";
import { type Trust, trustSchema } from "../../schema/wire/trust-schema.ts";

/** How documents are written: two blanks a level, one line break at the end. So no two readers can take one for two things. */
export function trustText(trust: Trust): string {
  return written(trust);
}

function written(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** `SHA256:` and base64, as ssh-keygen writes fingerprints: what people give to one another. */
export function fingerprintOf(text: string): string {
  return `SHA256:${createHash("sha256").update(text).digest("base64").replace(/=+$/, "")}`;
}

/** @throws OmgError `trust-invalid` */
export function parseTrust(text: string, version: number): Trust {
  const value = jsonIn(text, version);
  if (written(value) !== text)
    throw invalid(version, "It is not written with two blanks a level and its members once each, as `jq .` writes it.");
  const { data: trust, error } = trustSchema.safeParse(value);
  if (trust === undefined) {
    const [issue] = error?.issues ?? [];
    throw invalid(version, `${issue?.path.join(".") ?? ""} ${issue?.message ?? "is not of that form"}`.trim());
  }
  if (trust.version !== version) throw invalid(version, `It says that it is version ${trust.version}.`);
  return trust;
}

function jsonIn(text: string, version: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(version, "It is no JSON.");
  }
}

function invalid(version: number, detail: string): OmgError {
  return trustError("trust-invalid", `.omg/trust/${version}.json is no trust document.`, [detail]);
}

/** A trust document that does not count. */
export function trustError(code: string, message: string, details: readonly string[] = []): OmgError {
  return new OmgError({
    code,
    exit: "refused",
    message,
    details,
    state: "Nothing of the repository was believed, and nothing was changed.",
    hint: "Ask whoever looks after the team's keys; see docs/teams.md.",
  });
}
