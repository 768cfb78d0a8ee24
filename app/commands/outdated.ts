import type { ObservedResource } from "../../schema/model/resource.ts";
import type { OutdatedResult } from "../answers.ts";
import type { Context, Selection } from "../context.ts";
import type { FoundLock } from "../lock-file.ts";
import { type Answering, answering, lockIfAny, wantedIn } from "../questions.ts";

type Row = OutdatedResult["packages"][number];

/** What is installed and has a newer version to go to, by the lists on the disk. */
export async function outdated(ctx: Context, selection: Selection): Promise<OutdatedResult> {
  const providers = await answering(ctx, selection, "offers");
  const lock = await lockIfAny(ctx, selection);
  const rows = await Promise.all(providers.map((provider) => outdatedIn(provider, lock)));
  const packages = rows.flat();
  return { packages, count: packages.length };
}

async function outdatedIn(provider: Answering<"offers">, lock: FoundLock | undefined): Promise<readonly Row[]> {
  const { resources } = await provider.observe();
  const installed = [...resources.values()].filter(({ health }) => health !== "residual");
  const offers = await provider.offers(new Set(installed.map(({ name }) => name)), { facts: false });
  const wanted = wantedIn(lock, provider);
  const { compare } = provider.versioning;
  return installed.flatMap((resource: ObservedResource) => {
    const { name, attributes } = resource;
    const here = String(attributes.version ?? "");
    const { candidate, versions = [] } = offers.get(name) ?? {};
    if (candidate === undefined || compare(candidate, here) <= 0) return [];
    const origins = versions.find(({ version }) => version === candidate)?.origins ?? [];
    const pinned = wanted.get(name)?.pin?.version;
    return [
      {
        name,
        installed: here,
        candidate,
        source: [...new Set(origins.map(({ source }) => source))].join(", "),
        ...(pinned !== undefined && { pinned }),
        held: attributes.hold === true,
        security: origins.some(({ security }) => security),
        ahead: pinned !== undefined && compare(here, pinned) > 0,
      },
    ];
  });
}
