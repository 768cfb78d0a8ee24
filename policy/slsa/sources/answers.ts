import { withoutCredentials } from "../../../host/address.ts";
import { FetchFailure } from "../../../host/fetch-failure.ts";
import { environmentRouting } from "../../../host/proxy.ts";
import { type SmallFileOptions, smallFile } from "../../../host/small-file.ts";
import { stripControls } from "../../../host/text.ts";
import type { BundleAnswer } from "../../../schema/model/provenance.ts";
import { MAX_BUNDLE } from "../bundle.ts";

/** A server that answers nothing holds up a whole run: less patience than for the artifacts themselves. */
const PATIENCE = { connectMs: 10_000, stallMs: 10_000, retries: 2, backoffMs: 500 };

/** What an address answered: bytes, that it has none, or why nothing can be said. */
export type FileAnswer =
  | { readonly type: "bytes"; readonly bytes: Buffer }
  | Exclude<BundleAnswer, { readonly type: "found" }>;

/** Asks one address. Only an answer that says so (404, 410; no such file) counts as "none there". */
export async function ask(
  address: string,
  signal: AbortSignal,
  more: Partial<Pick<SmallFileOptions, "json" | "maxBytes">> = {},
): Promise<FileAnswer> {
  const shown = stripControls(withoutCredentials(address));
  try {
    const routing = environmentRouting(process.env);
    const options = { ...PATIENCE, routing, signal, ...more, maxBytes: more.maxBytes ?? MAX_BUNDLE };
    return { type: "bytes", bytes: await smallFile(address, options) };
  } catch (cause) {
    signal.throwIfAborted();
    if (!(cause instanceof FetchFailure)) throw cause;
    return cause.isAbsent ? { type: "absent", address: shown } : unknown(shown, cause.message);
  }
}

/** A JSON object that an address answered with; anything else is no answer. */
export async function askJson(
  address: string,
  signal: AbortSignal,
  more: Partial<Pick<SmallFileOptions, "json" | "maxBytes">> = {},
): Promise<{ readonly type: "json"; readonly value: unknown } | Exclude<BundleAnswer, { readonly type: "found" }>> {
  const answer = await ask(address, signal, more);
  if (answer.type !== "bytes") return answer;
  try {
    return { type: "json", value: JSON.parse(answer.bytes.toString("utf8")) };
  } catch {
    return unknown(stripControls(withoutCredentials(address)), "it answered with something that is not JSON");
  }
}

export function unknown(address: string, reason: string): Extract<BundleAnswer, { readonly type: "unknown" }> {
  return { type: "unknown", address, reason: stripControls(reason) };
}
