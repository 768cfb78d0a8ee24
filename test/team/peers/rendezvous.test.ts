import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { inOrder } from "../../../team/peers/rendezvous.ts";

const digest = (text: string) => createHash("sha256").update(text).digest("hex");
const peers = Array.from({ length: 50 }, (_, index) => ({ key: `ed25519:${index}` }));
const artifacts = Array.from({ length: 100_000 }, (_, index) => digest(`artifact ${index}`));

/** The first home of each artifact. */
function firsts(homes: readonly { readonly key: string }[]): readonly (string | undefined)[] {
  return artifacts.map((sha256) => inOrder(homes, sha256)[0]?.key);
}

describe("whom to ask first", () => {
  const before = firsts(peers);

  it("spreads 100,000 artifacts over 50 peers with a standard deviation below 5 %", () => {
    const load = new Map<string | undefined, number>();
    for (const key of before) load.set(key, (load.get(key) ?? 0) + 1);
    const mean = artifacts.length / peers.length;
    const deviation = Math.sqrt(peers.reduce((sum, { key }) => sum + ((load.get(key) ?? 0) - mean) ** 2, 0) / 50);
    expect(load.size).toBe(50);
    expect(deviation / mean).toBeLessThan(0.05);
  });

  it("moves exactly the share of a peer that goes, and of one that comes", () => {
    const [gone, ...rest] = peers;
    const after = firsts(rest);
    // Read the other way it is the one that comes: what moves then goes to it, and nothing else moves.
    const moved = before.filter((key, index) => key !== after[index]);
    expect(moved.length).toBe(before.filter((key) => key === gone?.key).length);
    expect(new Set(moved)).toEqual(new Set([gone?.key]));
    // Each of its artifacts goes to the one that was second for it.
    const shared = artifacts.filter((_, index) => before[index] === gone?.key).slice(0, 500);
    for (const sha256 of shared) expect(inOrder(rest, sha256)[0]).toEqual(inOrder(peers, sha256)[1]);
  });

  it("is the same whatever order they were found in, and names each once", () => {
    const sha256 = digest("one");
    const order = inOrder(peers, sha256);
    expect(inOrder([...peers].reverse(), sha256)).toEqual(order);
    expect(new Set(order).size).toBe(50);
  });
});
