import { lstatSync } from "node:fs";
import { relative, resolve } from "node:path";
import { readRegular } from "../../host/files.ts";
import { scanForSecrets } from "../../host/secret-scan.ts";
import { filesBelow, type TreeFiles } from "../../host/tree-files.ts";
import { OmgError } from "../../schema/error.ts";
import type { SecretFinding, SecretsResult, UnreadFile } from "../answers.ts";
import type { Context } from "../context.ts";

/** Larger files hold data, not what people write. Bytes. */
const MAX_BYTES = 5 << 20;
/** How far a NUL is looked for, as git does it. Bytes. */
const HEAD = 8000;

/**
 * Looks for credentials in files and below folders, before they are committed or shared. Nothing of a secret is given back but what
 * its kind says already. @throws OmgError `not-found` for a path that is not there
 */
export async function secrets(ctx: Context, paths: readonly string[]): Promise<SecretsResult> {
  const notes: string[] = [];
  const files = new Set<string>();
  const unread: UnreadFile[] = [];
  for (const path of paths.length === 0 ? ["."] : paths) {
    const found = await filesAt(resolve(ctx.cwd, path), path);
    for (const file of found.files) files.add(file);
    notes.push(...found.notes);
    for (const { folder, reason } of found.closed)
      unread.push({ file: relative(ctx.cwd, folder), reason: "unreadable", detail: reason });
  }
  const findings: SecretFinding[] = [];
  let read = 0;
  let allowed = 0;
  for (const file of files) {
    ctx.signal.throwIfAborted();
    const name = relative(ctx.cwd, file);
    const text = textOf(file);
    if (typeof text !== "string") {
      unread.push({ file: name, ...text });
      continue;
    }
    read++;
    const scanned = scanForSecrets(text, file);
    allowed += scanned.allowed;
    findings.push(...scanned.secrets.map((secret) => ({ file: name, ...secret })));
  }
  return { findings, files: read, unread, allowed, notes };
}

async function filesAt(path: string, given: string): Promise<Pick<TreeFiles, "files" | "closed" | "notes">> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return filesBelow(path);
  if (found?.isFile() === true) return { files: [path], closed: [], notes: [] };
  throw new OmgError({
    code: "not-found",
    exit: "error",
    message: found === undefined ? `${given} is not there.` : `${given} is neither a file nor a folder.`,
    state: "Nothing was looked at.",
    hint: "Links are not followed: name what they lead to.",
  });
}

/** The text of a file, or why it was not read. */
function textOf(path: string): string | Omit<UnreadFile, "file"> {
  try {
    const bytes = readRegular(path, MAX_BYTES);
    return bytes.subarray(0, HEAD).includes(0) ? { reason: "binary" } : bytes.toString("utf8");
  } catch (error) {
    if (error instanceof OmgError && error.code === "file-too-large") return { reason: "large" };
    return { reason: "unreadable", detail: error instanceof Error ? error.message : String(error) };
  }
}
