import { digestOf } from "../../../host/canonical-json.ts";
import { sha256 } from "../../../host/digest.ts";
import { readIfPresent } from "../../../host/files.ts";
import type { LockProposal, Provider } from "../../../schema/model/provider.ts";
import type { Transaction } from "../../../schema/model/transaction.ts";
import { type AptOptions, detect, UNATTENDED } from "../index.ts";
import { busyWith } from "../machine/busy.ts";
import { type AptConfig, readAptConfig } from "../machine/config.ts";
import { overlayFolder } from "../solve/scratch.ts";
import { overlaid } from "../sources/overlay.ts";
import { changedSources } from "../sources/overlay-sources.ts";
import { sourceFiles } from "../sources/sources.ts";
import { SOURCES, upcomingChange } from "../sources/upcoming.ts";
import { captureSources } from "./capture.ts";
import { desiredOf } from "./desired.ts";
import { observe } from "./observe.ts";
import { operationsFor } from "./operations.ts";
import { resolve } from "./resolve.ts";
import { sourceNameOf } from "./source-file.ts";

/**
 * Where apt takes packages from: `apt.sources` of a lock, one file `omg-NAME.sources` each. What other hands wrote is looked
 * at, and never edited.
 */
export function createSourcesProvider(options: AptOptions): Provider {
  const config = () => readAptConfig({ ...options.env }, options.cache);
  return {
    name: SOURCES,
    scope: "system",
    // Sources have no versions.
    versioning: { compare: (a, b) => (a === b ? 0 : a < b ? -1 : 1), satisfies: () => true },
    detect: () => detect(options),
    desired: desiredOf,
    observe: async (desired) => observe(await config(), desired),
    fingerprint: async () => fingerprintOf(await config()),
    resolve: async (changes, observed) => resolve(changes, observed, await config()),
    rehearse: async (transaction) => rehearse(transaction, await config(), overlayFolder(options.cache)),
    operations: (transaction) => operationsFor(transaction, { ...UNATTENDED, ...options.env }),
    busy: async () => busyWith(await config()),
    // A file is there or not, and what was not fetched is seen.
    repair: async () => [],
    propose: async ({ lock }) =>
      lock === undefined ? proposalOf(await config()) : { requests: {}, pins: [], indexes: {}, notes: [] },
  };
}

/** What would be fetched is fetched into a folder of its own, which the solver then uses, too. Errors: those of `overlaid`. */
async function rehearse(transaction: Transaction, config: AptConfig, folder: string): Promise<void> {
  const change = upcomingChange([transaction]);
  if (change !== undefined) await overlaid(config, changedSources(config, change), folder);
}

/** Of what others wrote: it decides what can be added beside it. */
function fingerprintOf(config: AptConfig): string {
  const others = sourceFiles(config).filter((file) => sourceNameOf(file, config.paths.sourceParts) === undefined);
  const contents = others.map((path) => [path, sha256(readIfPresent(path) ?? "")] as const);
  return digestOf({ configuration: sha256(config.dump), files: Object.fromEntries(contents) });
}

function proposalOf(config: AptConfig): LockProposal {
  return { requests: {}, pins: [], indexes: {}, ...captureSources(config) };
}
