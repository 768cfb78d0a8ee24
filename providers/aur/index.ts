import { machine } from "node:os";
import { join } from "node:path";
import type { PackageBuilder } from "../../schema/model/builder.ts";
import { find } from "./find.ts";
import { openRecipes } from "./recipes.ts";
import { openAurRecords } from "./records.ts";
import { type AurOptions, addressIn } from "./settings.ts";

/** Packages of the Arch User Repository: pinned to a commit, and built away from the user's files. */
export function createAurBuilder(options: AurOptions): PackageBuilder {
  const arch = machine();
  const records = openAurRecords(options.records);
  const repositories = join(options.folder, "git");
  const opened = async () => {
    const settings = await options.settings();
    const address = addressIn(settings);
    const recipes = openRecipes({ address, folder: repositories, arch, signal: options.signal });
    return { options, settings, address, arch, records, repositories, recipes };
  };
  let means: ReturnType<typeof opened> | undefined;
  const ready = () => {
    means ??= opened();
    return means;
  };
  return {
    pin: async (input) => (await import("./pins/pin.ts")).pinAll(input, await ready()),
    find: async (change) => find(change, await ready()),
    build: async (artifacts, isMet, how) =>
      (await import("./build/all.ts")).buildAll(artifacts, isMet, { ...(await ready()), ...how }),
  };
}
