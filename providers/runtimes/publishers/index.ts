import type { Runtime } from "../../../schema/runtimes/names.ts";
import type { Machine } from "../machine.ts";
import type { Publisher } from "../publisher.ts";
import { bun } from "./bun.ts";
import { deno } from "./deno.ts";
import { go } from "./go.ts";
import { java } from "./java.ts";
import { nodePublisher } from "./node.ts";
import { python } from "./python.ts";
import { ruby } from "./ruby.ts";
import { rust } from "./rust.ts";

/** Who publishes a runtime for machines of this kind; undefined where nobody does. */
export function publisherOf(runtime: Runtime, machine: Machine): Publisher | undefined {
  if (machine.libc === "musl" && (runtime === "ruby" || runtime === "deno")) return undefined;
  return { node: nodePublisher(machine), python, go, rust, ruby, java, bun, deno }[runtime];
}
