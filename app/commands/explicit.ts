import { runtimeNamed } from "../../schema/runtimes/names.ts";
import type { ExplicitResult } from "../answers.ts";
import type { Context, Selection } from "../context.ts";
import { answering, lockIfAny, wantedIn } from "../questions.ts";

/** What was asked for by name on this machine, and which of it the lock asks for. */
export async function explicit(ctx: Context, selection: Selection): Promise<ExplicitResult> {
  const lock = await lockIfAny(ctx, selection);
  const packages: ExplicitResult["packages"][number][] = [];
  for (const provider of await answering(ctx, selection, "inventory")) {
    const wanted = wantedIn(lock, provider);
    const { resources } = await provider.observe();
    for (const { name, attributes, requested } of resources.values()) {
      const asked = wanted.get(name);
      const inLock = asked?.presence === "present" && asked.request !== undefined;
      // Resources of runtimes are versions.
      const shown = runtimeNamed(`${provider.name}.${name}`) ?? name;
      if (requested) packages.push({ name: shown, version: String(attributes.version ?? ""), inLock });
    }
  }
  packages.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { packages, count: packages.length, ...(lock !== undefined && { lock: lock.lock.path }) };
}
