import { digestOf } from "../../../host/canonical-json.ts";
import { toolFolders, toolsFolder } from "../../../host/runtimes.ts";
import type { Provider } from "../../../schema/model/provider.ts";
import { isRuntime, MISE } from "../../../schema/runtimes/names.ts";
import { answers, type Candidate } from "../../../schema/runtimes/request.ts";
import { compareVersions } from "../../../schema/runtimes/versions.ts";
import { watched } from "../observe.ts";
import { desiredOf } from "./desired.ts";
import { miseHere } from "./failures.ts";
import { observe } from "./observe.ts";
import { leftovers, operationsOf } from "./operations.ts";
import type { MiseOptions } from "./options.ts";
import { toolRequest } from "./tools.ts";

/** The provider of tools, with the versions that could be installed for people to choose from. */
export interface ToolProvider extends Provider {
  /** The newest first. Asks mise, and mise others. @throws OmgError `mise-missing`, `no-such-tool`, `index-unreachable` */
  available(tool: string): Promise<readonly Candidate[]>;
}

/**
 * Every tool that a lock asks for among the runtimes and omg has no publisher of. mise says where an archive lies, and unpacks it; what
 * is fetched, verified, installed and removed, and where it lies, is omg's as with the runtimes: `jq@1.7.1` beside `node` 20.19.5. What
 * is installed needs no mise any more.
 */
export function createToolProvider(options: MiseOptions): ToolProvider {
  const { data } = options;
  return {
    name: MISE,
    scope: "user",
    section: "runtimes",
    speaksFor: (name) => !isRuntime(name),
    onDemand: true,
    versioning: {
      compare: compareVersions,
      satisfies: (version, request) => {
        const asked = toolRequest(MISE, request);
        return asked !== undefined && answers(version, asked);
      },
    },
    detect: async () => ({ available: true }),
    desired: desiredOf,
    observe: async (desired) => {
      // Of nothing that is wanted it matters not whether mise is here, nor what config.toml says of that.
      const program = desired?.wanted.length ? await miseHere(options) : undefined;
      return observe(data, program, desired);
    },
    watched: async () => [toolsFolder(data), ...toolFolders(data).flatMap((tool) => watched(tool, data))],
    fingerprint: async () =>
      digestOf({ data, program: (await miseHere(options)) ?? null, ...(await options.settings()) }),
    resolve: async (changes, observed, resolving) =>
      (await import("./resolve.ts")).resolve(options, changes, observed, resolving),
    operations: (transaction) => operationsOf(data, transaction),
    busy: async () => undefined,
    repair: async () => leftovers(data),
    propose: async (input) => (await import("./propose.ts")).propose(options, input),
    inventory: async () => (await import("./inventory.ts")).inventoryOf(data),
    offers: async () => new Map(),
    newer: async () => new Map(),
    available: async (tool) => (await import("./propose.ts")).available(options, tool),
  };
}
