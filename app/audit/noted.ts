import { resolve } from "node:path";
import { readIfPresent } from "../../host/files.ts";
import { isSignedBy } from "../../reconciler/audit/head.ts";
import type { OpenKey } from "../../reconciler/audit/key.ts";
import type { Noted } from "../../reconciler/log.ts";
import { OmgError } from "../../schema/error.ts";
import type { Scope } from "../../schema/model/resource.ts";
import type { SignedHead } from "../../schema/model/witness.ts";
import type { Context } from "../context.ts";
import type { WitnessAnswer } from "./results.ts";

/** Heads that somebody noted. */
export interface Notes {
  readonly name: string;
  of(scope: Scope, key: OpenKey | undefined): { readonly noted: readonly Noted[]; readonly answer: WitnessAnswer };
}

type NotedHead = Pick<SignedHead, "scope" | "seq" | "hash"> & Partial<SignedHead>;

const LARGEST = 256 * 1024 * 1024;
const TYPED = /^(system|user):(\d{1,15}):([0-9a-f]{64})$/;

/**
 * Heads as a person typed one (`system:412:HASH`), or as a file has them: a witness file, or what `omg status --json` printed.
 * @throws OmgError `witness-unreadable`
 */
export function readNotes(ctx: Context, witness: string): Notes {
  const typed = TYPED.exec(witness);
  const name = typed === null ? resolve(ctx.cwd, witness) : "the head that you gave";
  const heads =
    typed === null ? headsIn(name) : [{ scope: typed[1] as Scope, seq: Number(typed[2]), hash: typed[3] ?? "" }];
  if (heads.length > 0) return notesOf(name, heads);
  throw new OmgError({
    code: "witness-unreadable",
    exit: "error",
    message: `${name} has no head of a log.`,
    state: "Nothing was compared.",
    hint: "Give a witness file, what `omg status --json` once printed, or one head as SCOPE:LINE:HASH.",
  });
}

function headsIn(path: string): readonly NotedHead[] {
  const text = readIfPresent(path, LARGEST)?.toString("utf8") ?? "";
  const { audit } = (parsed(text) ?? {}) as { readonly audit?: Readonly<Record<string, unknown>> };
  const found = audit === undefined ? text.split("\n").map(parsed) : Object.values(audit);
  return found.filter(isHead);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the last line of a witness may be cut off
  }
}

function isHead(value: unknown): value is NotedHead {
  const { scope, seq, hash } = (value ?? {}) as { readonly [K in keyof NotedHead]?: unknown };
  return (scope === "system" || scope === "user") && Number.isSafeInteger(seq) && typeof hash === "string";
}

function notesOf(name: string, heads: readonly NotedHead[]): Notes {
  return {
    name,
    of: (scope, key) => {
      const own = heads.filter((head) => head.scope === scope && head.seq > 0);
      const last = Math.max(0, ...own.map(({ seq }) => seq));
      return {
        noted: own.map(({ seq, hash }) => ({ seq, hash, by: name })),
        answer: {
          name,
          heads: own.length,
          otherwiseSigned: own.filter((head) => isSigned(head) && (key === undefined || !isSignedBy(key, head, scope)))
            .length,
          ...(own.length === 0 ? {} : { upTo: last }),
        },
      };
    },
  };
}

function isSigned(head: NotedHead): head is SignedHead {
  return [head.key, head.signature, head.time].every((part) => typeof part === "string");
}
