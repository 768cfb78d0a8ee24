import { describe, expect, it } from "vitest";
import { openMemory } from "../../../daemon/serve/memory.ts";

describe("what is remembered", () => {
  it("goes when there is too much of it, the least lately asked for first", () => {
    const memory = openMemory<string>(80, 1000);
    for (const key of "abcdefgh") memory.put(key, key, 10);
    expect(memory.get("a")).toBe("a");
    memory.put("i", "i", 10);
    expect([memory.get("a"), memory.get("b"), memory.get("i")]).toEqual(["a", undefined, "i"]);
    expect(memory.stats()).toEqual({ entries: 8, bytes: 80, hits: 3, misses: 1 });
    memory.put("i", "again", 1);
    expect(memory.stats()).toMatchObject({ entries: 8, bytes: 71 });
  });

  it("is not what would take the place of everything else", () => {
    const memory = openMemory<string>(80, 1000);
    memory.put("a", "a", 10);
    memory.put("large", "", 11);
    expect([memory.get("a"), memory.get("large")]).toEqual(["a", undefined]);
    memory.clear();
    expect(memory.get("a")).toBeUndefined();
    expect(memory.stats()).toMatchObject({ entries: 0, bytes: 0 });
  });

  it("goes after its time, however often it is asked for", () => {
    let now = 0;
    const memory = openMemory<string>(80, 1000, () => now);
    memory.put("a", "a", 10);
    for (now = 0; now <= 1000; now += 100) expect(memory.get("a")).toBe("a");
    expect(memory.get("a")).toBeUndefined();
    expect(memory.stats()).toEqual({ entries: 0, bytes: 0, hits: 11, misses: 1 });
    memory.put("a", "b", 10);
    expect(memory.get("a")).toBe("b");
  });
});
