import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Has this process hold on to little memory: V8 lets the space for new objects grow to what the busiest moment took, three times 16 MB, which
 * serves programs that go on working.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
  // Threads that help with little come late where others use the machine, and are waited for. A service has no such threads from its start on.
  setFlagsFromString("--no-parallel-scavenge");
}

/** Gives memory back that nothing refers to any more; V8 itself does so only when it needs some. Nothing else is done meanwhile, for 5 to 15 ms. */
export function giveMemoryBack(): void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  setFlagsFromString("--no-expose-gc");
  if (typeof collect === "function") collect();
}
