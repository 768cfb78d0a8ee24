import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { withoutCredentials } from "../../host/address.ts";
import { readPlatform } from "../../host/platform.ts";
import type { Updated } from "../../policy/advisories/update.ts";
import { OmgError } from "../../schema/error.ts";
import { advisoryConfig, advisoryFolders, askingOf, dumpAddress } from "../advisories.ts";
import type { AuditUpdateResult } from "../audit-results.ts";
import type { Context } from "../context.ts";

export interface AuditUpdateOptions {
  /** A file or an address in place of the configured ones. */
  readonly from?: string;
  /** Take a dump that is older or much smaller than what is here. */
  readonly force?: boolean;
}

/** What the lists call a distribution, by ID of os-release(5). */
const ECOSYSTEMS: Readonly<Record<string, string>> = { debian: "Debian", arch: "Arch" };

/**
 * Fetches the lists of vulnerabilities that are about this machine and makes databases of them: root for everybody, others for
 * themselves.
 * @throws OmgError `advisories-unreachable`, `no-list`, and what keeps a dump from being taken
 */
export async function auditUpdate(
  ctx: Context,
  { from, force = false }: AuditUpdateOptions,
): Promise<AuditUpdateResult> {
  const [folder] = advisoryFolders(ctx);
  const { updateDatabase } = await import("../../policy/advisories/update.ts");
  const ecosystem = from === undefined ? ecosystemHere() : undefined;
  const address = from === undefined ? dumpAddress(ecosystem ?? "", await advisoryConfig(ctx)) : addressOf(ctx, from);
  const options = { folder, now: ctx.now(), force, asking: askingOf(ctx) };
  return { lists: [listOf(await updateDatabase(address, ecosystem, options))], folder: folder.path };
}

function listOf({ outcome, facts, bytes }: Updated): AuditUpdateResult["lists"][number] {
  const { ecosystem, date, records, unreadable, from } = facts;
  return { ecosystem, outcome, date, records, unreadable, from: withoutCredentials(from), bytes };
}

function ecosystemHere(): string {
  const { id } = readPlatform();
  const ecosystem = Object.hasOwn(ECOSYSTEMS, id) ? ECOSYSTEMS[id] : undefined;
  if (ecosystem !== undefined) return ecosystem;
  throw new OmgError({
    code: "no-list",
    exit: "error",
    message: `omg knows no list of vulnerabilities about ${id}.`,
    state: "Nothing was changed.",
    hint: "--from takes one by its file or address: OSV's all.zip of an ecosystem, or the Arch tracker's all.json.",
  });
}

function addressOf(ctx: Context, from: string): string {
  return /^(?:https?|file):\/\//.test(from) ? from : pathToFileURL(resolve(ctx.cwd, from)).href;
}
