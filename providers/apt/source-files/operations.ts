import { OmgError } from "../../../schema/error.ts";
import type { Operation, Step, Transaction } from "../../../schema/model/transaction.ts";
import { refreshOperation } from "../act/refresh.ts";
import { FOLDER } from "./resolve.ts";
import { fileText, requireSource, sourceFile } from "./source-file.ts";

/** apt reads its sources as root, and everybody may know them. */
const MODE = 0o644;

/**
 * Writes and removes the files, then has apt fetch what the sources of the machine offer. Any source that cannot be fetched is
 * an error. Pure.
 */
export function operationsFor(transaction: Transaction, env: Readonly<Record<string, string>>): readonly Operation[] {
  if (transaction.steps.length === 0) return [];
  const folder = transaction.payload?.[FOLDER];
  if (folder === undefined || !folder.startsWith("/") || !folder.endsWith("/")) throw incomplete();
  return [...transaction.steps.map((step) => fileOperation(step, folder)), refreshOperation(env)];
}

function fileOperation({ name, after }: Step, folder: string): Operation {
  const path = sourceFile(folder, name);
  requireSource(name, after ?? REMOVED);
  if (after === null) return { type: "remove", label: `remove the source ${name}`, path };
  return { type: "write", label: `write the source ${name}`, path, content: fileText(name, after), mode: MODE };
}

/** Stands in where only the name counts. */
const REMOVED = { types: "deb", uris: "file:/", suites: "./", components: "", architectures: "", key: "" };

function incomplete(): OmgError {
  return new OmgError({
    code: "transaction-incomplete",
    exit: "error",
    message: "The transaction does not say where the machine's sources lie.",
    state: "Nothing was changed.",
  });
}
