import type { Runtime } from "../../../schema/runtimes/names.ts";
import type { Machine } from "../machine.ts";
import type { Publisher } from "../publisher.ts";
import { nodePublisher } from "./node.ts";

/** Who publishes a runtime for machines of this kind; undefined where nobody does. */
export function publisherOf(runtime: Runtime, machine: Machine): Publisher | undefined {
  switch (runtime) {
    case "node":
      return nodePublisher(machine);
    default:
      return undefined;
  }
}
