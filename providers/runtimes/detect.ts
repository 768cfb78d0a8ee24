import type { Detection } from "../../schema/model/provider.ts";
import type { Runtime } from "../../schema/runtimes/names.ts";
import { thisMachine } from "./machine.ts";
import { publisherOf } from "./publishers/index.ts";

/** Whether somebody publishes the runtime for machines of this kind. */
export function detect(runtime: Runtime): Detection {
  const machine = thisMachine();
  if (machine === undefined) return { available: false, reason: `nobody publishes it for ${process.arch}` };
  return publisherOf(runtime, machine) === undefined
    ? { available: false, reason: `nobody publishes it for ${machine.libc} on ${machine.arch}` }
    : { available: true };
}
