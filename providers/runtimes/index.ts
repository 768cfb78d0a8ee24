import { digestOf } from "../../host/canonical-json.ts";
import type { Provider } from "../../schema/model/provider.ts";
import type { Candidate } from "../../schema/runtimes/request.ts";
import { answers, parseRequest } from "../../schema/runtimes/request.ts";
import { compareVersions } from "../../schema/runtimes/versions.ts";
import { desiredOf } from "./desired.ts";
import { observe, watched } from "./observe.ts";
import { leftovers, operationsOf } from "./operations.ts";
import type { RuntimeOptions } from "./options.ts";

/** A provider of a runtime, with the versions that could be installed for people to choose from. */
export interface RuntimeProvider extends Provider {
  /** The newest first. Asks the publisher. @throws OmgError `index-unreachable`, `index-invalid`, `rate-limited` */
  available(): Promise<readonly Candidate[]>;
}

/**
 * One language runtime, as versions beside one another in a folder of this user's: a resource is a version, and `current` an
 * attribute of one of them. What asks the publisher is loaded when it is needed.
 */
export function createRuntimeProvider(options: RuntimeOptions): RuntimeProvider {
  const { runtime, data } = options;
  return {
    name: runtime,
    scope: "user",
    section: "runtimes",
    onDemand: true,
    versioning: {
      compare: compareVersions,
      satisfies: (version, request) => {
        const asked = parseRequest(runtime, request);
        return asked !== undefined && answers(version, asked);
      },
    },
    detect: async () => (await import("./detect.ts")).detect(runtime),
    desired: (lock) => desiredOf(runtime, lock),
    observe: async (desired) => observe(runtime, data, desired),
    watched: async () => watched(runtime, data),
    fingerprint: async () => digestOf({ data, ...(await options.settings()) }),
    resolve: async (changes, observed, resolving) =>
      (await import("./resolve.ts")).resolve(options, changes, observed, resolving),
    operations: (transaction) => operationsOf(runtime, data, transaction),
    busy: async () => undefined,
    repair: async () => leftovers(runtime, data),
    propose: async (input) => (await import("./propose.ts")).propose(options, input),
    inventory: async () => (await import("./inventory.ts")).inventoryOf(runtime, data),
    // What there is to be had, only the publisher knows: nobody is asked for a question about what is here.
    offers: async () => new Map(),
    newer: async () => new Map(),
    available: async () => (await import("./propose.ts")).available(options),
  };
}
