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
  // What it does when nothing goes on, `giveMemoryBack` does, and less often.
  setFlagsFromString("--no-memory-reducer");
}

/** Bytes for which a collection is worth it. */
const MUCH = 6 << 20;

/** Bytes of objects and buffers that were there after the last one. */
let left = 0;

/**
 * Gives memory back that nothing refers to any more, where there is much that was not there the last time; V8 itself does so only when it needs some.
 * Nothing else is done meanwhile, for 5 to 25 ms, and what is done next takes longer, up to half as long again for the next forty answers: V8 forgets quick
 * code for objects of which none is there at that moment, and asks the system for memory anew.
 */
export function giveMemoryBack(): void {
  if (inUse() - left < MUCH) return;
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  setFlagsFromString("--no-expose-gc");
  if (typeof collect === "function") collect();
  left = inUse();
}

function inUse(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
