import { dirname } from "node:path";
import type { Listed, SpecVersion } from "../../catalog/sbom/component.ts";
import { billOfMaterials } from "../../catalog/sbom/document.ts";
import { makeFolder, writeOwned } from "../../host/files.ts";
import { readPlatform } from "../../host/platform.ts";
import { OmgError } from "../../schema/error.ts";
import type { SbomResult } from "../answers.ts";
import type { Context, Selection } from "../context.ts";
import { vulnerabilitiesIn } from "../known-vulnerabilities.ts";
import type { FoundLock } from "../lock-file.ts";
import { type Answering, answering, lockIfAny } from "../questions.ts";
import { readOnlyScope } from "../world.ts";

export interface SbomOptions extends Selection {
  readonly spec: SpecVersion;
  /** omg's own version. */
  readonly version: string;
  /** Absolute; absent: nothing is written. */
  readonly output?: string;
  /** With what is known of vulnerabilities. */
  readonly vulns?: true;
}

/**
 * A bill of materials of everything that is installed here. Of the same machine, lock and records it is the same, byte for byte:
 * it bears a time only where SOURCE_DATE_EPOCH gives one (https://reproducible-builds.org/specs/source-date-epoch/).
 */
export async function sbom(
  ctx: Context,
  { spec, version, output, vulns, ...selection }: SbomOptions,
): Promise<SbomResult> {
  const time = timeOf(ctx.env.SOURCE_DATE_EPOCH);
  const lock = await lockIfAny(ctx, selection);
  const packages: Listed[] = [];
  for (const provider of await answering(ctx, selection, "inventory"))
    packages.push(...(await listed(ctx, provider, lock)));
  const { id, versionId, arch } = readPlatform();
  const text = billOfMaterials({
    spec,
    version,
    host: { id, arch, ...(versionId !== undefined && { versionId }) },
    packages,
    ...(lock && { lock: { name: lock.lock.name, digest: lock.lock.digest } }),
    ...(time !== undefined && { time }),
    ...(vulns && { vulnerabilities: await vulnerabilitiesIn(ctx, packages) }),
  });
  if (output !== undefined) {
    makeFolder(dirname(output));
    writeOwned(output, text);
  }
  return { text, ...countsOf(packages), ...(output !== undefined && { path: output }) };
}

async function listed(
  ctx: Context,
  provider: Answering<"inventory">,
  lock: FoundLock | undefined,
): Promise<readonly Listed[]> {
  const { items } = await provider.inventory({ orphans: false, weakNeeds: false });
  const licenses = await provider.licenses?.([...items.keys()]);
  const { records } = readOnlyScope(ctx, provider.scope);
  const pins = lock?.lock.pins[provider.name] ?? {};
  return [...items.values()].map((item): Listed => {
    const address = `${provider.name}.${item.name}`;
    const license = licenses?.get(item.name);
    const record = records.artifact(address, item.version);
    const pin = pins[item.name]?.version === item.version ? pins[item.name] : undefined;
    const origin = record?.origin ?? pin?.from;
    return {
      address,
      provider: provider.name,
      item,
      ...(license && { license }),
      ...hashOf(record?.sha256, pin?.sha256),
      ...(origin !== undefined && { origin }),
    };
  });
}

/** What omg verified itself goes before what the lock says. */
function hashOf(recorded: string | undefined, pinned: string | undefined): Pick<Listed, "hash"> {
  if (recorded !== undefined) return { hash: { sha256: recorded, from: "record" } };
  return pinned === undefined ? {} : { hash: { sha256: pinned, from: "pin" } };
}

function countsOf(packages: readonly Listed[]): Pick<SbomResult, "components" | "hashes" | "licenses"> {
  return {
    components: packages.length,
    hashes: packages.filter(({ hash }) => hash !== undefined).length,
    licenses: packages.filter(({ license }) => license?.expression !== undefined).length,
  };
}

function timeOf(epoch: string | undefined): string | undefined {
  if (epoch === undefined || epoch === "") return undefined;
  // The last second that RFC 3339 can say.
  if (/^\d{1,12}$/.test(epoch) && Number(epoch) <= 253_402_300_799)
    return new Date(Number(epoch) * 1000).toISOString().replace(".000Z", "Z");
  throw new OmgError({
    code: "usage",
    exit: "error",
    message: `SOURCE_DATE_EPOCH is ${JSON.stringify(epoch)}, and no number of seconds since 1970.`,
    hint: "Unset it, or set it to what `date +%s` would print.",
  });
}
