import { constants, PerformanceObserver } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { giveMemoryBack } from "../../host/small-heap.ts";

const { NODE_PERFORMANCE_GC_FLAGS_FORCED: FORCED } = constants;

describe("giving memory back", () => {
  it("collects where much is there that was not the last time, and then what nobody holds is gone", async () => {
    let collections = 0;
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as readonly { readonly detail?: { readonly flags?: number } }[])
        if ((entry.detail?.flags ?? 0) & FORCED) collections += 1;
    });
    observer.observe({ entryTypes: ["gc"] });
    onTestFinished(() => observer.disconnect());
    const given = async () => {
      const before = collections;
      giveMemoryBack();
      await pause(50);
      return collections - before;
    };
    expect(await given()).toBe(1);
    expect(await given()).toBe(0);
    const megabytes = Array.from({ length: 40 }, () => Buffer.alloc(1 << 20, 1));
    const held = process.memoryUsage().arrayBuffers;
    megabytes.length = 0;
    expect(await given()).toBe(1);
    expect(process.memoryUsage().arrayBuffers).toBeLessThan(held - (30 << 20));
    expect(await given()).toBe(0);
  });
});
