import { OmgError } from "../../schema/error.ts";
import type { Change } from "../../schema/model/change.ts";
import type { Observed } from "../../schema/model/resource.ts";
import type { Step, Transaction } from "../../schema/model/transaction.ts";
import { FILE } from "./desired.ts";
import { render, type Settings } from "./env-file.ts";
import { requireSetting } from "./names.ts";
import { MAX_BYTES, settingsOf } from "./observe.ts";

/** Names in the transaction's payload: the whole file to be, or nothing where it is to go. */
export const CONTENT = "content";

/**
 * The steps, one for each setting, and the file that they add up to. Settings that nobody asked to change stay in it; lines
 * that are no settings do not.
 * @throws OmgError `shell-setting-invalid`, `shell-file-too-large`
 */
export function resolve(changes: readonly Change[], observed: Observed): Transaction {
  const settings = resulting(settingsOf(observed), changes);
  const removesFile = changes.some(({ name, after }) => name === FILE && after === null) && settings.size === 0;
  const steps = changes
    .filter(({ name, after }) => name !== FILE || after !== null || removesFile)
    .map((change) => stepOf(change, observed));
  return {
    provider: "shell",
    steps,
    artifacts: [],
    problems: [],
    notes: [],
    ...(removesFile ? {} : { payload: { [CONTENT]: fitting(render(settings)) } }),
  };
}

function fitting(content: string): string {
  if (Buffer.byteLength(content) <= MAX_BYTES) return content;
  throw new OmgError({
    code: "shell-file-too-large",
    exit: "invalid",
    message: `The variables and aliases of the lock come to more than ${MAX_BYTES} bytes.`,
    state: "Nothing was changed.",
    hint: "Take some out of `env` and `aliases`.",
  });
}

function resulting(before: Settings, changes: readonly Change[]): Settings {
  const settings = new Map(before);
  for (const { name, after } of changes) {
    if (name === FILE) continue;
    if (after === null) settings.delete(name);
    else settings.set(name, checked(name, after.value));
  }
  return settings;
}

function checked(name: string, value: unknown): string {
  const text = typeof value === "string" ? value : "";
  if (name.startsWith("alias.")) requireSetting("alias", name.slice("alias.".length), text);
  else requireSetting("env", name.replace(/^env\./, ""), text);
  return text;
}

function stepOf(change: Change, observed: Observed): Step {
  const { address, provider, name, kind, cause, before, after } = change;
  const damaged = name === FILE && observed.resources.get(FILE)?.health === "needs-repair";
  return {
    address,
    provider,
    name,
    kind,
    cause,
    before,
    after,
    undo: damaged ? { possible: false, reason: "lines that were added by hand are not kept" } : { possible: true },
  };
}
