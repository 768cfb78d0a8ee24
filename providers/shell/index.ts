import { digestOf } from "../../host/canonical-json.ts";
import { OmgError } from "../../schema/error.ts";
import type { LockProposal, Provider } from "../../schema/model/provider.ts";
import type { Operation, Transaction } from "../../schema/model/transaction.ts";
import { desiredOf } from "./desired.ts";
import { observe, settingsOf } from "./observe.ts";
import { CONTENT, resolve } from "./resolve.ts";

export interface ShellOptions {
  /** Absolute path of the file that the user's shells source. omg owns it. */
  readonly file: string;
}

/** Only its user needs to read it, and values may be private. */
const MODE = 0o600;

/**
 * Environment variables and aliases of the user's own lock, as one file that sh, bash and zsh source. Resources are
 * `env.NAME` and `alias.NAME` with their `value`, and `file`.
 */
export function createShellProvider({ file }: ShellOptions): Provider {
  return {
    name: "shell",
    scope: "user",
    // Settings have values and no versions.
    versioning: { compare: (a, b) => (a === b ? 0 : a < b ? -1 : 1), satisfies: () => true },
    detect: async () => ({ available: true }),
    desired: desiredOf,
    observe: async () => observe(file),
    fingerprint: async () => digestOf({ file }),
    resolve: async (changes, observed) => resolve(changes, observed),
    operations: (transaction) => operationsOf(transaction, file),
    busy: async () => undefined,
    repair: async () => [],
    propose: async ({ lock, observed }) => proposal(lock === undefined ? settingsOf(observed).size : 0, file),
  };
}

function operationsOf(transaction: Transaction, file: string): readonly Operation[] {
  if (transaction.steps.length === 0) return [];
  const content = transaction.payload?.[CONTENT];
  if (content !== undefined) {
    return [
      {
        type: "write",
        label: `write the variables and aliases of your shells to ${file}`,
        path: file,
        content,
        mode: MODE,
      },
    ];
  }
  if (transaction.steps.every(({ after }) => after === null)) {
    return [{ type: "remove", label: `remove ${file}, which has nothing left to set`, path: file }];
  }
  throw new OmgError({
    code: "transaction-incomplete",
    exit: "error",
    message: "The transaction does not say what the shell's file is to hold.",
    state: "Nothing was changed.",
  });
}

/** A user's environment is full of secrets, so capture takes none of it: not even what omg itself once wrote. */
function proposal(present: number, file: string): LockProposal {
  const note = `${present} settings in ${file} can be taken over by hand, under \`env\` and \`aliases\`.`;
  return { requests: {}, pins: [], indexes: {}, notes: present === 0 ? [] : [note] };
}
